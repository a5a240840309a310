package evidence

import (
	"slices"
	"strings"
)

// Sum is the delta of a cluster from those of its nodes: counts, memory and
// CPU add up (the peaks of the nodes need not have come together), Elapsed and
// the latency events and execution times are the longest, and the slow logs follow one another in
// the order of the nodes, whose ids are their own. A reset of one node is a
// reset of the sum, whose counts are then those of the other nodes alone.
func Sum(deltas ...Delta) Delta {
	sum := Delta{Commands: map[string]Command{}}
	for _, d := range deltas {
		sum.Elapsed = max(sum.Elapsed, d.Elapsed)
		sum.Reads += d.Reads
		sum.Writes += d.Writes
		sum.Connections += d.Connections
		sum.BytesIn += d.BytesIn
		sum.BytesOut += d.BytesOut
		sum.CPU += d.CPU
		sum.Beside += d.Beside
		sum.MemoryPeak += d.MemoryPeak
		sum.Memory += d.Memory
		sum.SlowLost += d.SlowLost
		sum.Clients += d.Clients
		sum.Slow = slices.Concat(sum.Slow, d.Slow)
		sum.Missing = union(sum.Missing, d.Missing)
		sum.addMaps(d)
	}
	sum.Reset = resets(deltas)
	return sum
}

func (sum *Delta) addMaps(d Delta) {
	for name, c := range d.Commands {
		have := sum.Commands[name]
		sum.Commands[name] = Command{have.Calls + c.Calls, have.Time + c.Time, have.Rejected + c.Rejected, have.Failed + c.Failed}
	}
	for name, longest := range d.Latency {
		sum.Latency = set(sum.Latency, name, max(sum.Latency[name], longest))
	}
	for name, took := range d.Execution {
		have := sum.Execution[name]
		sum.Execution = set(sum.Execution, name, Execution{max(have.P50, took.P50), max(have.P99, took.P99), max(have.P999, took.P999)})
	}
	for name, n := range d.Counters {
		sum.Counters = set(sum.Counters, name, sum.Counters[name]+n)
	}
}

// set sets a key of a map that may still be nil.
func set[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

// resets joins the reasons of the nodes that were reset, each once.
func resets(deltas []Delta) string {
	var reasons []string
	for _, d := range deltas {
		if d.Reset != "" && !slices.Contains(reasons, d.Reset) {
			reasons = append(reasons, d.Reset)
		}
	}
	return strings.Join(reasons, "; ")
}
