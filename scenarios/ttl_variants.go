package scenarios

import (
	"slices"
	"time"

	"redisduel/antipatterns"
	"redisduel/bench"
)

// ttlCell is a combination of TTL and policy that is neither twin.
type ttlCell struct {
	ttl      bool
	policy   string
	survives bool // no write is refused
	about    string
}

func (c ttlCell) name() string {
	if c.ttl {
		return "TTL, " + c.policy
	}
	return "no TTL, " + c.policy
}

const (
	eternalLFU   = "no TTL, allkeys-lfu"
	expiringNone = "TTL, noeviction"
)

// ttlCells complete the square of {TTL, none} and four policies.
var ttlCells = [...]ttlCell{
	{true, "noeviction", true, "Keys expire, a full server refuses: enough as long as what is written in one TTL fits, and nothing is ever lost unseen."},
	{true, "volatile-lru", true, "Keys expire, and what has a TTL may be evicted: the choice where a few keys without a TTL must stay."},
	{true, "allkeys-lru", true, "Keys expire, and what was not used for longest is evicted: as good as LFU here, and better when what is in demand shifts."},
	{false, "volatile-lru", false, "Only keys with a TTL may be evicted, and none has one: the same outage as noeviction, under a name that sounds safe."},
	{false, "allkeys-lru", true, "No key expires, and what was not used for longest is evicted: no outage, but no bound to how old an answer is."},
	{false, "allkeys-lfu", true, "No key expires, and what is used least is evicted, newcomers first: no outage, but no bound to how old an answer is."},
}

func (c ttlCell) side() caching {
	side := caching{eternal, policyOf(c.policy)}
	if c.ttl {
		side.cache = expiring(0)
	}
	return side
}

func ttlVariants() (variants []bench.Variant) {
	for _, c := range ttlCells {
		variants = append(variants, bench.Variant{Name: c.name(), About: c.about, Impl: c.side().impl})
	}
	return variants
}

// ttlVariantChecks hold the variants to what their About says.
func ttlVariantChecks() (checks []bench.Check) {
	refused := bench.Check{Name: "writes refused, in percent", Of: refusedWrites().Of}
	evicted := bench.Check{Name: "keys evicted", Of: counterOf("evicted_keys")}
	within := func(c bench.Check, side string, low, high float64) bench.Check {
		c.Side, c.Min, c.Max = side, low, high
		return c
	}
	for _, c := range ttlCells {
		checks = slices.Concat(checks, follows(c.name(), c.policy))
		switch {
		case c.ttl:
			checks = append(checks, within(refused, c.name(), 0, 0), forever(c.name(), 0, 0))
		case c.survives:
			checks = append(checks, within(refused, c.name(), 0, 0), within(evicted, c.name(), 1, 1e6))
		default:
			checks = append(checks, within(refused, c.name(), 50, 100), within(evicted, c.name(), 0, 0))
		}
	}
	return checks
}

// ttlSweep varies the TTL of a cache on a server that may not evict, to find
// from which one on a TTL is no help: it has to be shorter than the stream takes
// to use up the room.
func ttlSweep(base bench.Scenario) bench.Sweep {
	return bench.Sweep{
		Name:      "ttl",
		Parameter: "TTL on a server that may not evict", Unit: "ms",
		Values: []float64{50, 100, 200, 400, 500},
		At: func(v float64) bench.Scenario {
			s := base
			s.Pattern = caching{expiring(time.Duration(v * float64(time.Millisecond))), antipatterns.ApplyMemoryPolicy}.impl
			s.Checks = slices.Concat(follows(bench.Pattern, "noeviction"), follows(bench.AntiPattern, "noeviction"), []bench.Check{
				forever(bench.Pattern, 0, 0), forever(bench.AntiPattern, 50, 1e6),
			})
			s.Quick = nil
			return s
		},
		Predict: func(set bench.Setting, v float64) (pattern, antipattern float64) {
			p := paceOf(set)
			return p.refused(v/1000 + 1./streamHz), p.refused(never)
		},
		Formula: "none while TTL ≤ f = M/(n·s), the time that the stream takes to use up the room; beyond that, writes are taken for f and refused for TTL − f, in turns, which the jitter blurs",
	}
}
