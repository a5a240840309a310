package scenarios

import (
	"fmt"
	"math"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// someRefused is the share of writes, in percent, from which on refusals are an
// outage and no accident.
const someRefused = 1

func eternalKeys() claim {
	const withLRU, withLFU, limited = "no TTL, allkeys-lru", "no TTL, allkeys-lfu", "TTL, noeviction"
	return claim{
		says: "keys without a TTL exhaust memory",
		counts: "Memory is exhausted when the server refuses 1 % of the writes or more. If it does without a TTL under one policy and not under another, the policy belongs into the claim; " +
			"if it does with a TTL as well, the TTL is not what matters.",
		grounds: grounds{near("ttl", "Third ways")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("ttl")
			refused := func(side string) float64 { return d.value(refusedWrites().Name, side) }
			percent := func(v float64) string { return quantity.Format(v, "%") }
			none, lru, lfu, ttl := refused(bench.AntiPattern), refused(withLRU), refused(withLFU), refused(limited)
			text := fmt.Sprintf("Under noeviction %s of the writes were refused without a TTL and %s with one", percent(none), percent(ttl))
			switch {
			case none < someRefused || ttl >= someRefused:
				return bench.Refuted, text + "."
			case lru < someRefused && lfu < someRefused:
				return bench.Corrected, text + fmt.Sprintf("; without a TTL, but under allkeys-lru and allkeys-lfu, %s and %s: what is exhausted is the memory of a server that may not evict, and what a TTL bounds there is the age, %s instead of %s.",
					percent(lru), percent(lfu), quantity.Span(d.span("oldest answer", bench.Pattern)), quantity.Span(d.span("oldest answer", withLFU)))
			}
			return bench.Confirmed, text + fmt.Sprintf("; without a TTL, but under allkeys-lru and allkeys-lfu, %s and %s.", percent(lru), percent(lfu))
		},
	}
}

func noevictionStops() claim {
	return claim{
		says: "noeviction stops writes when memory is full",
		counts: "Writes stop if at least nine in ten of those are refused that the model says come after the memory is full. " +
			"Reads went on if a value that was cached in the first tenth of the trial was still answered in the last: then not everything stops.",
		grounds: grounds{near("eviction", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("eviction")
			refused, other := d.value(refusedWrites().Name, bench.AntiPattern), d.value(refusedWrites().Name, bench.Pattern)
			after := predicted(d, bench.AntiPattern, refusedWrites().Name)
			oldest := d.span("oldest answer", bench.AntiPattern)
			text := fmt.Sprintf("Under noeviction %s of the writes were refused (by the model %s of them come once the memory is full), under allkeys-lfu %s",
				quantity.Format(refused, "%"), quantity.Format(after, "%"), quantity.Format(other, "%"))
			switch {
			case refused < 0.9*after || !d.won():
				return bench.Refuted, text + "."
			case 10*oldest >= 8*d.Load.Duration:
				return bench.Corrected, text + fmt.Sprintf(". What is refused is what needs memory; reads went on: to the end of trials of %s a value %s old was answered, at a hit ratio of %s.",
					quantity.Asked(d.Load.Duration), quantity.Span(oldest), quantity.Format(d.value("hit ratio", bench.AntiPattern), "%"))
			}
			return bench.Confirmed, text + "; reads stopped, too."
		},
	}
}

// predicted is what was predicted of a metric on a side.
func predicted(e exhibit, side, metric string) float64 {
	for _, p := range e.Predictions {
		if p.Side == side && p.Metric == metric {
			return float64(p.Value)
		}
	}
	if e.Scenario != "" {
		e.lacking("The duel %s has no prediction of its %s.", e.Scenario, metric)
	}
	return math.NaN()
}

func lfuProtects() claim {
	return claim{
		says: "LFU protects hot keys better than LRU",
		counts: "Better is a hit ratio of the popular keys that is higher under LFU by the duel's own verdict, while a scan reads cold ones. " +
			"If a sweep finds a change of the popular keys from which on LRU is the better one, that limit belongs into the claim.",
		grounds: grounds{near("lfu", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			const hits = "hit ratio of the popular keys"
			d := r.near("lfu")
			text := fmt.Sprintf("Under a scan of cold keys LFU answered %s of the reads of popular ones and LRU %s", quantity.Format(d.value(hits, bench.Pattern), "%"), quantity.Format(d.value(hits, bench.AntiPattern), "%"))
			if !d.won() {
				return bench.Refuted, text + "."
			}
			if s := r.sweep("lfu", "moved"); s != nil {
				for _, c := range s.Crossings {
					if !c.Rising {
						return bench.Corrected, text + fmt.Sprintf("; when more than %.0f %% of the popular keys gave way to others, LRU was the better one, since what was popular long stays.", 100*float64(c.At))
					}
				}
			}
			return bench.Confirmed, text + "."
		},
	}
}
