package generator

import (
	"redisduel/bench/latency"
	"redisduel/bench/stats"
)

// A Summary is the numbers of a Result that people look for, all of the measured
// phase. What is not known or what too few ops support is null.
type Summary struct {
	Ops       int64       `json:"ops"` // answered rightly
	PerSecond stats.Float `json:"ops_per_s"`
	Commands  stats.Float `json:"commands_per_s"`
	Errors    int64       `json:"errors"`
	// Response counts from when an op was due, Service from when it started, and
	// Lateness is what lies between: zero in a closed loop.
	Response Quantiles `json:"response"`
	Service  Quantiles `json:"service"`
	Lateness Quantiles `json:"lateness"`
	// CPU time for each command, of the generator and of the server.
	GeneratorCPU stats.Float `json:"generator_cpu_ns_per_command"`
	ServerCPU    stats.Float `json:"server_cpu_ns_per_command"`
	// Reads is the server's read system calls for each command, if it was alone
	// with us: 1 means one at a time, less that it found several at once.
	Reads stats.Float `json:"server_reads_per_command"`
}

// Quantiles are of a histogram, in ns.
type Quantiles struct {
	P50  stats.Float `json:"p50_ns"`
	P90  stats.Float `json:"p90_ns"`
	P99  stats.Float `json:"p99_ns"`
	P999 stats.Float `json:"p99.9_ns"`
	Max  stats.Float `json:"max_ns"`
}

func summarize(r *Result) Summary {
	s := Summary{
		Ops: r.Load.OK, Errors: r.Failures(),
		Response: quantiles(r.Load.Response), Service: quantiles(r.Load.Service), Lateness: quantiles(r.Load.Lateness),
		PerSecond: over(float64(r.Load.OK), r.Load.Elapsed.Seconds()),
		ServerCPU: missing, Reads: missing,
	}
	s.Commands = s.PerSecond * stats.Float(r.Spec.Pipeline)
	commands := float64(r.commands())
	s.GeneratorCPU = over(float64(r.Generator.CPU), commands)
	if r.Alone() {
		s.ServerCPU = over(float64(r.Evidence.CPU), commands)
		s.Reads = over(float64(r.Evidence.Reads), commands)
	}
	return s
}

var missing = over(0, 0)

// over is a/b, missing if b is zero.
func over(a, b float64) stats.Float {
	if b == 0 {
		a = 0 // 0/0 is no number
	}
	return stats.Float(a / b)
}

func quantiles(h *latency.Hist) Quantiles {
	at := func(q float64) stats.Float {
		if d, ok := h.Quantile(q); ok {
			return stats.Float(d)
		}
		return missing
	}
	return Quantiles{P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: at(1)}
}
