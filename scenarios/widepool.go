package scenarios

import (
	"context"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	// widePoolSize is the callers of wide-pool, and the connections of its pool:
	// at a round trip of 250 ms they make 2,400 commands a second.
	widePoolSize = 600
	narrowPool   = "a pool of 50"
	oneShared    = "one shared connection"
)

// widePool is pooling with hundreds of callers, each of which asks again as
// soon as it is answered: what as many connections answer in a round trip.
func widePool() bench.Scenario {
	rate := bench.Throughput(perSecond, "commands/s", 1)
	response := bench.MedianResponse("median response time")
	return bench.Scenario{
		Name:    "wide-pool",
		Title:   "a pool of 600 ↔ a connection per command, by 600 callers",
		Claim:   "A pool of n connections answers n commands in a round trip; the round trip decides how many connections a rate takes.",
		Twin:    bench.Twin{File: "pool.go", Names: []string{"Pool.Hold", "Pool.connect"}},
		Primary: rate,
		Metrics: []bench.Metric{
			response,
			bench.PerOp("connections per op", "connections", 1, bench.Connections),
			bench.Counted("connections open", "connections", stats.Lower, openCount),
			bench.ServerTime("server CPU per op", 1),
			bench.ClientTime("client CPU per op", 1),
		},
		Checks: []bench.Check{
			connectionsOpen(bench.Pattern, widePoolSize+1),
			connectionsOpen(narrowPool, patterns.DefaultPoolSize+1),
			perOpCheck("connections per op", bench.Pattern, bench.Connections, 0, 0),
			perOpCheck("connections per op", bench.AntiPattern, bench.Connections, 1, 1),
			perOpCheck("connections per op", narrowPool, bench.Connections, 0, 0),
			perOpCheck("connections per op", oneShared, bench.Connections, 0, 0),
			perOpCheck("GET calls per op", narrowPool, bench.Calls("get"), 1, 1),
			perOpCheck("GET calls per op", oneShared, bench.Calls("get"), 1, 1),
		},
		Data: bench.Data{Keys: 1000, Size: 64},
		Load: func(set bench.Setting) load.Spec {
			return load.Spec{Mode: load.Closed, Workers: widePoolSize, Duration: distantTrial(set, connectRoundTrips+1)}
		},
		// In a pool of 50 a caller waits for the eleven before it, and for those
		// that were quicker to ask again.
		RoundTrips:  2 * widePoolSize / patterns.DefaultPoolSize,
		Rounds:      3,
		Pattern:     held(widePoolSize),
		AntiPattern: unpooled,
		Variants: []bench.Variant{
			{Name: narrowPool, About: "The pool's default size, with as many callers: all but 50 of them wait for a connection at any moment, while the server idles.", Impl: held(patterns.DefaultPoolSize)},
			{Name: oneShared, About: "All callers share one connection, which has all their commands in flight at once: as fast as one connection each, and the better choice wherever no command needs one to itself.", Impl: sharedByAll},
		},
		Predict: func(set bench.Setting) []bench.Prediction {
			rates := func(side string, n, trips float64, formula string) bench.Prediction {
				return bench.Prediction{Side: side, Metric: rate.Name, Value: stats.Float(n / (trips * set.RTT.Seconds())), Formula: formula}
			}
			return []bench.Prediction{
				rates(bench.Pattern, widePoolSize, 1, "n/R, with n = 600 connections and R as measured"),
				rates(bench.AntiPattern, widePoolSize, 1+connectRoundTrips, "n/(4·R), with n = 600 callers"),
				rates(narrowPool, patterns.DefaultPoolSize, 1, "n/R, with n = 50 connections"),
				rates(oneShared, widePoolSize, 1, "n/R, with n = 600 callers"),
			}
		},
		Finding: says("600 callers got %s commands a second over a connection for each and %s from a pool of 600.", bareTwins(rate.Name)...),
		Also:    also(says("From a pool of 50 they got %s commands a second.", bare(rate.Name, narrowPool))),
	}
}

// held makes an op that holds one of n open connections for its command.
func held(n int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		pool, err := openSized(ctx, env, patterns.PoolConfig{Size: n})
		return readHeld(env, pool), err
	}
}

// unpooled makes an op that opens a connection for its command.
func unpooled(_ context.Context, env *bench.Env) (load.Op, error) {
	pool, err := antipatterns.NewPool(env.Option(), antipatterns.PoolConfig{Size: env.Workers})
	if err != nil {
		return nil, err
	}
	env.Defer(pool.Close)
	return readHeld(env, pool), nil
}

func readHeld(env *bench.Env, pool lender) load.Op {
	return func(ctx context.Context, i int) error {
		return pool.Hold(ctx, func(connection rueidis.CommandClient) error { return readMany(ctx, env, connection, i, 1) })
	}
}

// sharedByAll makes an op of a client that pipelines by itself, with room for
// the commands of all callers on its one connection, as it has by default.
func sharedByAll(ctx context.Context, env *bench.Env) (load.Op, error) {
	option := env.Option()
	option.DisableAutoPipelining, option.RingScaleEachConn = false, 10 // 2¹⁰ commands in flight
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	env.Defer(client.Close)
	read := func(ctx context.Context, i int) error { return readMany(ctx, env, client, i, 1) }
	return read, env.Warm(ctx, func(ctx context.Context) error { return read(ctx, 0) })
}
