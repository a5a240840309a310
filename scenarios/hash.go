package scenarios

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// hashWriters is the number of those that change the one record.
const hashWriters = 8

const lostUpdates = "lost updates of 100"

// hash compares changing one field of a HASH with rewriting a JSON string,
// where several writers change one record.
func hash() bench.Scenario {
	s := hashOf(hashWriters)
	s.Quick = func() bench.Scenario { return hashOf(hashWriters) }
	s.Variants, s.Checks = hashVariants(), append(s.Checks, hashVariantChecks()...)
	s.Sweeps = hashSweeps()
	return s
}

// hashOf is hash with so many writers that do nothing else, and without
// variants.
func hashOf(writers int) bench.Scenario {
	s := hashUnder(load.Spec{Mode: load.Closed, Workers: writers}, fmt.Sprintf("%d writers", writers))
	s.Predict = func(set bench.Setting) []bench.Prediction { return hashPredictions(set, float64(writers)) }
	return s
}

// hashUnder is hash under a load of somebody, without predictions.
func hashUnder(under load.Spec, who string) bench.Scenario {
	lost := bench.Metric{Name: lostUpdates, Unit: "updates", Better: stats.Lower, Of: lostOf100}
	return bench.Scenario{
		Name:    "hash",
		Title:   "HASH fields ↔ JSON string rewritten",
		Claim:   "A client that reads a JSON record, changes it and writes it back undoes what others changed meanwhile; HASH commands change a field in place.",
		Twin:    bench.Twin{File: "record.go", Names: []string{"Records", "Records.Add", "Records.read", "Records.write"}},
		Primary: lost,
		Metrics: []bench.Metric{
			{Name: lastingRate, Unit: "updates/s", Better: stats.Higher, Of: lastingPerSecond},
			bench.MedianResponse("median time for one update"),
			bench.PerOp("bytes to the server per update", "B", 1, bench.BytesIn),
			bench.PerOp("bytes from the server per update", "B", 1, bench.BytesOut),
			bench.CountedPerOp("retries per update", "retries", stats.Lower, updateRetries),
			bench.ClientTime("client CPU per update", 1),
			bench.ServerTime("server CPU per update", 1),
			bench.Counted(recordMemory, "B", stats.Lower, recordBytes),
		},
		Checks:      hashChecks(),
		Writes:      func(bench.Setting) iter.Seq[string] { return slices.Values([]string{hashRecord}) },
		After:       inspectRecord,
		Differs:     "one keeps a HASH and the other a string of the same fields",
		Load:        func(bench.Setting) load.Spec { return under },
		Commands:    []string{"eval", "evalsha", "exec", "expire", "hgetall", "hincrby", "hmget", "hset", "memory|usage", "type", "watch"},
		Connections: 2*under.Workers + 2, // WATCH takes connections of its own
		RoundTrips:  2,
		Pattern:     recordUpdates(recordTwin(patterns.NewRecords)),
		AntiPattern: recordUpdates(recordTwin(antipatterns.NewRecords)),
		Finding:     says(fmt.Sprintf("Of 100 acknowledged updates, %s lost %%s in a JSON string and %%s in a HASH.", who), bareTwins(lost.Name)...),
		Also: also(
			says("Updates that lasted: %s with JSON and %s with a HASH.", twins(lastingRate)...),
			says("An update sent the server %s with JSON and %s with a HASH, and was answered with %s and %s.",
				slices.Concat(twins("bytes to the server per update"), twins("bytes from the server per update"))...),
			says("A HASH that is read, changed and written back (HGET, then HSET) lost %s of 100.", bare(lost.Name, hashFetched)),
			says("JSON with WATCH and retries lost %s of 100; %s lasted.", bare(lost.Name, jsonWatched), of(lastingRate, jsonWatched)),
			says("The record took %s of the server's memory as JSON and %s as a HASH.", twins("memory of the record")...),
		),
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

// lostOnHash and lostOnJSON predict the updates that are lost of 100.
func lostOnHash() bench.Prediction {
	return bench.Prediction{Side: bench.Pattern, Metric: lostUpdates, Value: 0, Formula: "0: the server runs one command at a time"}
}

func lostOnJSON(value float64, formula string) bench.Prediction {
	return bench.Prediction{Side: bench.AntiPattern, Metric: lostUpdates, Value: stats.Float(value), Formula: formula}
}

func hashPredictions(set bench.Setting, n float64) []bench.Prediction {
	perSecond := func(recordUpdates float64) stats.Float { return stats.Float(recordUpdates / set.RTT.Seconds()) }
	return []bench.Prediction{
		lostOnHash(),
		lostOnJSON(lostOutOfStep(n), outOfStepFormula),
		lostOnJSON(lostInStep(n), "100·(1 − 1/n) for n writers in step, the most that they lose"),
		{Side: bench.Pattern, Metric: lastingRate, Value: perSecond(n), Formula: "n/R, R as measured"},
		{Side: bench.AntiPattern, Metric: lastingRate, Value: perSecond(n / 2 * (1 - lostOutOfStep(n)/100)), Formula: "n/(2·R), less those lost out of step: below 1/R, however many writers"},
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
	return bench.Check{Name: lostUpdates, Side: side, Of: lostOf100, Min: low, Max: high}
}

func lostOf100(t *bench.Trial) float64 {
	return 100 * (1 - bench.Count(t, updatesPresent)/bench.Count(t, updatesAcknowledged))
}

const lastingRate = "lasting updates per second"

// lastingPerSecond is the rate of updates that were still there at the end.
func lastingPerSecond(t *bench.Trial) float64 {
	return float64(t.Load.OK) / t.Load.Elapsed.Seconds() * bench.Count(t, updatesPresent) / bench.Count(t, updatesAcknowledged)
}
