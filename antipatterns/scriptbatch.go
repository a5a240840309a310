package antipatterns

import (
	"context"

	"github.com/redis/rueidis"
)

// A Call is the keys and arguments of one run of a script.
type Call struct{ Keys, Args []string }

// RunAll runs the script once for each call and returns the results in the
// order of the calls, each with its own error. It calls the script by its
// digest, unlike [Script.Run], whose mistake is another one.
//
// What is wrong: it waits for each answer before it sends the next call, so N
// calls take N round trips. No harm is done where there are one or two calls,
// where each depends on the answer to the one before, or where each must have
// run before the next one does.
func RunAll(ctx context.Context, client rueidis.Client, s *Script, calls []Call) []rueidis.RedisResult {
	script := rueidis.NewLuaScript(s.body)
	results := make([]rueidis.RedisResult, 0, len(calls))
	for _, call := range calls {
		results = append(results, script.Exec(ctx, client, call.Keys, call.Args))
	}
	return results
}
