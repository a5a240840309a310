package scenarios

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// What the server takes for a script of two commands that it has, and to
// compile one of 170 bytes, as far as the predictions go: what Redis 7.0 took on
// the machine where this was written, when a call comes alone and finds the
// processor's caches cold. In a pipeline both take a fraction of it.
const (
	cappedTime  = 16 * time.Microsecond
	compileTime = 22 * time.Microsecond
)

// cappedLimit is what every counter holds after every call.
const cappedLimit = 1_000

const pastedSeldom = "pasted, 100 calls with each value"

// scriptArgs compares handing values to a script as KEYS and ARGV with pasting
// them into its body.
func scriptArgs() bench.Scenario {
	s := scriptArgsOf(1)
	s.Variants = []bench.Variant{{
		Name:  pastedSeldom,
		About: "The anti-pattern where values seldom change: one call in a hundred compiles and leaves a script behind, so that only the memory is left to object to.",
		Impl:  cappedCalls(antipatterns.AddCapped, 100),
	}}
	s.Checks = append(s.Checks, newScripts(s.Variants[0].Name))
	s.Sweeps = []bench.Sweep{scriptArgsSweep()}
	return s
}

// scriptArgsOf is the duel with so many calls for each new value.
func scriptArgsOf(repeat int) bench.Scenario {
	held := perScriptCall("server's time in the command", "ns", scriptTime)
	kept := bench.Counted("scripts kept at the end", "scripts", stats.Lower, "number_of_cached_scripts")
	return bench.Scenario{
		Name:    "script-args",
		Title:   "values as KEYS and ARGV ↔ values pasted into the body",
		Claim:   "A value that is pasted into a script makes a new script of it, which the server compiles while everybody waits, and keeps.",
		Twin:    bench.Twin{File: "scriptargs.go", Names: []string{"addCapped", "AddCapped"}},
		Primary: held,
		Metrics: []bench.Metric{
			kept,
			scriptMemory(),
			bench.MedianResponse("median response time"),
			perScriptCall("server CPU per call", "ns", func(d *evidence.Delta) float64 { return float64(d.CPU) }),
			perScriptCall("bytes in per call", "B", bench.BytesIn),
		},
		Checks: []bench.Check{
			{Name: "scripts kept", Side: bench.Pattern, Of: kept.Of, Min: 1, Max: 1},
			newScripts(bench.AntiPattern),
			perScriptCheck("INCRBY calls per call", bench.Pattern, bench.Calls("incrby"), 1, 1),
			perScriptCheck("INCRBY calls per call", bench.AntiPattern, bench.Calls("incrby"), 1, 1),
		},
		Topology: bench.Topology{Alone: true}, // scripts are flushed before each trial, and pasted ones stay
		Data:     bench.Data{Keys: scriptKeys, Size: 1},
		Before:   flushScripts,
		After:    countScripts,
		// One call after the other: what pasting takes in memory is then bounded
		// by the round trip, to a megabyte a second at 1 ms.
		Load:       func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		RoundTrips: 2,

		Pattern:     cappedCalls(patterns.AddCapped, repeat),
		AntiPattern: cappedCalls(antipatterns.AddCapped, repeat),
		Predict: func(set bench.Setting) []bench.Prediction {
			good, bad := predictCapped(float64(repeat))
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: held.Name, Value: ns(good), Formula: "s = 16 µs for a script of two commands that comes alone"},
				{Side: bench.AntiPattern, Metric: held.Name, Value: ns(bad), Formula: "s + c/k, with c = 22 µs to compile a short script and k = 1 call for each new value"},
				{Side: bench.Pattern, Metric: kept.Name, Value: 1, Formula: "one body, one script"},
				{Side: bench.AntiPattern, Metric: kept.Name, Value: scriptsLeft(set, repeat), Formula: "T/(R·k) at most: one for each new value in the T that a trial and its warm-up take; Redis 7.4, Valkey 8.0 and later keep 500"},
			}
		},
		Finding: says("A call held the server for %s with its values in the body and for %s with them as arguments.", twins(held.Name)...),
		Also: also(
			says("After a trial the server kept %s (%s) of pasted values and %s (%s) with arguments.",
				of(kept.Name, bench.AntiPattern), of(scriptMemory().Name, bench.AntiPattern), of(kept.Name, bench.Pattern), of(scriptMemory().Name, bench.Pattern)),
			says("Where a pasted value changes at every 100th call, a call held the server for %s.", of(held.Name, pastedSeldom)),
		),
	}
}

// scriptArgsSweep finds how often a value must come again before pasting it
// costs hardly more time. The memory is lost for each value all the same.
func scriptArgsSweep() bench.Sweep {
	return bench.Sweep{
		Name:      "repeats",
		Parameter: "calls with each value", Unit: "calls",
		Values: []float64{1, 2, 5, 10, 20, 50, 100},
		Even:   1.1,
		At:     func(repeat float64) bench.Scenario { return scriptArgsOf(int(repeat)) },
		Predict: func(_ bench.Setting, repeat float64) (pattern, antipattern float64) {
			good, bad := predictCapped(repeat)
			return float64(good), float64(bad)
		},
		Formula: "s against s + c/k, with s = 16 µs a call, c = 22 µs to compile and k calls with each value; even is within 10 %",
	}
}

// predictCapped is the server's time in a call, of both sides.
func predictCapped(repeat float64) (pattern, antipattern time.Duration) {
	return cappedTime, cappedTime + time.Duration(float64(compileTime)/repeat)
}

// scriptsLeft is the number of values that a trial has the time to paste.
func scriptsLeft(set bench.Setting, repeat int) stats.Float {
	if set.RTT <= 0 {
		return stats.Float(math.NaN())
	}
	calls := float64(set.Warmup+set.Duration) / float64(set.RTT)
	return stats.Float(math.Round(calls / float64(repeat)))
}

// cappedCalls makes an op of a capped counter: each op adds more than there is
// room for, so that its answer is known, and every so many ops it adds a number
// that nobody added before.
func cappedCalls(add func(ctx context.Context, client rueidis.Client, key string, n, limit int64) (int64, error), repeat int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		call := func(ctx context.Context, i int) error {
			value := i / repeat
			got, err := add(ctx, client, env.Key(value%scriptKeys), int64(cappedLimit+value), cappedLimit)
			if err == nil && got != cappedLimit {
				err = fmt.Errorf("%w: the counter went to %d, its limit is %d", load.ErrWrongAnswer, got, cappedLimit)
			}
			return err
		}
		env.Count("calls", 0)
		env.Count("values", 0)
		return func(ctx context.Context, i int) error {
			env.Count("calls", 1)
			if i%repeat == 0 {
				env.Count("values", 1)
			}
			return call(ctx, i)
		}, call(ctx, 0) // the server has the script before the clock starts, and a value that will come again
	}
}

// newScripts checks that each new value made a script. Redis 7.4 and Valkey 8.0
// began to drop what EVAL left but for the 500 used last, and count it.
func newScripts(side string) bench.Check {
	return bench.Check{Name: "scripts per new value", Side: side, Min: 1, Max: 1, Of: func(t *bench.Trial) float64 {
		if t.Evidence == nil {
			return math.NaN()
		}
		return (bench.Count(t, "number_of_cached_scripts") + bench.Counter("evicted_scripts")(t.Evidence)) / bench.Count(t, "values")
	}}
}
