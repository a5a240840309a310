package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/patterns"
)

const (
	scanKeys      = 1_000_000 // on the server
	scanQuickKeys = slowKeys  // for a first look

	iterationTime = "median time for one iteration"
	pageTime      = "time for 1,000 of the server's keys"
)

// perKey is what Redis takes to look at one key, as far as the predictions go:
// the middle of the 40 to 220 ns that are commonly reported. Redis 7.0 on the
// machines where it was measured took 200 to 250 ns in KEYS, and two to three times
// as much in SCAN, which collects a whole page before it looks which names match.
const perKey = 130 * time.Nanosecond

// scan compares iterating over a million keys page by page with asking for all
// of them at once.
func scan() bench.Scenario {
	s := scanOf(scanKeys)
	s.Quick = func() bench.Scenario { return twinsOnly(scanOf(scanQuickKeys)) }
	s.Sweeps = []bench.Sweep{scanSizes(), scanCounts(), scanTimes()}
	return s
}

// evenStall is the ratio of stalls that a sweep takes for none: below it, what a
// machine does by itself hides the difference.
const evenStall = 2

// scanOf is scan on a server of so many keys, a thousand at least.
func scanOf(keys int) bench.Scenario {
	stall := bench.BystanderMax("bystander's longest wait")
	return bench.Scenario{
		Name:    "scan",
		Title:   "SCAN ↔ KEYS",
		Claim:   "KEYS stops the server for everybody while it looks at every key; SCAN does not.",
		Twin:    bench.Twin{File: "scan.go", Names: []string{"Keys", "scanNode"}},
		Primary: stall,
		Metrics: []bench.Metric{
			bench.BystanderQuantile("bystander's p90 response time", 0.9),
			wholeIteration(keys),
			perThousandKeys(),
			bench.PerOp("calls per iteration", "calls", 1, func(d *evidence.Delta) float64 { return scanOrKeys(d) + bench.Calls("sscan")(d) }),
			bench.PerOp("bytes sent by the server per iteration", "B", 1, bench.BytesOut),
			bench.ServerTime("server CPU per iteration", 1),
		},
		Checks:      scanChecks(keys, patterns.ScanCount),
		Data:        bench.Data{Keys: keys},
		Writes:      func(bench.Setting) iter.Seq[string] { return indexNames },
		Before:      writeIndex,
		Load:        scanLoad,
		Commands:    []string{"expire", "keys", "sadd", "scan", "slowlog|get", "sscan"},
		RoundTrips:  max(keys/patterns.ScanCount, tinyPages),
		Rounds:      6, // an iteration of the pattern takes long, and the sides lie far apart
		Bystander:   true,
		Blocking:    true,
		Pattern:     iterations(patterns.Keys),
		AntiPattern: iterations(antipatterns.Keys),
		Variants:    scanVariants(),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: stall.Name, Value: ns(set.RTT + patterns.ScanCount*perKey), Formula: "R + COUNT·s, with COUNT = 1,000 and s = 130 ns for each key"},
				{Side: bench.AntiPattern, Metric: stall.Name, Value: ns(set.RTT + time.Duration(keys)*perKey), Formula: "R + N·s, with N = " + quantity.Count(int64(keys)) + " keys and s = 130 ns for each"},
			}
		},
		Finding: says("Beside KEYS on "+quantity.Count(int64(keys))+" keys another client waited up to %s, beside SCAN %s (median round).", twins(stall.Name)...),
		Also: also(
			besideNobody,
			says("The iteration itself took %s with KEYS (%s) and %s with SCAN (%s).",
				of(iterationTime, bench.AntiPattern), of("calls per iteration", bench.AntiPattern), of(iterationTime, bench.Pattern), of("calls per iteration", bench.Pattern)),
			says("SCAN took %s for each 1,000 keys on the server with its default COUNT of 10, and %s with COUNT 1,000.",
				of(perThousandKeys().Name, tinyScan), of(perThousandKeys().Name, bench.Pattern)),
			says("An index that the writer keeps gave the same names in %s.", of(iterationTime, indexSet)),
		),
	}
}

// twinsOnly leaves out the variants, for a first look and for sweeps.
func twinsOnly(s bench.Scenario) bench.Scenario {
	s.Variants = nil
	s.Checks = slices.DeleteFunc(s.Checks, func(c bench.Check) bool { return c.Side != bench.Pattern && c.Side != bench.AntiPattern })
	return s
}

func scanChecks(keys, count int) []bench.Check {
	calls := float64(keys) / float64(count)
	checks := []bench.Check{
		{Name: "SCAN calls per iteration", Side: bench.Pattern, Of: perOp(bench.Calls("scan")), Min: 0.9 * calls, Max: 1.1*calls + 1},
		{Name: "KEYS calls per iteration", Side: bench.Pattern, Of: perOp(bench.Calls("keys")), Min: 0, Max: 0},
		{Name: "KEYS calls per iteration", Side: bench.AntiPattern, Of: perOp(bench.Calls("keys")), Min: 1, Max: 1},
		{Name: "SCAN calls per iteration", Side: bench.AntiPattern, Of: perOp(bench.Calls("scan")), Min: 0, Max: 0},
	}
	if keys >= slowKeys {
		checks = append(checks, bench.Check{Name: "bystander's longest wait / longest KEYS in the slow log", Side: bench.AntiPattern, Of: stallOver("keys"), Min: 0.8, Max: 2, Timed: true})
	}
	return append(checks, scanVariantChecks()...)
}

// slowKeys is the number of keys from which on the slow log is sure to hold a
// KEYS, and a stall to be longer than what a busy machine does by itself.
const slowKeys = 200_000

// wholeIteration is the time of an iteration that came to its end.
func wholeIteration(keys int) bench.Metric {
	m := bench.MedianResponse(iterationTime)
	whole := m.Of
	m.Of = func(t *bench.Trial) float64 {
		if bench.Count(t, lookedAt) < float64(keys) {
			return math.NaN()
		}
		return whole(t)
	}
	return m
}

// perThousandKeys is the time of an iteration by the number of keys that the
// server looked at.
func perThousandKeys() bench.Metric {
	m := bench.MedianResponse(pageTime)
	whole := m.Of
	m.Of = func(t *bench.Trial) float64 { return whole(t) * 1000 / bench.Count(t, lookedAt) }
	return m
}

// lookedAt counts the keys that an iteration has the server look at.
const lookedAt = "keys looked at"

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

// iterations makes an op of a key iterator: each op must find the keys whose
// numbers have as many digits as the largest and begin with three of its own.
func iterations(keys func(context.Context, rueidis.Client, string) iter.Seq2[string, error]) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		env.Peak(lookedAt, int64(env.Data.Keys))
		return func(ctx context.Context, i int) error {
			first, digits, want := group(env.Data, i)
			found := make(map[string]struct{}, want) // a scan may return a key twice
			for key, err := range keys(ctx, client, env.Match(strconv.Itoa(first), digits)) {
				if err != nil {
					return err
				}
				found[key] = struct{}{}
			}
			return foundAll(len(found), want)
		}, nil
	}
}

// group is what op i looks for: the keys whose number begins with first and has
// some digits more, so many in all.
func group(data bench.Data, i int) (first, digits, size int) {
	digits = len(strconv.Itoa(data.Keys-1)) - 3
	size = int(math.Pow10(digits))
	return 100 + i%(data.Keys/size-100), digits, size
}

func foundAll(found, want int) error {
	if found != want {
		return fmt.Errorf("%w: found %d keys, want %d", load.ErrWrongAnswer, found, want)
	}
	return nil
}

// stallOver compares what the bystander felt with what the server says the
// slowest of some command took; NaN when either is missing.
func stallOver(command string) func(*bench.Trial) float64 {
	return func(t *bench.Trial) float64 {
		if t.Bystander == nil || t.Evidence == nil {
			return math.NaN()
		}
		// A bystander that began a few milliseconds after the side, which by itself
		// costs no round, missed as much of a command that began with the trial.
		return float64(t.Bystander.Response.Max()+t.Late) / slowest(t, command)
	}
}

// slowest is the longest that some command took by the slow log; NaN if it
// holds none.
func slowest(t *bench.Trial, command string) float64 {
	longest := math.NaN()
	for _, s := range t.Evidence.Slow {
		if s.Command == command && !(float64(s.Duration) <= longest) {
			longest = float64(s.Duration)
		}
	}
	return longest
}
