package scenarios

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// smallest is what a scenario cannot do without: what it claims, what decides,
// what the server's counters must show of each side, the load, the sides, and
// what arithmetic says of them.
// README.md shows this file.
func smallest() bench.Scenario {
	job := bench.MedianResponse("median time for 10 commands")
	reads := bench.PerOp("server reads per job of 10", "reads", 1, bench.Reads)
	return bench.Scenario{
		Name:    "smallest",
		Title:   "ten commands in a pipeline ↔ one at a time",
		Claim:   "10 independent commands take 10 round trips one at a time, and one as a pipeline.",
		Primary: job,
		Metrics: []bench.Metric{reads},
		Checks: []bench.Check{
			{Name: reads.Name, Side: bench.Pattern, Of: reads.Of, Min: 1, Max: 2},
			{Name: reads.Name, Side: bench.AntiPattern, Of: reads.Of, Min: 10, Max: 10},
		},
		Data:        bench.Data{Keys: 1000, Size: 16},
		Load:        func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		RoundTrips:  10,
		Pattern:     tenReads(patterns.DoAll),
		AntiPattern: tenReads(antipatterns.DoAll),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: job.Name, Value: ns(set.RTT), Formula: "R as measured"},
				{Side: bench.AntiPattern, Metric: job.Name, Value: ns(10 * set.RTT), Formula: "10·R"},
			}
		},
		Finding: func(d *bench.Duel) string {
			return fmt.Sprintf("10 commands took %s one at a time and %s as a pipeline.",
				d.Text(job.Name, bench.AntiPattern), d.Text(job.Name, bench.Pattern))
		},
	}
}

// tenReads makes a side of a function that runs commands: an op reads ten keys
// and checks every answer.
func tenReads(doAll doAllFunc) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, i int) error {
			gets := make([]rueidis.Completed, 10)
			for n := range gets {
				gets[n] = client.B().Get().Key(env.Key((i + n) % env.Data.Keys)).Build()
			}
			for n, result := range doAll(ctx, client, gets) {
				if err := holds(result, env.Data.Value((i+n)%env.Data.Keys)); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}
}

func TestTheSmallestScenarioKeepsTheRules(t *testing.T) {
	benchtest.TestScenario(t, smallest())
}
