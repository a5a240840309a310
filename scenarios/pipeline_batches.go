package scenarios

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
)

// What a job of the pipelining scenario records of its batches.
const (
	batchSpan   = "batch"
	replyBuffer = "peak of the server's output buffer"
)

// timed is a client that records how long each batch took, from when it was
// sent to when all of it was answered. Nothing of a batch can be used earlier:
// it is the time to the first result, too.
type timed struct {
	rueidis.Client
	env *bench.Env
}

func (c timed) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	defer c.took(time.Now())
	return c.Client.Do(ctx, command)
}

func (c timed) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	defer c.took(time.Now())
	return c.Client.DoMulti(ctx, commands...)
}

func (c timed) took(since time.Time) { c.env.Observe(batchSpan, time.Since(since)) }

// weighed is a client that lets CLIENT INFO follow each batch in the same write,
// and so learns how many bytes of answers the server holds for it at that
// moment: all of a batch that the server read at once. From outside, or a moment
// later, they are never seen, since the server sends them before it turns to
// anybody else.
type weighed struct {
	rueidis.Client
	env *bench.Env
}

func (c weighed) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	return c.DoMulti(ctx, command)[0]
}

func (c weighed) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	results := c.Client.DoMulti(ctx, append(slices.Clip(commands), c.B().ClientInfo().Build())...)
	last := len(results) - 1
	if info, err := results[last].ToString(); err == nil { // a server that does not tell leaves it open
		c.env.Peak(replyBuffer, waiting(info))
	}
	return results[:last]
}

// waiting is what CLIENT INFO says of a connection's output buffer: the bytes in
// its first 16 KiB and the memory of the list that takes the rest.
func waiting(info string) (bytes int64) {
	for _, field := range strings.Fields(info) {
		name, value, _ := strings.Cut(field, "=")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && (name == "obl" || name == "omem") {
			bytes += n
		}
	}
	return bytes
}
