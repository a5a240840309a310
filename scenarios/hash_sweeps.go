package scenarios

import (
	"fmt"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
)

// hashSweeps ask where JSON is the better choice: with few writers or rare
// updates, in memory, or where a record is read.
func hashSweeps() []bench.Sweep {
	return []bench.Sweep{
		{
			Name: "writers", Parameter: "writers of one record", Values: []float64{1, 2, 8, 32},
			At:      func(v float64) bench.Scenario { return hashOf(int(v)) },
			Predict: func(_ bench.Setting, v float64) (float64, float64) { return 0, lostOutOfStep(v) },
			Formula: outOfStepFormula + "; as many as 100·(1 − 1/n) in step",
		},
		{
			Name: "rate", Parameter: "updates of one record per second", Values: []float64{100, 300, 600, 1200},
			At:      hashAtRate,
			Predict: func(set bench.Setting, v float64) (float64, float64) { return 0, lostAtRate(v, updateWindow(set.RTT)) },
			Formula: rateFormula,
		},
		memorySweep("fields", "fields of 16 B in the record", "", []float64{5, 20, 100, 512, 513}, func(v float64) recordShape {
			return recordShape{fields: int(v), size: 16, read: int(v)}
		}),
		memorySweep("size", "size of each of 20 values", "B", []float64{8, 64, 65, 256}, func(v float64) recordShape {
			return recordShape{fields: 20, size: int(v), read: 20}
		}),
		readSweep(),
		replySweep(),
	}
}

// memorySweep varies the record and compares what it takes in memory.
func memorySweep(name, parameter, unit string, values []float64, shape func(float64) recordShape) bench.Sweep {
	return bench.Sweep{
		Name: name, Parameter: parameter, Unit: unit, Values: values,
		At: func(v float64) bench.Scenario { return briefly(shape(v).reads(recordMemory)) },
		Predict: func(_ bench.Setting, v float64) (float64, float64) {
			return float64(shape(v).hashMemory()), float64(shape(v).jsonMemory())
		},
		Formula: memoryFormula,
	}
}

// briefly is a scenario decided by a count that a few ops show exactly.
func briefly(s bench.Scenario) bench.Scenario {
	s.Load = func(bench.Setting) load.Spec {
		return load.Spec{Mode: load.Job, Workers: 1, Ops: 20, Duration: 50 * time.Millisecond}
	}
	return s
}

// sharedRecord is the one of which a share is read: of a hundred fields.
func sharedRecord(read float64) recordShape {
	return recordShape{fields: 100, size: 16, read: int(read)}
}

// sharesRead are one field, a few, half, all but one, which have to be named,
// and all.
func sharesRead() []float64 { return []float64{1, 10, 50, 99, 100} }

const (
	shareRead = "fields read of 100"
	howRead   = "; fewer than 100 are named in an HMGET, and 100 are one HGETALL"
)

func readSweep() bench.Sweep {
	return bench.Sweep{
		Name: "read", Parameter: shareRead, Values: sharesRead(),
		At:      func(v float64) bench.Scenario { return sharedRecord(v).reads(readTime) },
		Formula: "what a read takes the server depends on its processor and its build" + howRead,
	}
}

func replySweep() bench.Sweep {
	return bench.Sweep{
		Name: "reply", Parameter: shareRead, Values: sharesRead(),
		At: func(v float64) bench.Scenario { return briefly(sharedRecord(v).reads(replyBytes)) },
		Predict: func(_ bench.Setting, v float64) (float64, float64) {
			r := sharedRecord(v)
			return float64(r.hashReply()), float64(r.jsonReply())
		},
		Formula: replyFormula + howRead,
	}
}

// hashAtRate is hash with updates that begin at random moments, however many are
// under way.
func hashAtRate(rate float64) bench.Scenario {
	s := hashUnder(load.Spec{
		Mode: load.Open, Arrivals: load.Poisson, Rate: rate, Workers: 64, Duration: time.Second,
	}, fmt.Sprintf("clients that begin %g updates a second", rate))
	s.Predict = func(set bench.Setting) []bench.Prediction {
		lost := lostAtRate(rate, updateWindow(set.RTT))
		return []bench.Prediction{lostOnHash(), lostOnJSON(lost, rateFormula)}
	}
	return s
}

// lostAtRate is what JSON loses of 100 updates that begin at random, so many a
// second, and write a window after they read. What lasts is a chain, back from
// the last write: it was read a window earlier, and what it read was written by
// the latest update that had begun a window before that, on average 1/rate
// earlier. So one update lasts in each w + 1/λ. This is exact for a window that
// never varies.
//
// The share of updates that another one begins beside, 1 − e^(−λ·w), is not what
// is lost: of two that overlap the first lasts if a third one read it before the
// second one wrote, and then the second one is lost instead.
func lostAtRate(rate float64, window time.Duration) float64 {
	begun := rate * window.Seconds() // within a window
	return 100 * begun / (1 + begun)
}

// updateWindow is the time from an update's read to its write: a round trip, and
// what the client takes to decode the record and to encode it again.
func updateWindow(rtt time.Duration) time.Duration { return rtt + recodeTime }

// recodeTime is about what a client takes for the JSON of a record of 20 fields.
const recodeTime = 20 * time.Microsecond

const rateFormula = "100·λ·w/(1 + λ·w) at λ updates a second, w = R as measured + 20 µs for the client: one update lasts in each w + 1/λ, the time from a read back to that of the update whose write it saw"
