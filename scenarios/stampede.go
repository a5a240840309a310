package scenarios

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// A stampedeSize is the arithmetic of one hot key before a backend. The load is
// an open loop, so the backend has to get done with the crowd of one expiry
// before the next: each brings 1 + λ(Δ+R) loads, for which its workers take
// 1/C of that times Δ, and the next comes one TTL after the last of them.
type stampedeSize struct {
	rate    float64       // λ, requests per second
	service time.Duration // Δ, of one load
	workers int           // C, of the backend
	periods float64       // the TTL in times of Δ+R
}

// stampedeMain makes 22 loads of 110 ms in all at R = 1 ms, and then a TTL of 105
// ms: the backend is busy half of the time. Without a cache it would have five
// times the work that it can do (λΔ/C = 5).
var stampedeMain = stampedeSize{rate: 1000, service: 20 * time.Millisecond, workers: 4, periods: 5}

// crowdLimit is the largest λ(Δ+R): where the network is slow, the rate falls.
const crowdLimit = 40

// at is the size as a round trip of rtt allows.
func (s stampedeSize) at(rtt time.Duration) stampedeSize {
	s.rate = min(s.rate, max(crowdLimit, 2*s.rate*s.service.Seconds())/(s.service+rtt).Seconds())
	return s
}

// ttl is long enough for XFetch, which begins to refresh some Δ·ln(λΔ) before the
// end, and for requests to see each value: e⁻⁸ is how often none comes.
func (s stampedeSize) ttl(rtt time.Duration) time.Duration {
	shortest := time.Duration(8 / s.rate * float64(time.Second))
	return max(shortest, time.Duration(s.periods*float64(s.service+rtt)))
}

// crowd is how many loads an expiry brings without a lock: the first request
// that finds nothing, and all that come until its answer is in the cache. The
// capacity of the backend does not matter: the first in line is served at once.
func (s stampedeSize) crowd(rtt time.Duration) float64 {
	return 1 + s.rate*(s.service+rtt).Seconds()
}

// line is the wait of the last of the crowd for a worker: the time that the
// workers take for all before it, less the time in which they came.
func (s stampedeSize) line(rtt time.Duration) time.Duration {
	load := s.rate * s.service.Seconds() / float64(s.workers)
	return time.Duration(max(0, load-1) * float64(s.service+rtt))
}

// stampede compares one caller loading a value that has expired with all callers
// loading it.
func stampede() bench.Scenario {
	s := stampedeOf(stampedeMain)
	s.Variants = stampedeVariants(stampedeMain)
	s.Checks = append(s.Checks, stampedeVariantChecks()...)
	s.Quick = func() bench.Scenario {
		s := s
		s.Variants = nil
		return s
	}
	s.Sweeps = []bench.Sweep{stampedeCrowds(), stampedeDistances()}
	return s
}

const (
	// A trial has some hundred loads and less than a thousand requests, so that
	// what stands for their tails is the longest, and the p95.
	loadsPerExpiry = "backend loads per expiry"
	longestLine    = "longest wait for a worker of the backend"
	longestRequest = "longest response time"
	requestTrips   = "server reads per request"
	requestsFailed = "requests that failed"
	hotKey         = "{page}" // with a hash tag, so that its lock begins with the run's prefix, too
)

// stampedeOf is the pair at a size.
func stampedeOf(size stampedeSize) bench.Scenario {
	return bench.Scenario{
		Name:    "stampede",
		Title:   "locked regeneration ↔ everybody loads",
		Claim:   "When a hot key expires, every request that comes until it is back loads it too; a lock lets one through.",
		Twin:    bench.Twin{File: "stampede.go", Names: []string{"Loader.Get", "getOrLockScript", "Loader.getOrLock", "Loader.load"}},
		Primary: bench.Metric{Name: loadsPerExpiry, Unit: "loads", Better: stats.Lower, Of: perExpiry},
		Metrics: []bench.Metric{
			bench.SpanQuantile(longestLine, lineSpan, 1),
			bench.Counted("most loads in the backend at once", "loads", stats.Lower, peakCount),
			responseAt("p95 response time", 0.95),
			responseAt(longestRequest, 1),
			bench.PerOp(requestTrips, "reads", 1, bench.Reads),
			{Name: requestsFailed, Unit: "requests", Better: stats.Lower, Of: failedRequests, Untimed: true},
			bench.SpanQuantile("age of the oldest value served", ageSpan, 1),
			bench.ServerTime("server CPU per request", 1),
		},
		Checks: stampedeChecks(),
		Writes: func(bench.Setting) iter.Seq[string] {
			return slices.Values([]string{hotKey, hotKey + ":lock", hotKey + ":stale"})
		},
		Differs:     "what they leave expires within a fraction of a second, sooner or later",
		StandsFor:   func(key string) string { return strings.TrimSuffix(key, ":lock") },
		Load:        size.load,
		Commands:    []string{"del", "eval", "evalsha", "pttl"},
		RoundTrips:  20, // a waiter asks again until the value is there
		Pattern:     hotReads(size, lockedLoads),
		AntiPattern: hotReads(size, stampedingLoads),
		Predict:     size.predict,
		Finding:     says("Each expiry cost the backend %s without the lock and %s with it.", twins(loadsPerExpiry)...),
		Also: also(
			says("The longest request took %s without the lock and %s with it.", twins(longestRequest)...),
			says("A request took %s of the server without the lock and %s with it: who waits asks again.", twins(requestTrips)...),
			says("Serving the stale value meanwhile cost %s an expiry, and the longest request took %s.",
				of(loadsPerExpiry, staleVariant), of(longestRequest, staleVariant)),
			says("One load at a time in each process, without a lock, cost %s an expiry.", of(loadsPerExpiry, coalesceVariant)),
			says("Where the holder of the lock died, the longest request took %s and %s failed.", of(longestRequest, deadHolderVariant), of(requestsFailed, deadHolderVariant)),
		),
	}
}

// load is an open loop of independent requests. A trial is long enough for two
// crowds to come, be served and leave a value that expires. There are workers
// for all that wait while a value is loaded, with a stall of the host on top.
func (s stampedeSize) load(set bench.Setting) load.Spec {
	s = s.at(set.RTT)
	cycle := s.ttl(set.RTT) + s.line(set.RTT) + 2*s.service + 3*set.RTT
	return load.Spec{
		Mode: load.Open, Arrivals: load.Poisson, Rate: s.rate,
		Workers: 64 + int(2*s.rate*(s.service+4*set.RTT+100*time.Millisecond).Seconds()),
		Warmup:  set.Warmup, Duration: max(set.Duration, 2*cycle),
	}
}

func (s stampedeSize) predict(set bench.Setting) []bench.Prediction {
	s = s.at(set.RTT)
	with := fmt.Sprintf("with λ = %.0f/s, Δ = %s, R as measured", s.rate, quantity.Asked(s.service))
	return []bench.Prediction{
		{Side: bench.Pattern, Metric: loadsPerExpiry, Value: 1, Formula: "the one that takes the lock"},
		{Side: bench.AntiPattern, Metric: loadsPerExpiry, Value: stats.Float(s.crowd(set.RTT)), Formula: "1 + λ(Δ+R), " + with},
		{Side: xfetchVariant, Metric: loadsPerExpiry, Value: earlyLoads, Formula: "e: one when it was to be expected, and e − 1 until its value is there"},
		{Side: bench.Pattern, Metric: longestLine, Value: 0, Formula: "one load finds a free worker"},
		{Side: bench.AntiPattern, Metric: longestLine, Value: ns(s.line(set.RTT)), Formula: fmt.Sprintf("(Δ+R)(λΔ/C − 1) for a crowd of the mean size, with C = %d and the rest as above", s.workers)},
	}
}

// stampedeChecks prove from the server's counters what the side says of itself.
func stampedeChecks() []bench.Check {
	perLoad := func(command string) func(*bench.Trial) float64 {
		return func(t *bench.Trial) float64 {
			if t.Evidence == nil {
				return math.NaN()
			}
			return bench.Calls(command)(t.Evidence) / bench.Count(t, loadCount)
		}
	}
	checks := []bench.Check{
		{Name: "locks released (DEL calls) per load", Side: bench.Pattern, Of: perLoad("del"), Min: 1, Max: 1},
		{Name: "values written (SET calls) per load", Side: bench.AntiPattern, Of: perLoad("set"), Min: 1, Max: 1},
		{Name: "scripts called", Side: bench.AntiPattern, Of: func(t *bench.Trial) float64 {
			return perOp(bench.Calls("evalsha"))(t) + perOp(bench.Calls("eval"))(t)
		}},
	}
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		// Counting an expiry twice would halve the loads per expiry. To miss one
		// is no help to either side on a server with no other keys, where the
		// two counts differ by one at most.
		checks = append(checks, bench.Check{Name: "expiries that the side counted, of those that the server did", Side: side, Of: countedExpiries, Min: 0, Max: 1})
	}
	return checks
}

// countedExpiries is 1, or a little less when the server saw a last one that
// no request came to notice. The first crowd of a trial finds a key that was
// never there.
func countedExpiries(t *bench.Trial) float64 {
	if t.Evidence == nil {
		return math.NaN()
	}
	side, server := bench.Count(t, crowdCount)-1, bench.Counter("expired_keys")(t.Evidence)
	if side == 0 && server == 0 {
		return 1
	}
	return side / server
}

func perExpiry(t *bench.Trial) float64 {
	return bench.Count(t, wholeLoadCount) / bench.Count(t, wholeCrowdCount)
}

func failedRequests(t *bench.Trial) float64 { return float64(t.Load.Failed + t.Load.Unknown) }

// responseAt is a quantile of the response time of all requests.
func responseAt(name string, q float64) bench.Metric {
	return bench.Metric{Name: name, Unit: "ns", Better: stats.Lower, Of: func(t *bench.Trial) float64 {
		if d, ok := t.Load.Response.Quantile(q); ok {
			return float64(d)
		}
		return math.NaN()
	}}
}

func lockedLoads(client cacheClient) getter {
	return patterns.NewLoader(client, client.config)
}

func stampedingLoads(client cacheClient) getter {
	return antipatterns.NewLoader(client, antipatterns.LoaderConfig(client.config))
}
