package patterns

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// A Script is a Lua script that servers keep and that a client calls by its
// digest. Make one for each script of the program, where the program starts;
// values belong into keys and args, never into the body (see [AddCapped]). It
// is safe for concurrent use, with any number of clients.
type Script struct {
	body, digest string
	recoveries   atomic.Int64
}

// NewScript returns the script of that body. The digest by which Redis names it
// is computed here; nothing is sent.
func NewScript(body string) *Script {
	sum := sha1.Sum([]byte(body)) // Redis names scripts so; it protects nothing
	return &Script{body: body, digest: hex.EncodeToString(sum[:])}
}

// Load stores the script on every node that the client knows, replicas
// included, since one of them may be a primary tomorrow and scripts are not
// replicated. It takes one round trip for each node and is best called when the
// program starts. The error names all nodes that failed; [Script.Run] will make
// up for them, so a program may log it and go on.
func (s *Script) Load(ctx context.Context, client rueidis.Client) error {
	var errs []error
	for address, node := range client.Nodes() {
		if err := node.Do(ctx, node.B().ScriptLoad().Script(s.body).Build()).Error(); err != nil {
			errs = append(errs, fmt.Errorf("load a script on %s: %w", address, err))
		}
	}
	return errors.Join(errs...)
}

// Run runs the script in one round trip and sends, whatever the length of the
// body, 40 bytes of digest. In a cluster the keys must be in one slot (rueidis
// panics otherwise), and a script without keys runs on any node.
//
// A server that does not have the script (it was restarted, its replica took
// over, someone called SCRIPT FLUSH, or the node is new) refuses the digest
// before anything runs; Run then sends the body by EVAL, which stores it and
// runs it in one step, so that a flush cannot come between the two. That takes
// a second round trip, shows in [Script.Recoveries], and is no error. All other
// errors, those of the script's own commands among them, are returned as they
// are, and nothing is run twice.
func (s *Script) Run(ctx context.Context, client rueidis.Client, keys, args []string) rueidis.RedisResult {
	result := client.Do(ctx, s.byDigest(client, keys, args))
	if !lacksScript(result) {
		return result
	}
	s.recoveries.Add(1)
	return client.Do(ctx, s.byBody(client, keys, args))
}

// Recoveries is the number of calls for which a server lacked the script. A
// handful after a restart or a failover is normal. A rate that stays up means
// that someone flushes scripts, or that the script came by a recovery to a
// Redis 7.4, a Valkey 8.0 or later, which keep the 500 of such scripts that were
// used last; one that was loaded stays.
func (s *Script) Recoveries() int64 { return s.recoveries.Load() }

func (s *Script) byDigest(client rueidis.Client, keys, args []string) rueidis.Completed {
	return client.B().Evalsha().Sha1(s.digest).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build()
}

func (s *Script) byBody(client rueidis.Client, keys, args []string) rueidis.Completed {
	return client.B().Eval().Script(s.body).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build()
}

func lacksScript(result rueidis.RedisResult) bool {
	err, ok := rueidis.IsRedisErr(result.Error())
	return ok && err.IsNoScript()
}
