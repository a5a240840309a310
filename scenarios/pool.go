package scenarios

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/patterns"
)

// connectRoundTrips is what a command on a connection of its own takes with a
// lean rueidis client: TCP handshake, HELLO, the command, and and the PING by which
// the client makes sure, as it closes, that nothing is left to come.
const connectRoundTrips = 4

// pool compares lending open connections with opening one for each command.
func pool() bench.Scenario {
	response := bench.MedianResponse("median response time")
	return bench.Scenario{
		Name:    "pooling",
		Title:   "pooled connections ↔ a connection per command",
		Claim:   "A command on a connection of its own waits for the handshakes first, and the server pays for every connection.",
		Primary: response,
		Metrics: []bench.Metric{
			bench.PerOp("connections per op", "connections", 1, bench.Connections),
			bench.ServerTime("server CPU per op", 1),
			bench.ClientTime("client CPU per op", 1),
			bench.BystanderQuantile("bystander's p99 response time", 0.99),
		},
		Checks: []bench.Check{
			// The pool may open the last of its 64 connections only when a stall
			// needs them; a quick trial has 180 ops, and the twin stands at 1.
			{Name: "connections per op", Side: bench.Pattern, Of: perOp(bench.Connections), Min: 0, Max: 64. / 180},
			{Name: "connections per op", Side: bench.AntiPattern, Of: perOp(bench.Connections), Min: 1, Max: 1},
			{Name: "GET calls per op", Side: bench.Pattern, Of: perOp(bench.Calls("get")), Min: 1, Max: 1},
			{Name: "GET calls per op", Side: bench.AntiPattern, Of: perOp(bench.Calls("get")), Min: 1, Max: 1},
		},
		Data:        bench.Data{Keys: 10_000, Size: 64},
		Load:        poolLoad,
		RoundTrips:  connectRoundTrips,
		Bystander:   true,
		Pattern:     commands(newPool),
		AntiPattern: commands(newNoPool),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: response.Name, Value: ns(set.RTT), Formula: "R, as measured"},
				{Side: bench.AntiPattern, Metric: response.Name, Value: ns(connectRoundTrips * set.RTT), Formula: "4·R: TCP handshake, HELLO, the command, the client's farewell"},
			}
		},
		Finding: func(d *bench.Duel) string {
			return fmt.Sprintf("A command took %s on a connection of its own and %s on a pooled one, and cost the server %s of CPU instead of %s.",
				quantity.Span(d.Duration(response.Name, bench.AntiPattern)), quantity.Span(d.Duration(response.Name, bench.Pattern)),
				quantity.Span(d.Duration("server CPU per op", bench.AntiPattern)), quantity.Span(d.Duration("server CPU per op", bench.Pattern)))
		},
	}
}

// poolLoad is an open loop that both sides sustain on two cores: 500 commands
// a second, or as many as keep 16 connections busy where the network is so
// slow that 500 a second would need hundreds.
func poolLoad(set bench.Setting) load.Spec {
	const connections = 16
	rate := 500.0
	if set.RTT > 0 {
		rate = min(rate, connections/(connectRoundTrips*set.RTT).Seconds())
	}
	return load.Spec{Mode: load.Open, Arrivals: load.Poisson, Rate: rate, Workers: 4 * connections}
}

// A doer is what both pools are.
type doer interface {
	Do(context.Context, func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult
	Close()
}

func newPool(option rueidis.ClientOption, size int) (doer, error) {
	return patterns.NewPool(option, patterns.PoolConfig{Size: size})
}

func newNoPool(option rueidis.ClientOption, size int) (doer, error) {
	return antipatterns.NewPool(option, antipatterns.PoolConfig{Size: size})
}

// commands makes an op of a pool: each op reads one key.
func commands(open func(rueidis.ClientOption, int) (doer, error)) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		pool, err := open(env.Option(), env.Workers)
		if err != nil {
			return nil, err
		}
		env.Defer(pool.Close)
		read := func(ctx context.Context, i int) error {
			n := i % env.Data.Keys
			result := pool.Do(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Get().Key(env.Key(n)).Build() })
			return holds(result, env.Data.Value(n))
		}
		// A pool is warm before it is measured; the twin that keeps no
		// connections is none the warmer for it.
		return read, env.Warm(ctx, func(ctx context.Context) error { return read(ctx, 0) })
	}
}
