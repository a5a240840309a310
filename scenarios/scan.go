package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/patterns"
)

const (
	scanKeys      = 1_000_000 // on the server
	scanQuickKeys = 300_000   // for a first look
	scanMatches   = 1_000     // that each iteration must find
)

// perKey is what Redis takes to look at one key, as far as the predictions go:
// the middle of the 40 to 220 ns that are commonly reported. Redis 7.0 on the
// machine where this was written took about 250 ns in KEYS, and 700 ns in SCAN,
// which collects a whole page before it looks which names match.
const perKey = 130 * time.Nanosecond

// scan compares iterating over a million keys page by page with asking for all
// of them at once.
func scan() bench.Scenario {
	s := scanOf(scanKeys)
	s.Quick = func() bench.Scenario { return scanOf(scanQuickKeys) }
	return s
}

// scanOf is scan on a server of so many keys, from 200,000 to a million.
func scanOf(keys int) bench.Scenario {
	calls := float64(keys) / patterns.ScanCount
	stall := bench.BystanderMax("bystander's longest wait")
	return bench.Scenario{
		Name:    "scan",
		Title:   "SCAN ↔ KEYS",
		Claim:   "KEYS stops the server for everybody while it looks at every key; SCAN does not.",
		Primary: stall,
		Metrics: []bench.Metric{
			bench.BystanderQuantile("bystander's p99 response time", 0.99),
			bench.MedianResponse("median time for one iteration"),
			bench.PerOp("calls per iteration", "calls", 1, scanOrKeys),
			bench.ServerTime("server CPU per iteration", 1),
		},
		Checks: []bench.Check{
			{Name: "SCAN calls per iteration", Side: bench.Pattern, Of: perOp(bench.Calls("scan")), Min: 0.9 * calls, Max: 1.1 * calls},
			{Name: "KEYS calls per iteration", Side: bench.Pattern, Of: perOp(bench.Calls("keys")), Min: 0, Max: 0},
			{Name: "KEYS calls per iteration", Side: bench.AntiPattern, Of: perOp(bench.Calls("keys")), Min: 1, Max: 1},
			{Name: "SCAN calls per iteration", Side: bench.AntiPattern, Of: perOp(bench.Calls("scan")), Min: 0, Max: 0},
			{Name: "bystander's longest wait / longest KEYS in the slow log", Side: bench.AntiPattern, Of: stallOverSlowest, Min: 0.8, Max: 2},
		},
		Data:        bench.Data{Keys: keys},
		Load:        scanLoad,
		RoundTrips:  keys / patterns.ScanCount,
		Bystander:   true,
		Blocking:    true,
		Pattern:     iterations(patterns.Keys),
		AntiPattern: iterations(antipatterns.Keys),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: stall.Name, Value: ns(set.RTT + patterns.ScanCount*perKey), Formula: "R + COUNT·s, with COUNT = 1,000 and s = 130 ns for each key"},
				{Side: bench.AntiPattern, Metric: stall.Name, Value: ns(set.RTT + time.Duration(keys)*perKey), Formula: "R + N·s, with N = " + quantity.Count(int64(keys)) + " keys and s = 130 ns for each"},
			}
		},
		Finding: func(d *bench.Duel) string {
			text := fmt.Sprintf("KEYS on %s keys made an innocent client wait %s, SCAN %s",
				quantity.Count(int64(keys)), quantity.Span(d.Duration(stall.Name, bench.AntiPattern)), quantity.Span(d.Duration(stall.Name, bench.Pattern)))
			if d.Alone != nil {
				text += fmt.Sprintf("; with nobody beside it, it waited %s at most", quantity.Span(d.Alone.Bystander.Response.Max()))
			}
			return text + "."
		},
	}
}

// scanLoad begins one iteration a second, or one a trial if that is shorter: a
// rate that the server sustains on both sides, since a scan of a million keys
// takes it more than half a second in all. The first one begins the measured
// phase: there is no warm-up, since a server that was warmed up with KEYS would
// be stopped when the measuring begins.
func scanLoad(set bench.Setting) load.Spec {
	return load.Spec{
		Mode: load.Open, Arrivals: load.Constant, Rate: max(1, 1/set.Duration.Seconds()), Workers: 8,
		Duration: set.Duration,
	}
}

// iterations makes an op of a key iterator: each op must find the thousand
// keys whose numbers have six digits and begin with three of its own.
func iterations(keys func(context.Context, rueidis.Client, string) iter.Seq2[string, error]) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, i int) error {
			match := env.Match(fmt.Sprint(100+i%(env.Data.Keys/scanMatches-100)), 3)
			found := make(map[string]struct{}, scanMatches) // a scan may return a key twice
			for key, err := range keys(ctx, client, match) {
				if err != nil {
					return err
				}
				found[key] = struct{}{}
			}
			if len(found) != scanMatches {
				return fmt.Errorf("%w: found %d keys, want %d", load.ErrWrongAnswer, len(found), scanMatches)
			}
			return nil
		}, nil
	}
}

// stallOverSlowest compares what the bystander felt with what the server says
// KEYS took; NaN when either is missing.
func stallOverSlowest(t *bench.Trial) float64 {
	if t.Bystander == nil || t.Evidence == nil {
		return math.NaN()
	}
	slowest := time.Duration(0)
	for _, s := range t.Evidence.Slow {
		if s.Command == "keys" {
			slowest = max(slowest, s.Duration)
		}
	}
	if slowest == 0 {
		return math.NaN()
	}
	return float64(t.Bystander.Response.Max()) / float64(slowest)
}
