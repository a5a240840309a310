package scenarios

import (
	"context"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// SelfTest is a duel of a side against itself, and at a value of its sweep
// against itself plus so many nanoseconds in every op. It stands in no list: it
// says nothing of Redis and all of the method.
func SelfTest() bench.Scenario {
	s := selfTestOf(0)
	s.Sweeps = []bench.Sweep{{
		Name: bench.SelfTestSweep, Parameter: "time added to each op", Unit: "ns", Values: []float64{0, 1}, Linear: true,
		At: func(ns float64) bench.Scenario { return selfTestOf(time.Duration(ns)) },
	}}
	return s
}

func selfTestOf(added time.Duration) bench.Scenario {
	median := bench.MedianResponse("median response time")
	return bench.Scenario{
		Name:    "selftest",
		Title:   "a GET ↔ the same GET",
		Claim:   "A side is as fast as itself, and slower than itself by the time that is added.",
		Primary: median,
		Checks: []bench.Check{
			perOpCheck("GET calls per op", bench.Pattern, bench.Calls("get"), 1, 1),
			perOpCheck("GET calls per op", bench.AntiPattern, bench.Calls("get"), 1, 1),
		},
		Data:        bench.Data{Keys: 1000, Size: 64},
		Load:        func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		RoundTrips:  1,
		Pattern:     slowedReads(0),
		AntiPattern: slowedReads(added),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{{Side: bench.Pattern, Metric: median.Name, Value: stats.Float(set.RTT), Formula: "R as measured"}}
		},
		Finding: says("A GET took %s with the time that is added and %s without.", twins(median.Name)...),
	}
}

// slowedReads reads a key and then holds the processor for the time that is
// added. The clock is read until that has passed, which no timer does as
// exactly: the op takes so much longer to some tens of nanoseconds, unless the
// host takes the processor away, as it may from any op.
func slowedReads(added time.Duration) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, i int) error {
			at := i % env.Data.Keys
			err := holds(client.Do(ctx, client.B().Get().Key(env.Key(at)).Build()), env.Data.Value(at))
			for begun := time.Now(); added > 0 && time.Since(begun) < added; {
			}
			return err
		}, nil
	}
}
