package patterns

import (
	"context"
	"slices"

	"github.com/redis/rueidis"
)

// A Call is one run of a script, with its keys and arguments.
type Call struct {
	Script     *Script
	Keys, Args []string
}

// RunAll runs calls, of one script or of several, and returns their results in
// the same order, each with its own error: a call that fails does not stop those
// after it, and nothing is rolled back.
//
// N calls take ceil(N/PipelineDepth) round trips. Where a server turns out to
// lack a script, even in the middle of a batch, the calls of that batch that it
// refused, and only those, are sent once more with the body, which takes one
// round trip and up to PipelineDepth times the body; they count as recoveries.
//
// So a call of a script that nobody loaded, or that was flushed in mid-batch, can
// run later than calls that stand behind it. Where the order matters, write a script that takes all
// calls as the arguments of one, as the example does: that is one round trip,
// too, and nothing can come between them; but the server serves nobody else
// until it is through.
func RunAll(ctx context.Context, client rueidis.Client, calls []Call) []rueidis.RedisResult {
	results := make([]rueidis.RedisResult, 0, len(calls))
	for batch := range slices.Chunk(calls, PipelineDepth) {
		results = append(results, runBatch(ctx, client, batch)...)
	}
	return results
}

func runBatch(ctx context.Context, client rueidis.Client, calls []Call) []rueidis.RedisResult {
	commands := make([]rueidis.Completed, len(calls))
	for i, call := range calls {
		commands[i] = call.Script.byDigest(client, call.Keys, call.Args)
	}
	results := client.DoMulti(ctx, commands...)
	runRefused(ctx, client, calls, results)
	return results
}

// runRefused runs by their body the calls that were refused for want of their
// script, and puts what comes of them in the place of the refusals.
func runRefused(ctx context.Context, client rueidis.Client, calls []Call, results []rueidis.RedisResult) {
	var refused []int
	var commands []rueidis.Completed
	for i, result := range results {
		if call := calls[i]; lacksScript(result) {
			call.Script.recoveries.Add(1)
			refused = append(refused, i)
			commands = append(commands, call.Script.byBody(client, call.Keys, call.Args))
		}
	}
	for n, result := range client.DoMulti(ctx, commands...) {
		results[refused[n]] = result
	}
}
