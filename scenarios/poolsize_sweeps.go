package scenarios

import (
	"time"

	"redisduel/bench"
	"redisduel/patterns"
)

// poolSizes varies the size of the small pool.
func poolSizes() bench.Sweep {
	return bench.Sweep{
		Name: "connections", Parameter: "connections in the pool",
		Values: []float64{10, 11, 12, 13, 14, 16},
		At:     func(c float64) bench.Scenario { return poolSizeOf(fixed(int(c)), sizeThink) },
		Predict: func(set bench.Setting, c float64) (pattern, antipattern float64) {
			return predictSizes(int(c), sizeHoldMeasured(set.RTT, sizeThink))
		},
		Formula: waitFormula + ", against a pool of 14",
	}
}

// poolSizeDistances varies the network under a pool that was sized by what its
// requests compute, as if the network took no time: up to where the round trips
// eat the headroom, nobody notices.
func poolSizeDistances() bench.Sweep {
	return bench.Sweep{
		Name: "distance", Parameter: "round trip", Unit: "ms",
		Values: []float64{0.1, 0.5, 1, 2},
		At: func(ms float64) bench.Scenario {
			s := atDistance(poolSizeOf(fixed(forgetfulSize(ms)), sizeThink), ms)
			s.Title = "a pool with headroom ↔ a pool sized without the network"
			return s
		},
		Predict: func(set bench.Setting, ms float64) (pattern, antipattern float64) {
			return predictSizes(forgetfulSize(ms), sizeHoldMeasured(set.RTT, sizeThink))
		},
		Formula: waitFormula + ", against a pool of 14; where λW ≥ c somebody waits as long as anybody does, 3·W",
	}
}

// forgetfulSize is the size by the formula for a connection that is held for as
// long as a request computes.
func forgetfulSize(ms float64) int {
	rtt := time.Duration(ms * float64(time.Millisecond))
	return patterns.PoolSize(sizeRate(rtt, sizeThink), sizeThink)
}

// predictSizes is the wait for a connection of a pool by the formula and of one
// with c connections.
func predictSizes(c int, hold time.Duration) (pattern, antipattern float64) {
	pattern = float64(waitP99(sizing(patterns.PoolSize).of(), sizeInUse, hold))
	if float64(c) <= sizeInUse {
		return pattern, float64(sizePatience * hold)
	}
	return pattern, float64(waitP99(c, sizeInUse, hold))
}
