package scenarios

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	keptRecords = 100 // that live for ever, in variants that share the server with the cache
	keptLocks   = 100 // that their holders still hold when the trial ends
)

// eviction compares what a full server does, under the same cache: its keys
// have a TTL, but one that is long against the time in which they fill the
// memory. The variants put records and locks on the same server.
func eviction() bench.Scenario {
	refused := refusedWrites()
	s := bench.Scenario{
		Name:    "eviction",
		Title:   "allkeys-lfu ↔ noeviction on a cache",
		Claim:   "A full cache goes on under allkeys-lfu and stops taking anything in under noeviction; a server that holds records or locks is safe only under noeviction.",
		Twin:    bench.Twin{File: "policy.go", Names: []string{"MemoryPolicy"}},
		Primary: refused,
		Metrics: append(streamMetrics(),
			bench.Counted("records lost", "records", stats.Lower, lost("record")), bench.Counted("locks lost", "locks", stats.Lower, lost("lock"))),
		Checks: slices.Concat(
			follows(bench.Pattern, "allkeys-lfu"), follows(bench.AntiPattern, "noeviction"),
			[]bench.Check{keysEvicted(bench.Pattern, 50, 1e6), keysEvicted(bench.AntiPattern, 0, 0)},
		),
		Topology: streamServer(),
		Writes: func(set bench.Setting) iter.Seq[string] {
			return concat(streamKeys(set), kept("record", keptRecords), kept("lock", keptLocks))
		},
		Before:      writeKept,
		After:       findKept,
		Load:        streamLoad,
		RoundTrips:  2,
		Samples:     streamSamples,
		Pattern:     caching{expiring(longTTL), patterns.ApplyMemoryPolicy}.impl,
		AntiPattern: caching{expiring(longTTL), antipatterns.ApplyMemoryPolicy}.impl,
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: refused.Name, Value: 0, Formula: "0: each write pushes out what is used least"},
				{Side: bench.AntiPattern, Metric: refused.Name, Value: stats.Float(paceOf(set).refused(never)), Formula: refusedFormula},
			}
		},
		Finding: says("A full cache refused %s of its writes under noeviction and %s under allkeys-lfu.", twins(refused.Name)...),
		Also: also(
			says(fmt.Sprintf("Of %d records and %d locks on the cache's server, allkeys-lfu lost %%s and %%s without an error; noeviction, %%s and %%s.", keptRecords, keptLocks),
				of("records lost", mixedLFU), of("locks lost", mixedLFU), of("records lost", mixedNone), of("locks lost", mixedNone)),
			says("volatile-lfu lost %s, which have no TTL, and %s, which have one.", of("records lost", mixedVolatile), of("locks lost", mixedVolatile)),
			says("The hit ratio was %s under noeviction and %s under allkeys-lfu.", twins("hit ratio")...),
		),
	}
	s.Quick = func() bench.Scenario { return s }
	full := s
	full.Variants = evictionVariants()
	full.Checks = slices.Concat(s.Checks, evictionVariantChecks())
	return full
}

// longTTL is long against a trial, and no longer than a key may outlive us.
const longTTL = 10 * time.Minute

// Variants that hold records and locks beside the cache.
const (
	mixedLFU      = "with records and locks, allkeys-lfu"
	mixedNone     = "with records and locks, noeviction"
	mixedVolatile = "with records and locks, volatile-lfu"
)

func evictionVariants() []bench.Variant {
	mixed := func(name, about string, policy func(context.Context, rueidis.Client, int64) error) bench.Variant {
		return bench.Variant{Name: name, About: about, Impl: caching{expiring(longTTL), policy}.impl}
	}
	return []bench.Variant{
		mixed(mixedLFU, "Records and locks on the cache's server: they are read less than the cache's keys, so they are evicted, and nobody is told. Never the better choice.", patterns.ApplyMemoryPolicy),
		mixed(mixedNone, "The same under noeviction: nothing is lost, and every write that is refused is an error that somebody sees. Right for records, queues and locks.", antipatterns.ApplyMemoryPolicy),
		mixed(mixedVolatile, "The same under volatile-lfu: records without a TTL stay, but a lock has one and is evicted while it is held. A server of their own is better.", policyOf("volatile-lfu")),
	}
}

// evictionVariantChecks hold the variants to what their About says.
func evictionVariantChecks() []bench.Check {
	count := func(what, side string, low, high float64) bench.Check {
		return bench.Check{Name: lost(what), Side: side, Min: low, Max: high, Of: func(t *bench.Trial) float64 { return bench.Count(t, lost(what)) }}
	}
	return slices.Concat(follows(mixedLFU, "allkeys-lfu"), follows(mixedNone, "noeviction"), follows(mixedVolatile, "volatile-lfu"), []bench.Check{
		count("record", mixedLFU, 1, keptRecords), count("lock", mixedLFU, 1, keptLocks),
		count("record", mixedNone, 0, 0), count("lock", mixedNone, 0, 0),
		count("record", mixedVolatile, 0, 0), count("lock", mixedVolatile, 1, keptLocks),
	})
}

func keysEvicted(side string, low, high float64) bench.Check {
	return bench.Check{Name: "keys evicted", Side: side, Of: counterOf("evicted_keys"), Min: low, Max: high}
}

// lost is the counter of the keys of a kind that are gone after a trial.
func lost(what string) string { return what + "s gone" }

// kept names keys that are not the cache's.
func kept(what string, n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("%s:%d", what, i)) {
				return
			}
		}
	}
}

// mixed reports whether a side shares its server with records and locks.
func mixed(side string) bool { return strings.HasPrefix(side, "with records and locks") }

// writeKept writes the records and takes the locks, before a trial that has
// them. The limit of the trial before still holds, so it is lifted first.
func writeKept(ctx context.Context, stage *bench.Stage, side string) error {
	b := stage.Client.B()
	if err := stage.Client.Do(ctx, b.ConfigSet().ParameterValue().ParameterValue("maxmemory", "0").Build()).Error(); err != nil || !mixed(side) {
		return err
	}
	return stage.Do(ctx, func(yield func(rueidis.Completed) bool) {
		for key := range kept("record", keptRecords) {
			if !yield(b.Set().Key(stage.Name(key)).Value("an order").Build()) {
				return
			}
		}
		for key := range kept("lock", keptLocks) {
			if !yield(b.Set().Key(stage.Name(key)).Value("its holder").Nx().Ex(longTTL).Build()) {
				return
			}
		}
	})
}

// findKept counts what a trial lost of the records and locks it began with, if
// it had any.
func findKept(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	for what, n := range map[string]int{"record": keptRecords, "lock": keptLocks} {
		trial.Counts[lost(what)] = 0
		if !mixed(trial.Side) {
			continue
		}
		for key := range kept(what, n) {
			there, err := stage.Client.Do(ctx, stage.Client.B().Exists().Key(stage.Name(key)).Build()).AsInt64()
			if err != nil {
				return err
			}
			trial.Counts[lost(what)] += 1 - there
		}
	}
	return streamLeft(ctx, stage, trial)
}

// concat yields what each of them yields.
func concat[V any](all ...iter.Seq[V]) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, seq := range all {
			for v := range seq {
				if !yield(v) {
					return
				}
			}
		}
	}
}
