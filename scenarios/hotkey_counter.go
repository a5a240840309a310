package scenarios

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	countCalls   = "calls on the busiest node per op"
	countFormula = "(r·K + w)/M calls of r reads, each of all K parts, and w writes, each of one, on M = 3 nodes, against r + w = 1 for one key: parts win while r·(K/M − 1) < w·(1 − 1/M)"
	countMissing = "adds missing from the sum"
)

// busiestCalls is countFormula for parts that the nodes have as many of each.
func busiestCalls(parts int, reads float64) float64 {
	return (reads*float64(parts) + 1 - reads) / hotNodes
}

// visitsOf compares a counter in so many parts, a multiple of the nodes, with one
// in a key, where reads are a share of the calls.
func visitsOf(parts int, reads float64) bench.Scenario {
	missing := func(side string) bench.Check {
		return bench.Check{Name: countMissing, Side: side, Of: countLost, Min: 0, Max: 0}
	}
	perRead := 1 + reads*float64(parts-1)
	return bench.Scenario{
		Name:    "hotkey",
		Title:   "a counter in parts ↔ a counter in one key",
		Claim:   "Parts of a counter share its writes among the nodes, but each read has to ask for all of them.",
		Twin:    bench.Twin{File: "counter.go", Names: []string{"Counter.Add", "Counter.Sum"}},
		Primary: bench.Metric{Name: countCalls, Unit: "calls", Better: stats.Lower, Of: onBusiest(hotCalls), Untimed: true},
		Checks: []bench.Check{
			missing(bench.Pattern), missing(bench.AntiPattern),
			{Name: "calls per op", Side: bench.Pattern, Of: perOp(hotCalls), Min: 0.99 * perRead, Max: 1.01 * perRead},
			{Name: "calls per op", Side: bench.AntiPattern, Of: perOp(hotCalls), Min: 1, Max: 1},
			{Name: "busiest node / mean, calls", Side: bench.Pattern, Of: unevenCalls, Min: 1, Max: 1.05},
			{Name: "busiest node / mean, calls", Side: bench.AntiPattern, Of: unevenCalls, Min: hotNodes, Max: hotNodes},
		},
		Topology:  bench.Topology{Nodes: hotNodes},
		Before:    func(ctx context.Context, stage *bench.Stage, _ string) error { return removeCounter(ctx, stage, parts) },
		After:     addsLeft(parts),
		Differs:   "the parts are keys of their own",
		StandsFor: shardOf,
		Load: func(bench.Setting) load.Spec { // as many ops as show the shares exactly
			return load.Spec{Mode: load.Job, Workers: 32, Ops: 600, Duration: 50 * time.Millisecond}
		},
		RoundTrips:  1,
		Rounds:      3, // of counts that do not vary
		Pattern:     countsOf(patterns.NewCounter, parts, reads),
		AntiPattern: countsOf(antipatterns.NewCounter, parts, reads),
		Predict: func(bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: countCalls, Value: stats.Float(busiestCalls(parts, reads)), Formula: countFormula},
				{Side: bench.AntiPattern, Metric: countCalls, Value: 1, Formula: countFormula},
			}
		},
		Finding: says(fmt.Sprintf("With %.0f %%%% of reads the busiest node ran %%s per op for a counter in one key and %%s for one in %d parts.", 100*reads, parts), twins(countCalls)...),
	}
}

// A counter is what both counters are.
type counter interface {
	Add(context.Context, int64) error
	Sum(context.Context) (int64, error)
	Keys() []string
}

type newCounter[C counter] = func(rueidis.Client, string, int, patterns.Chooser) (C, error)

// visits is a counter that knows what was added to it.
type visits struct {
	counter      counter
	env          *bench.Env
	begun, ended atomic.Int64
}

func countVisits[C counter](env *bench.Env, client rueidis.Client, make newCounter[C], parts int) (*visits, error) {
	c, err := make(client, env.Name("visits"), parts, nil)
	env.Count(addCount, 0)
	return &visits{counter: c, env: env}, err
}

const (
	addCount = "adds"
	sumCount = "sum"
)

func (v *visits) add(ctx context.Context) error {
	v.begun.Add(1)
	err := v.counter.Add(ctx, 1)
	v.ended.Add(1)
	v.env.Count(addCount, 1)
	return err
}

// sum must lie between the adds that had ended and those that had begun.
func (v *visits) sum(ctx context.Context) error {
	low := v.ended.Load()
	sum, err := v.counter.Sum(ctx)
	if high := v.begun.Load(); err == nil && (sum < low || sum > high) {
		return fmt.Errorf("%w: the sum is %d, want %d to %d", load.ErrWrongAnswer, sum, low, high)
	}
	return err
}

// counts makes an op of a counter beside other keys: nine of ten actions on it
// add one, the tenth takes the sum.
func counts[C counter](make newCounter[C]) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		visits, err := countVisits(env, client, make, hotNodes)
		if err != nil {
			return nil, err
		}
		return amongOthers(ctx, env, client, visits.counter.Keys(), func(ctx context.Context, n uint64) error {
			if n%10 == 0 {
				return visits.sum(ctx)
			}
			return visits.add(ctx)
		})
	}
}

// countsOf makes an op of a counter alone. The sums are spread evenly among the
// adds, so that a hundred ops have exactly their share.
func countsOf[C counter](make newCounter[C], parts int, reads float64) bench.Impl {
	percent := int(100*reads + 0.5)
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		visits, err := countVisits(env, client, make, parts)
		if err != nil {
			return nil, err
		}
		op := func(ctx context.Context, i int) error {
			if i*percent%100 < percent {
				return visits.sum(ctx)
			}
			return visits.add(ctx)
		}
		return op, env.Warm(ctx, visiting(client, visits.counter.Keys()))
	}
}

// removeCounter removes what either counter has.
func removeCounter(ctx context.Context, stage *bench.Stage, parts int) error {
	names, err := counterNames(stage, parts)
	if err != nil {
		return err
	}
	return stage.Do(ctx, func(yield func(rueidis.Completed) bool) {
		for _, name := range names {
			if !yield(stage.Client.B().Del().Key(name).Build()) {
				return
			}
		}
	})
}

// addsLeft counts what the parts, or the key, hold after a trial that added to
// them.
func addsLeft(parts int) func(context.Context, *bench.Stage, *bench.Trial) error {
	return func(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
		if _, added := trial.Counts[addCount]; !added {
			return nil
		}
		names, err := counterNames(stage, parts)
		if err != nil {
			return err
		}
		for _, name := range names {
			n, err := stage.Client.Do(ctx, stage.Client.B().Get().Key(name).Build()).AsInt64()
			if err != nil && !rueidis.IsRedisNil(err) {
				return err
			}
			trial.Counts[sumCount] += n
		}
		return nil
	}
}

func counterNames(stage *bench.Stage, parts int) ([]string, error) {
	names, err := patterns.Shards(stage.Name("visits"), parts)
	return append(names, stage.Name("visits")), err
}

func countLost(t *bench.Trial) float64 { return bench.Count(t, addCount) - bench.Count(t, sumCount) }
