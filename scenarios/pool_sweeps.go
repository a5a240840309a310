package scenarios

import "redisduel/bench"

// poolCommands varies how many commands a connection serves.
func poolCommands() bench.Sweep {
	return bench.Sweep{
		Name: "commands", Parameter: "commands per connection",
		Values: []float64{1, 2, 5, 10, 20, 50, 100},
		At:     func(k float64) bench.Scenario { return poolOf(int(k)) },
		Even:   1.1, // within 10 %
		Predict: func(set bench.Setting, k float64) (pattern, antipattern float64) {
			return k * float64(set.RTT), (float64(connectTrips(set)) + k) * float64(set.RTT)
		},
		Formula: "k·R pooled and (h + k)·R on a connection of its own, with h = 3 round trips to open and close it: within 10 % from k = 10·h on",
	}
}

// poolDistances varies the network for one command to a connection. The
// bystander would only share the host.
func poolDistances() bench.Sweep {
	return bench.Sweep{
		Name: "distance", Parameter: "round trip", Unit: "ms",
		Values: distances(),
		At: func(ms float64) bench.Scenario {
			s := atDistance(poolOf(1), ms)
			s.Bystander = false
			return s
		},
		Predict: func(set bench.Setting, _ float64) (pattern, antipattern float64) {
			return float64(set.RTT), float64(1+connectTrips(set)) * float64(set.RTT)
		},
		Formula: "R against 4·R, with R as measured: where R is small, what sockets and clients cost on top shows; far away, only the round trips count",
	}
}
