package scenarios

import (
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

const (
	perSecond  = "commands a second"
	bareSocket = "bare sockets"
	byDefault  = "default client per command"
)

// handshakes is pooling with a single caller, who asks again as soon as it is
// answered: what a round trip leaves of the rate, with and without handshakes.
func handshakes() bench.Scenario {
	rate := bench.Throughput(perSecond, "commands/s", 1)
	response := bench.MedianResponse("median response time")
	return bench.Scenario{
		Name:    "handshakes",
		Title:   "one open connection ↔ a connection per command, by one caller",
		Claim:   "A caller who waits for each answer gets one command in a round trip over an open connection, and one in as many round trips as the handshakes take over new ones.",
		Twin:    bench.Twin{File: "pool.go", Names: []string{"Pool.Do", "Pool.Hold", "Pool.connect"}},
		Primary: rate,
		Metrics: []bench.Metric{response, bench.PerOp("connections per op", "connections", 1, bench.Connections)},
		Checks: []bench.Check{
			perOpCheck("connections per op", bench.Pattern, bench.Connections, 0, 0),
			perOpCheck("connections per op", bench.AntiPattern, bench.Connections, 1, 1),
			perOpCheck("connections per op", bareSocket, bench.Connections, 1, 1),
			perOpCheck("connections per op", byDefault, bench.Connections, 1, 2),
			perOpCheck("GET calls per op", bench.Pattern, bench.Calls("get"), 1, 1),
			perOpCheck("GET calls per op", bench.AntiPattern, bench.Calls("get"), 1, 1),
			perOpCheck("GET calls per op", bareSocket, bench.Calls("get"), 1, 1),
			perOpCheck("GET calls per op", byDefault, bench.Calls("get"), 1, 1),
		},
		Data: bench.Data{Keys: 1000, Size: 64},
		Load: func(set bench.Setting) load.Spec {
			return load.Spec{Mode: load.Closed, Workers: 1, Duration: distantTrial(set, 2*(connectRoundTrips+1))}
		},
		Commands:    defaultCalls,
		Connections: clientConnections,
		RoundTrips:  connectRoundTrips + 1,
		Rounds:      3, // of a few ops each, which the network decides
		Pattern:     commands(newPool, 1),
		AntiPattern: commands(newNoPool, 1),
		Variants: []bench.Variant{
			{Name: bareSocket, About: "A socket without a client library: the command goes out as soon as the TCP handshake is done, with the password in the same packet, " +
				"and nothing is said before it is closed: the fewest round trips that a connection of its own can have, two.", Impl: bareSockets},
			{Name: byDefault, About: "A client with its default options, which also ask whether the server is a cluster and track keys for a client-side cache, " +
				"and may open a second connection for the command.", Impl: defaultClients},
		},
		Predict: func(set bench.Setting) []bench.Prediction {
			rates := func(side string, trips int, formula string) bench.Prediction {
				return bench.Prediction{Side: side, Metric: rate.Name, Value: stats.Float(1 / (float64(trips) * set.RTT.Seconds())), Formula: formula}
			}
			return []bench.Prediction{
				rates(bench.Pattern, 1, "1/R, R as measured"),
				rates(bench.AntiPattern, 1+connectRoundTrips, "1/(4·R): TCP handshake, HELLO, the command, the client's farewell"),
				rates(bareSocket, 2, "1/(2·R): TCP handshake, the command"),
			}
		},
		Finding: says("One caller got %s commands a second over a connection for each and %s over one open connection.", bareTwins(rate.Name)...),
		Also: also(
			says("A bare socket for each command allowed %s commands a second.", bare(rate.Name, bareSocket)),
			says("A default client for each command allowed %s commands a second.", bare(rate.Name, byDefault)),
		),
	}
}
