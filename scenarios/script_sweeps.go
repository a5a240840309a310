package scenarios

import (
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// evalshaLengths finds the length of a body that is as cheap to send as its
// digest: 43 bytes, since EVALSHA is a longer word than EVAL, too.
func evalshaLengths() bench.Sweep {
	return bench.Sweep{
		Name: "length", Parameter: "length of the script", Unit: "B",
		Values: []float64{40, 43, 100, 500, 1_000, 4_000, 16_000, 64_000},
		At: func(bytes float64) bench.Scenario {
			s := evalshaOf(int(bytes))
			s.Load = func(bench.Setting) load.Spec { // as exact as a longer one: bytes are counted
				return load.Spec{Mode: load.Closed, Workers: 1, Duration: 200 * time.Millisecond}
			}
			return s
		},
		Predict: func(_ bench.Setting, bytes float64) (pattern, antipattern float64) {
			return float64(evalshaRequest(sameKey)), float64(evalRequest(int(bytes), sameKey))
		},
		Formula: "the length of the request in RESP: a body of L bytes (d digits) takes L + d − 44 bytes more than its digest and EVALSHA's longer name",
	}
}

// What a script call in a pipeline takes the server, and each byte of a body to
// be read and hashed, as far as the predictions go: what Redis 7.0 took on the
// machine where this was written.
const (
	perCall     = 2500 * time.Nanosecond
	perBodyByte = 4 * time.Nanosecond
)

// evalshaThroughput is where bytes cost calls: no network, and pipelines that
// leave the server no pause.
func evalshaThroughput() bench.Sweep {
	return bench.Sweep{
		Name: "throughput", Parameter: "length of the script", Unit: "B",
		Values: []float64{40, 1_000, 4_000, 16_000},
		At:     evalshaAtFullSpeed,
		Predict: func(_ bench.Setting, bytes float64) (pattern, antipattern float64) {
			return 1 / perCall.Seconds(), 1 / (perCall.Seconds() + bytes*perBodyByte.Seconds())
		},
		Formula: "1/s against 1/(s + L·h), with s = 2.5 µs for a call and h = 4 ns to read and hash a byte of the body, as long as nobody but the server is at its limit",
	}
}

// evalshaAtFullSpeed is the duel in pipelines of 100 calls, two of them at a
// time, decided by how many calls are answered.
func evalshaAtFullSpeed(bytes float64) bench.Scenario {
	s := atDistance(evalshaOf(int(bytes)), 0)
	s.Title = "EVALSHA ↔ EVAL, both in pipelines and without a network"
	s.Primary = callsPerSecond()
	s.Load = func(set bench.Setting) load.Spec {
		return load.Spec{Mode: load.Closed, Workers: 2, Duration: sweepTrial(set)}
	}
	s.Pattern, s.AntiPattern = scriptPipelines(int(bytes)), bodyPipelines(int(bytes))
	return s
}

func callsPerSecond() bench.Metric {
	return bench.Metric{Name: "calls per second", Unit: "calls/s", Better: stats.Higher, Of: func(t *bench.Trial) float64 {
		return bench.Count(t, "calls") * float64(t.Load.OK) / float64(t.Load.Attempts) / t.Load.Elapsed.Seconds()
	}}
}
