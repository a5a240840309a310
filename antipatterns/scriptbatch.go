package antipatterns

import (
	"context"

	"github.com/redis/rueidis"
)

// A Call is one run of a script, with its keys and arguments.
type Call struct {
	Script     *Script
	Keys, Args []string
}

// RunAll runs calls, of one script or of several, and returns their results in
// the same order, each with its own error. It calls scripts by their digest,
// unlike [Script.Run], whose mistake is another one.
//
// What is wrong: it waits for each answer before it sends the next call, so N
// calls take N round trips. No harm is done where there are one or two calls,
// where each depends on the answer to the one before, or where each must have
// run before the next one does.
func RunAll(ctx context.Context, client rueidis.Client, calls []Call) []rueidis.RedisResult {
	results := make([]rueidis.RedisResult, 0, len(calls))
	for _, call := range calls {
		script := rueidis.NewLuaScript(call.Script.body)
		results = append(results, script.Exec(ctx, client, call.Keys, call.Args))
	}
	return results
}
