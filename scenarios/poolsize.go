package scenarios

import (
	"fmt"
	"math"
	"time"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	// sizeInUse is how many connections are in use on average: a little more
	// than nine, so that a pool for the average alone has ten and is busy for
	// 0.91 of the time: near the knee, and not beyond it.
	sizeInUse = 9.1
	// sizeThink is how long each request computes between reading and writing,
	// with its connection held.
	sizeThink = 6 * time.Millisecond
	// sizeRoundTrips are WATCH with GET, and MULTI, SET and EXEC.
	sizeRoundTrips = 2
	// sizeOverhead is what a round trip takes besides the network, with two or
	// three thousand of them a second on two cores.
	sizeOverhead = 150 * time.Microsecond
	// sizeSamples are the requests of a trial: a p99 needs a thousand.
	sizeSamples = 1150
	// sizeBrief is sizeThink where time is short: for a first look.
	sizeBrief = 2 * time.Millisecond
	// sizePatience is how many times as long as it holds a connection a request
	// waits for one at most.
	sizePatience = 3

	sizeOversized = "ten times the formula"
	sizeUnpooled  = "compare-and-set without a pool"
)

// A sizing is a rule for the size of a pool.
type sizing func(perSecond float64, hold time.Duration) int

// times is n times what the rule says.
func (s sizing) times(n int) sizing {
	return func(perSecond float64, hold time.Duration) int { return n * s(perSecond, hold) }
}

// fixed is a pool of c connections whatever the load.
func fixed(c int) sizing { return func(float64, time.Duration) int { return c } }

// of is the rule's size for the scenario's load, which is the same at any round
// trip.
func (s sizing) of() int { return s(sizeInUse, time.Second) }

// poolSize compares a pool with headroom with one for the average load.
func poolSize() bench.Scenario {
	s := poolSizeOf(antipatterns.PoolSize, sizeThink)
	s.Quick = func() bench.Scenario { return poolSizeOf(antipatterns.PoolSize, sizeBrief) }
	s.Variants = []bench.Variant{
		{Name: sizeOversized, About: "A pool ten times as large as the formula says: nobody waits, and nearly all connections are idle, each with " +
			"buffers at both ends; the better choice where the load is not known and the server has room.",
			Impl: transactions(sizing(patterns.PoolSize).times(10), sizeThink)},
		{Name: sizeUnpooled, About: "The write is a script that checks what was read, and all requests share one connection: what holds no connection " +
			"waits for none; the better choice wherever a transaction fits into a script.",
			Impl: compareAndSets(sizeThink)},
	}
	s.Checks = append(s.Checks,
		connectionsOpen(sizeOversized, sizing(patterns.PoolSize).times(10).of()+1),
		connectionsOpen(sizeUnpooled, 1),
	)
	s.Sweeps = []bench.Sweep{poolSizes(), poolSizeDistances()}
	return s
}

// poolSizeOf is the comparison with a pool by another rule, of requests that
// compute for so long.
func poolSizeOf(small sizing, think time.Duration) bench.Scenario {
	wait := bench.SpanQuantile("acquire wait p99", waitSpan, 0.99)
	return bench.Scenario{
		Name:    "pool-size",
		Title:   "a pool with headroom ↔ a pool for the average",
		Claim:   "A pool that is just large enough for the average load makes requests wait for a connection many times as long as one with half as many more.",
		Twin:    bench.Twin{File: "poolsize.go", Names: []string{"PoolSize"}},
		Primary: wait,
		Metrics: []bench.Metric{
			bench.SpanQuantile("median time with a connection", holdSpan, 0.5),
			bench.CountedPerOp("timeouts per request", "timeouts", stats.Lower, timeoutCount),
			{Name: "share of the pool in use", Unit: "λW/c", Better: stats.Lower, Of: poolUse},
			bench.MedianResponse("median response time"),
			bench.Counted("connections open", "connections", stats.Lower, openCount),
		},
		Checks: []bench.Check{
			connectionsOpen(bench.Pattern, sizing(patterns.PoolSize).of()+1),
			connectionsOpen(bench.AntiPattern, small.of()+1),
			perRequest(bench.Pattern),
			perRequest(bench.AntiPattern),
		},
		Data:        bench.Data{Keys: 10_000, Size: 64},
		Connections: sizing(patterns.PoolSize).times(10).of() + 2, // of the largest variant
		Load:        func(set bench.Setting) load.Spec { return poolSizeLoad(set, think) },
		Commands:    []string{"eval", "evalsha", "exec", "watch"},
		RoundTrips:  sizeRoundTrips,
		Rounds:      6, // long trials
		Pattern:     transactions(patterns.PoolSize, think),
		AntiPattern: transactions(small, think),
		Predict:     func(set bench.Setting) []bench.Prediction { return predictWaits(set, wait.Name, small, think) },
		Finding: says(fmt.Sprintf("One request in 100 waited %%s or longer for one of %d connections, %%s or longer for one of %d.",
			small.of(), sizing(patterns.PoolSize).of()), twins(wait.Name)...),
		Also: also(
			says("The median response time was %s with the small pool and %s with the large one.", twins("median response time")...),
			says("A request gave up waiting %s times on average with the small pool and %s times with the large one.", bareTwins("timeouts per request")...),
			says("The same wait was %s in a pool ten times as large as the formula says, and %s for compare-and-set scripts on a shared connection.",
				of(wait.Name, sizeOversized), of(wait.Name, sizeUnpooled)),
		),
	}
}

// sizeHold is how long a request holds its connection.
func sizeHold(rtt, think time.Duration) time.Duration {
	return think + sizeRoundTrips*(rtt+sizeOverhead)
}

// sizeHoldMeasured is the same by a measured round trip, which has the server's
// time in it.
func sizeHoldMeasured(rtt, think time.Duration) time.Duration { return think + sizeRoundTrips*rtt }

// sizeRate is the requests per second that keep sizeInUse connections in use.
func sizeRate(rtt, think time.Duration) float64 { return sizeInUse / sizeHold(rtt, think).Seconds() }

// poolSizeLoad lasts as long as a p99 takes, but not forever: over a network of
// more than some 10 ms it is withheld.
func poolSizeLoad(set bench.Setting, think time.Duration) load.Spec {
	rate := sizeRate(set.RTT, think)
	whole := min(time.Duration(sizeSamples/rate*float64(time.Second)), 3*time.Second)
	warmup := whole / 5
	return load.Spec{
		Mode: load.Open, Arrivals: load.Poisson, Rate: rate, Workers: 128,
		Warmup: warmup, Duration: max(set.Duration, whole-warmup),
	}
}

func predictWaits(set bench.Setting, metric string, small sizing, think time.Duration) []bench.Prediction {
	hold := sizeHoldMeasured(set.RTT, think)
	predict := func(side string, c int) []bench.Prediction {
		return []bench.Prediction{
			{Side: side, Metric: metric, Value: ns(waitP99(c, sizeInUse, hold)), Formula: waitFormula},
			{Side: side, Metric: "share of the pool in use", Value: stats.Float(sizeInUse / float64(c)), Formula: "λW/c"},
			{Side: side, Metric: "median time with a connection", Value: ns(hold), Formula: "2·R and the time that a request computes"},
		}
	}
	return append(predict(bench.Pattern, sizing(patterns.PoolSize).of()), predict(bench.AntiPattern, small.of())...)
}

// poolUse is the share of its connections that a pool had lent on average: by
// Little's law the rate, times how long each was held, over their number.
func poolUse(t *bench.Trial) float64 {
	hold := t.Spans[holdSpan]
	if hold == nil || hold.Count() == 0 {
		return math.NaN()
	}
	mean, _ := hold.Mean()
	rate := float64(t.Load.OK) / t.Load.Elapsed.Seconds() * (1 - bench.Count(t, timeoutCount)/float64(t.Load.Attempts))
	return rate * mean.Seconds() / (bench.Count(t, openCount) - 1)
}

// connectionsOpen checks how many connections the server saw a side open: those
// of the pool, and one that the client keeps for itself.
func connectionsOpen(side string, n int) bench.Check {
	return bench.Check{Name: "connections open", Side: side, Min: float64(n), Max: float64(n),
		Of: func(t *bench.Trial) float64 { return bench.Count(t, openCount) }}
}

// perRequest checks that each request read its key, unless it got no
// connection.
func perRequest(side string) bench.Check {
	return bench.Check{Name: "GET calls and timeouts per request", Side: side, Min: 1, Max: 1, Of: func(t *bench.Trial) float64 {
		return perOp(bench.Calls("get"))(t) + bench.Count(t, timeoutCount)/float64(t.Load.Attempts)
	}}
}
