package bench

import (
	"math"
	"time"

	"redisduel/bench/evidence"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

var (
	nan64 = math.NaN()
	nan   = stats.Float(nan64)
)

func number(v float64) stats.Float { return stats.Float(v) }

// MedianResponse is the median response time of a trial's ops.
func MedianResponse(name string) Metric {
	return Metric{Name: name, Unit: "ns", Better: stats.Lower, Of: func(t *Trial) float64 {
		return quantile(t.Load.Response, 0.5)
	}}
}

// BystanderMax is the longest that the bystander waited for an answer.
func BystanderMax(name string) Metric {
	return Metric{Name: name, Unit: "ns", Better: stats.Lower, Of: func(t *Trial) float64 {
		return ofBystander(t, func(r *load.Result) float64 {
			if r.OK == 0 {
				return math.NaN()
			}
			return float64(r.Response.Max())
		})
	}}
}

// BystanderQuantile is a quantile of the bystander's response time.
func BystanderQuantile(name string, q float64) Metric {
	return Metric{Name: name, Unit: "ns", Better: stats.Lower, Of: func(t *Trial) float64 {
		return ofBystander(t, func(r *load.Result) float64 { return quantile(r.Response, q) })
	}}
}

// Throughput is answered ops a second, each counted times commands.
func Throughput(name, unit string, times int) Metric {
	return Metric{Name: name, Unit: unit, Better: stats.Higher, Of: func(t *Trial) float64 {
		return float64(t.Load.OK) * float64(times) / t.Load.Elapsed.Seconds()
	}}
}

// PerOp is a number of the server's counters for each attempted op, divided by
// per.
func PerOp(name, unit string, per int, of func(*evidence.Delta) float64) Metric {
	return Metric{Name: name, Unit: unit, Better: stats.Lower, Untimed: true, Of: func(t *Trial) float64 {
		return perOp(t, of) / float64(per)
	}}
}

// ServerTime is the time the server's processes spent for each attempted op; NaN
// if it drowns in what they spent on the bystander.
func ServerTime(name string, per int) Metric {
	return PerOp(name, "ns", per, func(d *evidence.Delta) float64 { return d.Worked() })
}

// ClientTime is the CPU time that the client's process, with the emulated
// network and the harness in it, spent for each attempted op.
func ClientTime(name string, per int) Metric {
	return Metric{Name: name, Unit: "ns", Better: stats.Lower, Of: func(t *Trial) float64 {
		return float64(t.ClientCPU) / float64(t.Load.Attempts) / float64(per)
	}}
}

// Reads is the server's read system calls for client sockets.
func Reads(d *evidence.Delta) float64 { return float64(d.Reads) }

// Connections is the connections that the server accepted.
func Connections(d *evidence.Delta) float64 { return float64(d.Connections) }

// Calls returns a counter of the calls of one command, by lower-case name.
func Calls(command string) func(*evidence.Delta) float64 {
	return func(d *evidence.Delta) float64 { return float64(d.Commands[command].Calls) }
}

// Counted is a counter of the side's Tally, or one that After added; NaN if
// nobody told of it.
func Counted(name, unit string, better stats.Better, counter string) Metric {
	return Metric{Name: name, Unit: unit, Better: better, Untimed: true, Of: func(t *Trial) float64 { return Count(t, counter) }}
}

// CountedPerOp is a counter for each attempted op.
func CountedPerOp(name, unit string, better stats.Better, counter string) Metric {
	return Metric{Name: name, Unit: unit, Better: better, Untimed: true, Of: func(t *Trial) float64 {
		return Count(t, counter) / float64(t.Load.Attempts)
	}}
}

// SpanQuantile is a quantile of the durations that a side recorded under a name.
func SpanQuantile(name, span string, q float64) Metric {
	return Metric{Name: name, Unit: "ns", Better: stats.Lower, Of: func(t *Trial) float64 {
		if h := t.Spans[span]; h != nil {
			return quantile(h, q)
		}
		return nan64
	}}
}

// ClientAllocs is the objects that the client's process, the harness included,
// allocated for each attempted op.
func ClientAllocs(name string) Metric {
	return Metric{Name: name, Unit: "allocs", Better: stats.Lower, Of: func(t *Trial) float64 {
		return float64(t.Allocs) / float64(t.Load.Attempts)
	}}
}

// BytesIn is what the server received.
func BytesIn(d *evidence.Delta) float64 { return float64(d.BytesIn) }

// BytesOut is what the server sent.
func BytesOut(d *evidence.Delta) float64 { return float64(d.BytesOut) }

// Counter returns a counter of INFO's stats section, such as evicted_keys, or of
// error replies, such as errorstat_OOM. What did not change is 0.
func Counter(name string) func(*evidence.Delta) float64 {
	return func(d *evidence.Delta) float64 { return float64(d.Counters[name]) }
}

// Count is a counter of a trial's Counts; NaN if nobody told of it.
func Count(t *Trial, name string) float64 {
	if n, ok := t.Counts[name]; ok {
		return float64(n)
	}
	return nan64
}

// Imbalance is the largest number of calls of some commands on one node over
// the mean of all nodes: 1 is even, and n when one of n nodes takes all. NaN for
// a single server, or without calls.
func Imbalance(t *Trial, commands ...string) float64 {
	largest, sum := 0.0, 0.0
	for i := range t.Nodes {
		calls := 0.0
		for _, c := range commands {
			calls += Calls(c)(&t.Nodes[i])
		}
		largest, sum = max(largest, calls), sum+calls
	}
	if sum == 0 {
		return nan64
	}
	return largest * float64(len(t.Nodes)) / sum
}

// set sets a key of a map that may still be nil.
func set[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

// perOp divides by every attempt, warm-up included, as the counters do.
func perOp(t *Trial, of func(*evidence.Delta) float64) float64 {
	if t.Evidence == nil || t.Load == nil || t.Load.Attempts == 0 {
		return math.NaN()
	}
	return of(t.Evidence) / float64(t.Load.Attempts)
}

func ofBystander(t *Trial, of func(*load.Result) float64) float64 {
	if t.Bystander == nil {
		return math.NaN()
	}
	return of(t.Bystander)
}

func quantile(h *latency.Hist, q float64) float64 {
	if d, ok := h.Quantile(q); ok {
		return float64(d)
	}
	return math.NaN()
}

// Value returns the median of a metric over the trials of a side, NaN if there
// is none.
func (d *Duel) Value(metric, side string) float64 {
	for _, m := range d.Comparisons {
		if m.Metric == metric {
			if v, ok := m.Sides[side]; ok {
				return float64(v)
			}
		}
	}
	return math.NaN()
}

// Text is Value with its unit, as reports write it: "1.30 ms"; "n/a" if there
// is none.
func (d *Duel) Text(metric, side string) string {
	unit := ""
	for _, m := range append([]Metric{d.Primary}, d.Metrics...) {
		if m.Name == metric {
			unit = m.Unit
		}
	}
	return quantity.Format(d.Value(metric, side), unit)
}

// Duration is Value as a duration; zero if there is none.
func (d *Duel) Duration(metric, side string) time.Duration {
	v := d.Value(metric, side)
	if math.IsNaN(v) {
		return 0
	}
	return time.Duration(v)
}
