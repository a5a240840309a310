package scenarios

import (
	"fmt"
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// connectRoundTrips is what a connection of its own adds to the round trips of
// its commands with a lean rueidis client: the TCP handshake, HELLO, and the
// PING by which the client makes sure, as it closes, that nothing is left to
// come.
const connectRoundTrips = 3

// connectTrips is connectRoundTrips, and one more where TLS has a handshake of
// its own.
func connectTrips(set bench.Setting) int {
	if set.TLS {
		return connectRoundTrips + 1
	}
	return connectRoundTrips
}

// commandFormula is what a command on a connection of its own takes.
func commandFormula(set bench.Setting) string {
	if set.TLS {
		return "5·R: TCP handshake, TLS handshake, HELLO, the command, the client's farewell"
	}
	return "4·R: TCP handshake, HELLO, the command, the client's farewell"
}

// pool compares lending open connections with opening one for each command.
func pool() bench.Scenario {
	s := poolOf(1)
	s.Variants = []bench.Variant{
		{Name: "multiplexed", About: "All requests share one connection, on which the client pipelines what comes at the same time: " +
			"the least to open, and the better choice wherever no command blocks and none needs a connection to itself.", Impl: multiplexed},
		{Name: "default client per command", About: "The anti-pattern with the client's default options, which also ask whether the server " +
			"is a cluster, track keys for a client-side cache, and take a megabyte of buffers for each connection; " +
			"they may open a second connection for the command itself.", Impl: defaultClients},
	}
	s.Checks = append(s.Checks,
		perOpCheck("connections per op", "multiplexed", bench.Connections, 0, 0.01),
		perOpCheck("GET calls per op", "multiplexed", bench.Calls("get"), 1, 1),
		// The GET may go out on another of the client's four connections than the
		// one that it was opened with, and open that one for itself.
		perOpCheck("connections per op", "default client per command", bench.Connections, 1, 2),
		perOpCheck("GET calls per op", "default client per command", bench.Calls("get"), 1, 1),
	)
	s.Connections = clientConnections * 4 * poolConnections
	s.Sweeps = []bench.Sweep{poolCommands(), poolDistances()}
	return s
}

// poolOf is the comparison with k commands one after the other on each
// connection.
func poolOf(k int) bench.Scenario {
	response := bench.MedianResponse("median response time")
	subject := "A command"
	if k > 1 {
		subject = fmt.Sprintf("%d commands", k)
	}
	return bench.Scenario{
		Name:    "pooling",
		Title:   "pooled connections ↔ a connection per command",
		Claim:   "A command on a connection of its own waits for the handshakes first, and the server pays for every connection.",
		Twin:    bench.Twin{File: "pool.go", Names: []string{"Pool.Do", "Pool.Hold", "Pool.connect"}},
		Primary: response,
		Metrics: []bench.Metric{
			bench.PerOp("connections per op", "connections", 1, bench.Connections),
			bench.CountedPerOp("sockets left in TIME_WAIT per op", "sockets", stats.Lower, timeWaitCount),
			bench.ServerTime("server CPU per op", 1),
			bench.ClientTime("client CPU per op", 1),
			bench.ClientAllocs("client allocations per op"),
			bench.BystanderQuantile("bystander's p95 response time", 0.95),
		},
		Checks: []bench.Check{
			// The pool may open some of its connections only when a stall needs
			// them; a quick trial has some 45 ops, and the twin stands at 1.
			perOpCheck("connections per op", bench.Pattern, bench.Connections, 0, poolConnections/45.),
			perOpCheck("connections per op", bench.AntiPattern, bench.Connections, 1, 1),
			perOpCheck("GET calls per op", bench.Pattern, bench.Calls("get"), float64(k), float64(k)),
			perOpCheck("GET calls per op", bench.AntiPattern, bench.Calls("get"), float64(k), float64(k)),
		},
		Data:        bench.Data{Keys: 10_000, Size: 64},
		Load:        func(set bench.Setting) load.Spec { return poolLoad(set, k) },
		Commands:    defaultCalls,
		RoundTrips:  connectRoundTrips + 1 + k, // with TLS
		Bystander:   true,
		Pattern:     commands(newPool, k),
		AntiPattern: commands(newNoPool, k),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: response.Name, Value: ns(time.Duration(k) * set.RTT), Formula: "R, as measured"},
				{Side: bench.AntiPattern, Metric: response.Name, Value: ns(time.Duration(connectTrips(set)+k) * set.RTT), Formula: commandFormula(set)},
				{Side: bench.AntiPattern, Metric: "connections per op", Value: 1, Formula: "one for each command"},
				{Side: bench.AntiPattern, Metric: "sockets left in TIME_WAIT per op", Value: 1, Formula: "one for each connection, on the side that closes it first"},
			}
		},
		Finding: says(subject+" took %s on a connection of its own and %s on a pooled one.", twins(response.Name)...),
		Also: also(
			says(subject+" cost the server %s of CPU time on a connection of its own and %s on a pooled one; the client, %s and %s.",
				slices.Concat(twins("server CPU per op"), twins("client CPU per op"))...),
			says("One connection that all requests share took %s.", of(response.Name, "multiplexed")),
			says("A connection of its own in a client with the default options took %s.", of(response.Name, "default client per command")),
		),
	}
}

// poolConnections is the limit of both pools.
const poolConnections = 16

// clientConnections is the most that a caller with a default client for each
// command takes of the server: two that are open, and as many of the client
// before, whose end the server has yet to notice.
const clientConnections = 4

// poolLoad is an open loop that all sides sustain on two cores: 250 ops and at
// most 2,000 commands a second, or as many as keep half of the connections busy
// where the network is so slow that more would need all.
func poolLoad(set bench.Setting, k int) load.Spec {
	rate := min(250, 2000/float64(k))
	if set.RTT > 0 {
		rate = min(rate, poolConnections/2/(time.Duration(connectTrips(set)+k)*set.RTT).Seconds())
	}
	return load.Spec{Mode: load.Open, Arrivals: load.Poisson, Rate: rate, Workers: 4 * poolConnections}
}

func perOpCheck(name, side string, of func(*evidence.Delta) float64, low, high float64) bench.Check {
	return bench.Check{Name: name, Side: side, Of: perOp(of), Min: low, Max: high}
}
