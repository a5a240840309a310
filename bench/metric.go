package bench

import (
	"math"
	"time"

	"redisduel/bench/evidence"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

var nan = stats.Float(math.NaN())

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
	return Metric{Name: name, Unit: unit, Better: stats.Lower, Of: func(t *Trial) float64 {
		return perOp(t, of) / float64(per)
	}}
}

// ServerTime is the time the server's processes spent for each attempted op.
func ServerTime(name string, per int) Metric {
	return PerOp(name, "ns", per, func(d *evidence.Delta) float64 { return float64(d.CPU) })
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

// Duration is Value as a duration; zero if there is none.
func (d *Duel) Duration(metric, side string) time.Duration {
	v := d.Value(metric, side)
	if math.IsNaN(v) {
		return 0
	}
	return time.Duration(v)
}
