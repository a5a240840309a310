package doctor

import (
	"fmt"
	"strings"

	"redisduel/bench/quantity"
)

func (l *look) policy() string { return l.field("maxmemory_policy") }

// isCache reports whether the server is run as a cache: with a limit and leave to
// evict, or with keys of which most expire.
func (l *look) isCache() bool {
	evicts := l.number("maxmemory") > 0 && l.policy() != "" && l.policy() != "noeviction"
	return evicts || l.expiring*2 > l.keys
}

func cacheWithoutTTL(l *look) string {
	forever := l.keys - l.expiring
	if l.keys < fewKeys || !l.isCache() || float64(forever) <= withoutTTL*float64(l.keys) {
		return ""
	}
	return fmt.Sprintf("%s of %s keys have no TTL under the policy %s", quantity.Count(forever), quantity.Count(l.keys), l.policy())
}

// writesRefused looks for errors, and for a server that will soon give them:
// nearly full, and with nothing that it may evict.
func writesRefused(l *look) string {
	if n := l.since.Counters["errorstat_OOM"]; n > 0 {
		return fmt.Sprintf("%s commands were refused with OOM under the policy %s", quantity.Count(n), l.policy())
	}
	stuck := l.policy() == "noeviction" || strings.HasPrefix(l.policy(), "volatile-") && l.expiring == 0
	limit, used := l.number("maxmemory"), l.number("used_memory")
	if limit == 0 || !stuck || used <= full*limit {
		return ""
	}
	return fmt.Sprintf("%s of %s are used under the policy %s, which may evict nothing here", quantity.Bytes(used), quantity.Bytes(limit), l.policy())
}

func fragmentation(l *look) string {
	ratio, bytes := l.number("mem_fragmentation_ratio"), l.number("mem_fragmentation_bytes")
	if ratio <= fragmented || bytes < fragments {
		return ""
	}
	return fmt.Sprintf("the process takes %s times the memory that Redis asked for, %s more", quantity.Number(ratio), quantity.Bytes(bytes))
}

func bigKeys(l *look) string {
	if len(l.big) == 0 {
		return ""
	}
	return fmt.Sprintf("of %s sampled, %s of %s or more; the largest, %q, takes %s",
		counted(l.sampled, "key"), are(len(l.big)), quantity.Bytes(bigSize), l.big[0].name, quantity.Bytes(float64(l.big[0].bytes)))
}

func are(n int) string {
	if n == 1 {
		return "1 is"
	}
	return quantity.Count(int64(n)) + " are"
}
