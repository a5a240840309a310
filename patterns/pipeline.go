package patterns

import (
	"context"
	"slices"

	"github.com/redis/rueidis"
)

// PipelineDepth is the largest number of commands that DoAll sends in one
// write. At a round trip of 1 ms it saves 99 % of the time. The gain levels off
// near round-trip time / time of client and server per command, which there is
// some hundreds to more than a thousand; the cost of depth goes on: replies wait
// in the server's output buffer, and other clients wait behind the batch, since
// Redis runs what it has read of one client, 16 to 20 KB at a time, before it
// turns to the next.
const PipelineDepth = 100

// DoAll runs commands that do not depend on each other and returns their
// results in the same order, one for each command, each with its own error: a
// command that fails does not stop those after it, and nothing is rolled back.
//
// N commands take ceil(N/PipelineDepth) round trips. It is safe for concurrent
// use. A deadline of ctx covers all commands together; when it passes, those
// that were sent may or may not have run. So it is with a lost connection: all
// of the batch in flight fail, also those that ran and were answered. Batches
// after it take a new connection, once the client has noticed. Send again only
// what may run twice.
func DoAll(ctx context.Context, client rueidis.Client, commands []rueidis.Completed) []rueidis.RedisResult {
	results := make([]rueidis.RedisResult, 0, len(commands))
	for batch := range slices.Chunk(commands, PipelineDepth) {
		results = append(results, client.DoMulti(ctx, batch...)...)
	}
	return results
}
