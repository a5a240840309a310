package antipatterns

import (
	"context"

	"github.com/redis/rueidis"
)

// A Script is a Lua script that the client sends with every call. It is safe
// for concurrent use, with any number of clients.
type Script struct{ body string }

// NewScript returns the script of that body. Nothing is sent.
func NewScript(body string) *Script { return &Script{body: body} }

// Load has nothing to load.
func (s *Script) Load(context.Context, rueidis.Client) error { return nil }

// Run runs the script in one round trip.
//
// What is wrong: the body goes over the wire with every call, and the server
// reads it and computes its SHA-1 each time to find that it knows the script
// already: at 1 KB, 959 bytes a call for nothing. No harm is done by a body of
// up to 43 bytes, which is no longer than the digest on the wire, nor by a
// script that is called a few times in its life; the response time of a small
// script hardly differs.
func (s *Script) Run(ctx context.Context, client rueidis.Client, keys, args []string) rueidis.RedisResult {
	return client.Do(ctx, client.B().Eval().Script(s.body).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build())
}

// Recoveries is 0: what is sent each time cannot be missing.
func (s *Script) Recoveries() int64 { return 0 }
