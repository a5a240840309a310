package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// ttlJitter is the jitter of the keys that expire.
const ttlJitter = 0.2

// ttl compares a cache whose keys expire, on a server that evicts, with one
// whose keys do not, on a server that refuses; its variants are the other
// combinations of the two.
func ttl() bench.Scenario {
	refused := refusedWrites()
	s := bench.Scenario{
		Name:  "ttl",
		Title: "cache keys with a TTL and allkeys-lfu ↔ without, and noeviction",
		Claim: "Cache keys without a TTL fill the memory, and a server that may not evict then refuses writes.",
		Twin: bench.Twin{File: "cache.go", Names: []string{"Cache", "Cache.write", "Cache.lifetime"},
			Note: "The sides also differ in the policy of the server: allkeys-lfu for the pattern, noeviction for the anti-pattern (MemoryPolicy in policy.go of both packages)."},
		Primary:     refused,
		Metrics:     streamMetrics(),
		Checks:      slices.Concat(follows(bench.Pattern, "allkeys-lfu"), follows(bench.AntiPattern, "noeviction")),
		Topology:    streamServer(),
		Writes:      streamKeys,
		After:       streamLeft,
		Differs:     "the keys of the pattern expire",
		Load:        streamLoad,
		RoundTrips:  2,
		Samples:     streamSamples,
		Pattern:     caching{expiring(0), patterns.ApplyMemoryPolicy}.impl,
		AntiPattern: caching{eternal, antipatterns.ApplyMemoryPolicy}.impl,
		Predict: func(set bench.Setting) []bench.Prediction {
			p := paceOf(set)
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: refused.Name, Value: 0, Formula: "0, since keys expire before the memory is used up, and else keys are evicted"},
				{Side: bench.AntiPattern, Metric: refused.Name, Value: stats.Float(p.refused(never)), Formula: refusedFormula},
				{Side: bench.Pattern, Metric: "memory in use at most, of the limit", Value: stats.Float(p.peak()), Formula: "(U + n·s·(TTL·(1 + j) + 1/hz) + h·s) / (U + M): what is written in the longest life of a key, n new keys a second of s bytes and h hot ones, above the U = 2 MB of a server with its connections open"},
				{Side: bench.Pattern, Metric: "oldest answer", Value: ns(time.Duration(float64(p.ttl) * (1 + ttlJitter))), Formula: "TTL·(1 + j)"},
				{Side: bench.AntiPattern, Metric: "oldest answer", Value: ns(p.trial), Formula: "the length of the trial: what is always in demand is never loaded again"},
			}
		},
		Finding: says("A cache without TTLs under noeviction refused %s of its writes, one with TTLs under allkeys-lfu %s.", twins(refused.Name)...),
		Also: also(
			says("allkeys-lfu without TTLs refused %s; its oldest answer was %s old, and %s old with TTLs.",
				of(refused.Name, eternalLFU), of("oldest answer", eternalLFU), of("oldest answer", bench.Pattern)),
			says("TTLs under noeviction refused %s.", of(refused.Name, expiringNone)),
			says("The hit ratio was %s without TTLs under noeviction and %s with them under allkeys-lfu.", twins("hit ratio")...),
		),
	}
	s.Checks = append(s.Checks, forever(bench.Pattern, 0, 0), forever(bench.AntiPattern, 50, 1e6))
	s.Quick = func() bench.Scenario { return s }
	full := s
	full.Variants, full.Sweeps = ttlVariants(), []bench.Sweep{ttlSweep(s)}
	full.Checks = slices.Concat(s.Checks, ttlVariantChecks())
	return full
}

// peak is how much of the limit keys take, in percent, that live so long.
func (p pace) peak() float64 {
	const idle = 2e6
	life := p.ttl.Seconds()*(1+ttlJitter) + 1./streamHz
	return 100 * (idle + (p.news()*life+streamHot)*streamBytes) / (idle + float64(p.room))
}

// expiring caches with a TTL: the pace's if it is zero.
func expiring(ttl time.Duration) func(rueidis.Client, pace, func(string, error)) (cacher, error) {
	return func(client rueidis.Client, p pace, onError func(string, error)) (cacher, error) {
		if ttl == 0 {
			ttl = p.ttl
		}
		return patterns.NewCache(client, patterns.CacheConfig{TTL: ttl, Jitter: ttlJitter, OnError: onError})
	}
}

// eternal caches without a TTL, whatever it is told.
func eternal(client rueidis.Client, p pace, onError func(string, error)) (cacher, error) {
	return antipatterns.NewCache(client, antipatterns.CacheConfig{TTL: p.ttl, Jitter: ttlJitter, OnError: onError})
}

// policyOf sets a maxmemory-policy that neither twin sets.
func policyOf(policy string) func(context.Context, rueidis.Client, int64) error {
	return func(ctx context.Context, client rueidis.Client, maxmemory int64) error {
		return client.Do(ctx, client.B().ConfigSet().ParameterValue().
			ParameterValue("maxmemory", fmt.Sprint(maxmemory)).ParameterValue("maxmemory-policy", policy).Build()).Error()
	}
}
