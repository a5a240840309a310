package scenarios

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// hashWriters is the number of those that change the one record.
const hashWriters = 8

// hash compares changing one field of a HASH with rewriting a JSON string,
// where several writers change one record.
func hash() bench.Scenario {
	s := hashOf(hashWriters)
	s.Quick = func() bench.Scenario { return hashOf(hashWriters) }
	s.Variants, s.Checks = hashVariants(), append(s.Checks, hashVariantChecks()...)
	s.Sweep = &bench.Sweep{
		Parameter: "writers of one record",
		Values:    []float64{1, 2, 8, 32},
		At:        func(v float64) bench.Scenario { return hashOf(int(v)) },
		Predict:   func(_ bench.Setting, v float64) (float64, float64) { return 0, lostOutOfStep(v) },
		Formula:   outOfStepFormula + "; as many as 100·(1 − 1/n) in step",
	}
	return s
}

// hashOf is hash with so many writers, and without variants.
func hashOf(writers int) bench.Scenario {
	lost := bench.Metric{Name: "lost updates of 100", Unit: "updates", Better: stats.Lower, Of: lostOf100}
	return bench.Scenario{
		Name:    "hash",
		Title:   "HASH fields ↔ JSON string rewritten",
		Claim:   "A client that reads a JSON record, changes it and writes it back undoes what others changed meanwhile; HASH commands change a field in place.",
		Twin:    bench.Twin{File: "record.go", Names: []string{"Records", "Records.Add", "Records.read", "Records.write"}},
		Primary: lost,
		Metrics: []bench.Metric{
			{Name: "lasting updates per second", Unit: "updates/s", Better: stats.Higher, Of: lastingPerSecond},
			bench.MedianResponse("median time for one update"),
			bench.PerOp("bytes to the server per update", "B", 1, bench.BytesIn),
			bench.PerOp("bytes from the server per update", "B", 1, bench.BytesOut),
			bench.CountedPerOp("retries per update", "retries", stats.Lower, updateRetries),
			bench.ClientTime("client CPU per update", 1),
			bench.ServerTime("server CPU per update", 1),
			bench.Counted("memory of the record", "B", stats.Lower, recordBytes),
		},
		Checks:      hashChecks(),
		Writes:      func(bench.Setting) iter.Seq[string] { return slices.Values([]string{hashRecord}) },
		After:       inspectRecord,
		Differs:     "one keeps a HASH and the other a string of the same fields",
		Load:        func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: writers} },
		Commands:    []string{"eval", "evalsha", "exec", "expire", "hgetall", "hincrby", "hmget", "hset", "memory|usage", "type", "watch"},
		RoundTrips:  2,
		Rounds:      5, // the share that is lost hardly varies
		Pattern:     recordUpdates(recordTwin(patterns.NewRecords)),
		AntiPattern: recordUpdates(recordTwin(antipatterns.NewRecords)),
		Predict:     func(set bench.Setting) []bench.Prediction { return hashPredictions(set, lost.Name, float64(writers)) },
		Finding: func(d *bench.Duel) string {
			return fmt.Sprintf("Of 100 updates of one record by %d writers, JSON lost %s, each of which had been acknowledged, and a HASH %s; an update carried %s instead of %s.",
				writers, quantity.Number(d.Value(lost.Name, bench.AntiPattern)), quantity.Number(d.Value(lost.Name, bench.Pattern)),
				quantity.Bytes(bytesBothWays(d, bench.AntiPattern)), quantity.Bytes(bytesBothWays(d, bench.Pattern)))
		},
	}
}

// lostInStep is what n writers in a closed loop lose of 100 updates when they
// march in step: all read the same record, and the last one to write wins. More
// cannot be lost, unless a writer stalls and then puts back an old record.
func lostInStep(n float64) float64 { return 100 * (1 - 1/n) }

// lostOutOfStep is what they lose when they move independently. An update takes
// two round trips, one between its read and its write. What lasts is a chain,
// back from the last write: it was read one round trip earlier, and what it
// read was written by the latest write before that. One of n writers at random
// moments wrote (2·R/n)·(1 − 2⁻ⁿ) earlier on average: its own last write was R
// earlier, and the others lie evenly over 2·R. So one update lasts in each
// R + (2·R/n)·(1 − 2⁻ⁿ), in which n/(2·R) times as many were acknowledged.
func lostOutOfStep(n float64) float64 { return 100 * (1 - 2/(n+2*(1-math.Exp2(-n)))) }

const outOfStepFormula = "100·(1 − 2/(n + 2·(1 − 2⁻ⁿ))) for n writers out of step"

func hashPredictions(set bench.Setting, lost string, n float64) []bench.Prediction {
	const lasting = "lasting updates per second"
	perSecond := func(recordUpdates float64) stats.Float { return stats.Float(recordUpdates / set.RTT.Seconds()) }
	return []bench.Prediction{
		{Side: bench.Pattern, Metric: lost, Value: 0, Formula: "0: the server runs one command at a time"},
		{Side: bench.AntiPattern, Metric: lost, Value: stats.Float(lostOutOfStep(n)), Formula: outOfStepFormula},
		{Side: bench.AntiPattern, Metric: lost, Value: stats.Float(lostInStep(n)), Formula: "100·(1 − 1/n) for n writers in step, the most that they lose"},
		{Side: bench.Pattern, Metric: lasting, Value: perSecond(n), Formula: "n/R, R as measured"},
		{Side: bench.AntiPattern, Metric: lasting, Value: perSecond(n / 2 * (1 - lostOutOfStep(n)/100)), Formula: "n/(2·R), less those lost out of step: below 1/R, however many writers"},
	}
}

// hashChecks say what the commands of the twins are, and that the correct one
// loses nothing.
func hashChecks() []bench.Check {
	return []bench.Check{
		callsPerUpdate(bench.Pattern, "hincrby", 1, 1), callsPerUpdate(bench.Pattern, "get", 0, 0), losesOf100(bench.Pattern, 0, 0),
		callsPerUpdate(bench.AntiPattern, "get", 1, 1), callsPerUpdate(bench.AntiPattern, "set", 1, 1),
	}
}

func callsPerUpdate(side, command string, low, high float64) bench.Check {
	return bench.Check{Name: command + " calls per update", Side: side, Of: perOp(bench.Calls(command)), Min: low, Max: high}
}

func losesOf100(side string, low, high float64) bench.Check {
	return bench.Check{Name: "lost updates of 100", Side: side, Of: lostOf100, Min: low, Max: high}
}

func lostOf100(t *bench.Trial) float64 {
	return 100 * (1 - bench.Count(t, updatesPresent)/bench.Count(t, updatesAcknowledged))
}

// lastingPerSecond is the rate of updates that were still there at the end.
func lastingPerSecond(t *bench.Trial) float64 {
	return float64(t.Load.OK) / t.Load.Elapsed.Seconds() * bench.Count(t, updatesPresent) / bench.Count(t, updatesAcknowledged)
}

func bytesBothWays(d *bench.Duel, side string) float64 {
	return d.Value("bytes to the server per update", side) + d.Value("bytes from the server per update", side)
}
