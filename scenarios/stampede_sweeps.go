package scenarios

import (
	"math"
	"time"

	"redisduel/bench"
)

// stampedeCrowds varies how many requests come during one load.
func stampedeCrowds() bench.Sweep {
	return bench.Sweep{
		Name: "crowd", Parameter: "requests during one load (λΔ)",
		Values: []float64{0.1, 1, 10, 100},
		At:     func(v float64) bench.Scenario { return stampedeOf(sweptStampede(v)) },
		// A lock is worth its round trips when it spares at least one load.
		Even: 2,
		Predict: func(set bench.Setting, v float64) (pattern, antipattern float64) {
			return 1, sweptStampede(v).at(set.RTT).crowd(set.RTT)
		},
		Formula: "1 with the lock, 1 + λ(Δ+R) without, with λ = 100/s up to λΔ = 1 and 1,000/s above, and R as measured",
	}
}

// sweptStampede is the size with the value v of λΔ. The rate is low where λΔ is,
// so that λR does not hide it, and the backend is large enough for the crowd to
// be gone after two service times.
func sweptStampede(v float64) stampedeSize {
	rate := 1000.0
	if v <= 1 {
		rate = 100
	}
	return stampedeSize{rate: rate, service: time.Duration(v / rate * float64(time.Second)), workers: int(math.Ceil(v / 2)), periods: 2}
}

// stampedeDistances varies the network, on which a value is longer on its way
// back into the cache while more requests come.
func stampedeDistances() bench.Sweep {
	return bench.Sweep{
		Name: "distance", Parameter: "round trip", Unit: "ms",
		Values: []float64{0.1, 2, 10},
		At:     func(ms float64) bench.Scenario { return atDistance(stampedeOf(stampedeMain), ms) },
		Even:   2,
		Predict: func(set bench.Setting, _ float64) (pattern, antipattern float64) {
			return 1, stampedeMain.at(set.RTT).crowd(set.RTT)
		},
		Formula: "1 with the lock, 1 + λ(Δ+R) without, with λ = 1,000/s, Δ = 20 ms and R as measured",
	}
}
