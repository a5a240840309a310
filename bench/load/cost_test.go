package load_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
)

func nothing(context.Context, int) error { return nil }

// flatOut returns loads of n empty operations, without a wait between them.
func flatOut(n int) map[string]load.Spec {
	return map[string]load.Spec{
		"job":  {Mode: load.Job, Ops: n, Workers: 2},
		"open": {Mode: load.Open, Rate: 1e6, Duration: time.Duration(n) * time.Microsecond, Workers: 2},
		"poisson": {Mode: load.Open, Arrivals: load.Poisson, Rate: 1e6, Workers: 2,
			Duration: time.Duration(n) * time.Microsecond},
	}
}

func TestAnOperationCostsNoAllocation(t *testing.T) {
	const few, many = 1000, 21_000
	for name, spec := range flatOut(few) {
		precise := clock.Precise()
		allocations := func(spec load.Spec, op load.Op) float64 {
			return testing.AllocsPerRun(2, func() {
				if _, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: precise}, op); err != nil {
					t.Error(err)
				}
			})
		}
		failure := errors.New("always the same")
		for outcome, op := range map[string]load.Op{
			"ok":     nothing,
			"failed": func(context.Context, int) error { return failure },
		} {
			each := (allocations(flatOut(many)[name], op) - allocations(spec, op)) / (many - few)
			// The runtime adds a few now and then; one of ours would come every time.
			if each > 0.1 {
				t.Errorf("%s, %s: %.3f allocations an operation, want 0", name, outcome, each)
			}
		}
	}
}

func TestAPacedOperationCostsNoAllocation(t *testing.T) {
	precise := clock.Precise()
	allocations := func(d time.Duration) float64 {
		spec := load.Spec{Mode: load.Open, Rate: 5000, Duration: d, Workers: 4}
		return testing.AllocsPerRun(1, func() {
			if _, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: precise}, nothing); err != nil {
				t.Error(err)
			}
		})
	}
	each := (allocations(500*time.Millisecond) - allocations(100*time.Millisecond)) / 2000
	if each > 0.1 {
		t.Errorf("%.3f allocations an operation, want 0", each)
	}
}

func TestAClosedLoopAllocatesForItselfOnly(t *testing.T) {
	spec := load.Spec{Mode: load.Closed, Workers: 2, Duration: 200 * time.Millisecond}
	operations := int64(0)
	allocations := testing.AllocsPerRun(1, func() {
		r, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Precise()}, nothing)
		if err != nil {
			t.Fatal(err)
		}
		operations = r.OK
	})
	if limit := 300 + float64(operations)/200; allocations > limit {
		t.Errorf("%v allocations for %d operations, want a few hundred however many there are", allocations, operations)
	}
}

func TestAClosedLoopRunsInRealTime(t *testing.T) {
	spec := load.Spec{Mode: load.Closed, Workers: 4, Warmup: 20 * time.Millisecond, Duration: 50 * time.Millisecond, Timeline: 10 * time.Millisecond}
	begin := time.Now()
	r, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Precise()}, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < spec.Warmup+spec.Duration {
		t.Errorf("took %v, want the warm-up and the measured phase at least", took)
	}
	if err := r.Conserved(); err != nil || r.OK == 0 || r.Attempts <= r.OK {
		t.Errorf("%v: ok %d of %d attempts", err, r.OK, r.Attempts)
	}
}

// BenchmarkCostOfAnOperation drives operations that do nothing, without a wait.
func BenchmarkCostOfAnOperation(b *testing.B) {
	loads := flatOut(100_000)
	loads["closed"] = load.Spec{Mode: load.Closed, Duration: 100 * time.Millisecond, Workers: 2}
	for _, name := range slices.Sorted(maps.Keys(loads)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs() // of a whole run: its set-up
			var elapsed time.Duration
			var ok int64
			for b.Loop() {
				r, err := load.Run(b.Context(), load.Plan{Spec: loads[name], Clock: clock.Precise()}, nothing)
				if err != nil {
					b.Fatal(err)
				}
				elapsed += r.Elapsed
				ok += r.OK
			}
			b.ReportMetric(float64(elapsed.Nanoseconds())/float64(ok), "ns/operation")
			b.ReportMetric(float64(ok)/elapsed.Seconds(), "operations/s")
		})
	}
}

// BenchmarkCostOfWaiting waits for due moments on an otherwise idle machine: how
// late the waits end, and the CPU time that each takes with the start of its
// operation, most of it to wake the process.
func BenchmarkCostOfWaiting(b *testing.B) {
	for _, c := range []clock.Clock{clock.Precise(), clock.Runtime()} {
		b.Run(c.String(), func(b *testing.B) {
			spec := load.Spec{Mode: load.Open, Arrivals: load.Poisson, Rate: 2000, Duration: 500 * time.Millisecond, Workers: 16}
			var used time.Duration
			var waits int64
			for b.Loop() {
				began := time.Duration(0)
				plan := load.Plan{Spec: spec, Clock: c, Began: func(time.Duration) { began = cpuTime(b) }, Ended: func() { used += cpuTime(b) - began }}
				r, err := load.Run(b.Context(), plan, nothing)
				if err != nil {
					b.Fatal(err)
				}
				waits += r.Attempts
				b.ReportMetric(float64(r.Lateness.At(0.5).Nanoseconds()), "p50-late-ns")
				b.ReportMetric(float64(r.Lateness.At(0.99).Nanoseconds()), "p99-late-ns")
			}
			b.ReportMetric(0, "ns/op") // an op is a whole run
			b.ReportMetric(float64(used.Nanoseconds())/float64(waits), "cpu-ns/wait")
		})
	}
}

// cpuTime is what this process has used.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestAMeterHasAllOperationsBetweenItsMoments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var began, ended, first, last time.Time
		called, start := time.Now(), time.Now().Add(time.Second)
		plan := load.Plan{
			Spec:  load.Spec{Mode: load.Open, Rate: 100, Duration: 50 * time.Millisecond, Workers: 2},
			Clock: clock.Runtime(), Start: load.At(start),
			Began: func(time.Duration) { began = time.Now() }, Ended: func() { ended = time.Now() },
		}
		_, err := load.Run(t.Context(), plan, func(_ context.Context, i int) error {
			if i == 0 {
				first = time.Now()
			}
			time.Sleep(7 * time.Millisecond)
			if i == 4 {
				last = time.Now()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !began.Equal(called) || !first.Equal(start) || !ended.Equal(last) || !ended.Equal(start.Add(47*time.Millisecond)) {
			t.Errorf("metered from %v to %v, operations from %v to %v after the start", began.Sub(start), ended.Sub(start), first.Sub(start), last.Sub(start))
		}
	})
}
