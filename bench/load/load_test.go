package load_test

import (
	"context"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"redisduel/bench/clock"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run drives a load to its end and checks that nothing got lost.
func run(t testing.TB, spec load.Spec, op load.Op) *load.Result {
	t.Helper()
	r, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Runtime()}, op)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Conserved(); err != nil {
		t.Fatal(err)
	}
	return r
}

// after is an operation that takes d, or until its deadline.
func after(d time.Duration) load.Op {
	return func(ctx context.Context, _ int) error { return sleep(ctx, d) }
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// stalled is a server that answers in a millisecond, but is stopped from one
// moment to another.
func stalled(from, until time.Duration) load.Op {
	begin := time.Now()
	return func(ctx context.Context, _ int) error {
		d := time.Millisecond
		if at := time.Since(begin); at >= from && at < until {
			d += until - at
		}
		return sleep(ctx, d)
	}
}

// over counts the samples above d.
func over(h *latency.Hist, d time.Duration) (n int64) {
	for _, bar := range h.HDR().Distribution() {
		if bar.From > int64(d) {
			n += bar.Count
		}
	}
	return n
}

// near fails unless got is want to within tolerance.
func near(t *testing.T, what string, got, want, tolerance time.Duration) {
	t.Helper()
	if d := got - want; d < -tolerance || d > tolerance {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

func TestAStallDelaysTheCallsBehindIt(t *testing.T) {
	for _, workers := range []int{1, 8, 500} {
		synctest.Test(t, func(t *testing.T) {
			const s, total = 2.0, 10.0
			r := run(t, load.Spec{Mode: load.Open, Rate: 100, Duration: total * time.Second, Workers: workers},
				stalled(4*time.Second, 6*time.Second))
			tolerance := 10 * time.Millisecond
			if workers < 200 {
				// The queue behind few workers is worked off at their pace, 1 ms
				// an operation for each: the backlog of 200 lengthens the stall.
				tolerance = 250 * time.Millisecond / time.Duration(workers)
			}
			for _, q := range []float64{0.85, 0.90, 0.95, 0.99} {
				want := time.Duration(s * (1 - (1-q)*total/s) * float64(time.Second))
				near(t, "a quantile", r.Response.At(q), want, tolerance)
			}
			mean, _ := r.Response.Mean()
			near(t, "the mean", mean, 200*time.Millisecond, tolerance)
			if n := over(r.Response, 100*time.Millisecond); workers > 200 && (n < 185 || n > 195) {
				t.Errorf("%d operations took over 100 ms, want 190 ± 5", n)
			}
			if r.Intended != 1000 || r.OK != 1000 {
				t.Errorf("intended %d, ok %d; want 1000 of both", r.Intended, r.OK)
			}
		})
	}
}

func TestAClosedLoopHidesAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, load.Spec{Mode: load.Closed, Duration: 10 * time.Second}, stalled(4*time.Second, 6*time.Second))
		if n := over(r.Response, 10*time.Millisecond); n != 1 {
			t.Errorf("%d slow samples, want 1", n)
		}
		if p99 := r.Response.At(0.99); p99 >= 10*time.Millisecond {
			t.Errorf("p99 is %v, want under 10ms", p99)
		}
		if r.Lateness.Max() != 0 || r.Response.Max() != r.Service.Max() {
			t.Errorf("lateness up to %v, response up to %v, service up to %v; want 0 and equal",
				r.Lateness.Max(), r.Response.Max(), r.Service.Max())
		}
	})
}

func TestOperationNumbersFollowTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var calls atomic.Int64
		r := run(t, load.Spec{Mode: load.Open, Rate: 100, Warmup: time.Second, Duration: 2 * time.Second, Workers: 7},
			func(ctx context.Context, i int) error {
				calls.Add(1)
				if want := time.Duration(i) * 10 * time.Millisecond; time.Since(begin) != want {
					t.Errorf("operation %d started after %v, want %v", i, time.Since(begin), want)
				}
				return sleep(ctx, 25*time.Millisecond)
			})
		if calls.Load() != 300 || r.Attempts != 300 || r.Intended != 200 {
			t.Errorf("%d calls, %d attempts, %d intended; want 300, 300, 200", calls.Load(), r.Attempts, r.Intended)
		}
		// The last operation is due 10 ms before the end and takes 25.
		if want := 2*time.Second + 15*time.Millisecond; r.Elapsed != want {
			t.Errorf("elapsed %v, want %v", r.Elapsed, want)
		}
	})
}

func TestAClosedLoopCompletesWhatItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := load.Spec{Mode: load.Closed, Warmup: 100 * time.Millisecond, Duration: time.Second, Workers: 3}
		r := run(t, spec, after(300*time.Millisecond))
		// Starts at 0 (warm-up), 300, 600 and 900 ms; the next would be at 1200.
		if r.Attempts != 12 || r.Intended != 9 || r.OK != 9 {
			t.Errorf("attempts %d, intended %d, ok %d; want 12, 9, 9", r.Attempts, r.Intended, r.OK)
		}
		if want := 1100 * time.Millisecond; r.Elapsed != want {
			t.Errorf("elapsed %v, want %v", r.Elapsed, want)
		}
	})
}

func TestAJobDoesEachOperationOnceAndWarmsUpWithOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls [20]atomic.Int64
		spec := load.Spec{Mode: load.Job, Ops: 10, Workers: 4, Warmup: 25 * time.Millisecond, Timeline: 10 * time.Millisecond}
		r := run(t, spec, func(ctx context.Context, i int) error {
			calls[i].Add(1)
			return sleep(ctx, 20*time.Millisecond)
		})
		// The warm-up starts 4 operations at 0 and 4 at 20 ms, numbered from 10.
		for i := range calls {
			if want := int64(1); i < 18 && calls[i].Load() != want {
				t.Errorf("operation %d was called %d times, want %d", i, calls[i].Load(), want)
			}
		}
		if r.OK != 10 || r.Attempts != 18 || r.Elapsed != 60*time.Millisecond {
			t.Errorf("ok %d, attempts %d, elapsed %v; want 10, 18, 60ms", r.OK, r.Attempts, r.Elapsed)
		}
		if len(r.Timeline.Max) != 5 {
			t.Errorf("the timeline is %v, want its last bucket at 40ms", r.Timeline.Max)
		}
	})
}

func TestALoadBeginsAtItsStart(t *testing.T) {
	for _, spec := range []load.Spec{
		{Mode: load.Open, Rate: 10, Duration: time.Second},
		{Mode: load.Closed, Duration: time.Second},
		{Mode: load.Job, Ops: 1},
	} {
		for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
			synctest.Test(t, func(t *testing.T) {
				// Round removes the monotonic reading, as a process boundary does.
				start := time.Now().Add(ahead).Round(0)
				first := &starter{made: time.Now()}
				late := time.Duration(-1)
				plan := load.Plan{Spec: spec, Clock: clock.Runtime(), Start: load.At(start), Began: func(after time.Duration) { late = after }}
				if _, err := load.Run(t.Context(), plan, first.op); err != nil {
					t.Fatal(err)
				}
				if first.waited != max(ahead, 0) || late != max(-ahead, 0) {
					t.Errorf("%s, start %v ahead: the first operation came after %v, and the load is said to begin %v late", spec.Mode, ahead, first.waited, late)
				}
			})
		}
	}
}

// A starter notes when its first operation is called. It serves one worker.
type starter struct {
	made   time.Time
	waited time.Duration
	called bool
}

func (s *starter) op(ctx context.Context, _ int) error {
	if !s.called {
		s.called, s.waited = true, time.Since(s.made)
	}
	return sleep(ctx, time.Millisecond)
}

func TestTheTimelineShowsWhenTheStallWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := load.Spec{Mode: load.Open, Rate: 100, Warmup: time.Second, Duration: 10 * time.Second, Workers: 300, Timeline: time.Second}
		r := run(t, spec, stalled(5*time.Second, 7*time.Second))
		if len(r.Timeline.Max) != 10 {
			t.Fatalf("%d buckets, want 10", len(r.Timeline.Max))
		}
		for i, got := range r.Timeline.Max {
			want := time.Millisecond
			if i == 4 || i == 5 {
				want += time.Duration(6-i) * time.Second
			}
			if got != want {
				t.Errorf("bucket %d is %v, want %v", i, got, want)
			}
		}
	})
}

func TestMoreThanTheWorkersCanDoIsLateAndThenNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := load.Spec{Mode: load.Open, Rate: 200, Duration: 10 * time.Second, Timeline: time.Second}
		r := run(t, spec, after(10*time.Millisecond))
		// 2,000 are due; one worker does 100/s for 10 s and 1 s of draining.
		if r.Intended != 2000 || math.Abs(float64(r.OK-1100)) > 2 {
			t.Errorf("intended %d, ok %d; want 2000 and 1100 ± 2", r.Intended, r.OK)
		}
		near(t, "the median lateness", r.Lateness.At(0.5), 2750*time.Millisecond, 20*time.Millisecond)
		near(t, "the longest lateness", r.Lateness.Max(), 5500*time.Millisecond, 20*time.Millisecond)
		near(t, "the median service time", r.Service.At(0.5), 10*time.Millisecond, 10*time.Microsecond)
		for i := range len(r.Timeline.Max) - 1 {
			if r.Timeline.Max[i] >= r.Timeline.Max[i+1] && i < 5 {
				t.Errorf("the response times do not grow: %v", r.Timeline.Max)
			}
		}
	})
}

func TestATimeoutIsUnknownAndEndsTheOperation(t *testing.T) {
	for _, spec := range []load.Spec{
		{Mode: load.Open, Rate: 100, Duration: time.Second, Workers: 100},
		{Mode: load.Closed, Duration: time.Second, Workers: 10},
		{Mode: load.Job, Ops: 100, Workers: 10},
	} {
		synctest.Test(t, func(t *testing.T) {
			spec.Timeout = 100 * time.Millisecond
			r := run(t, spec, func(ctx context.Context, _ int) error {
				begin := time.Now()
				if at, ok := ctx.Deadline(); !ok || !at.Equal(begin.Add(spec.Timeout)) {
					t.Errorf("the deadline is %v, %v; want in %v", time.Until(at), ok, spec.Timeout)
				}
				err := sleep(ctx, time.Hour)
				if took := time.Since(begin); took != spec.Timeout {
					t.Errorf("%s: the operation took %v, want %v", spec.Mode, took, spec.Timeout)
				}
				return err
			})
			if r.Unknown != 100 || r.Errors[load.ClassTimeout] != 100 || r.Intended != 100 {
				t.Errorf("%s: unknown %d of %d, errors %v; want 100 timeouts", spec.Mode, r.Unknown, r.Intended, r.Errors)
			}
		})
	}
}

func TestAStallLongerThanTheTimeoutStaysBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flying, most atomic.Int64
		stall := stalled(4*time.Second, 19*time.Second)
		spec := load.Spec{Mode: load.Open, Rate: 100, Duration: 10 * time.Second, Workers: 20, Timeout: time.Second}
		r := run(t, spec, func(ctx context.Context, i int) error {
			begin := time.Now()
			most.Store(max(most.Load(), flying.Add(1)))
			defer flying.Add(-1)
			err := stall(ctx, i)
			if took := time.Since(begin); took > 1100*time.Millisecond {
				t.Errorf("operation %d took %v, want its deadline of 1s + 100ms at most", i, took)
			}
			return err
		})
		if most.Load() != 20 {
			t.Errorf("%d operations in flight, want 20", most.Load())
		}
		// Twenty start and time out in each second from 4 s on, until the
		// draining ends with the first of those at 11 s.
		if r.OK != 400 || r.Unknown != 141 || r.NotStarted != 459 {
			t.Errorf("ok %d, unknown %d, not started %d; want 400, 141, 459", r.OK, r.Unknown, r.NotStarted)
		}
		if _, saturated := r.Saturated(); !saturated {
			t.Error("the workers are not said to have been awaiting answers")
		}
	})
}

func TestALoadThatLastsUntilSomethingIsOverKeepsItsScheduleAndItsLastOps(t *testing.T) {
	for name, tt := range map[string]struct {
		over         time.Duration // 0 is before the load begins
		halted       time.Duration // of the server, from the start on
		want, missed int64
	}{
		"over before its end":    {0, 0, 10, 0},
		"in the middle":          {2505 * time.Millisecond, 0, 252, 0}, // one more was awaited then
		"during a halt":          {2505 * time.Millisecond, 5 * time.Second, 251, 247},
		"long after a long halt": {9505 * time.Millisecond, 5 * time.Second, 952, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			over := make(chan struct{})
			time.AfterFunc(tt.over, func() { close(over) })
			began := time.Now()
			plan := load.Plan{
				Spec:  load.Spec{Mode: load.Open, Rate: 100, Duration: 100 * time.Millisecond, Workers: 4, Timeout: time.Minute, Timeline: 10 * time.Millisecond},
				Clock: clock.Runtime(), Over: over,
			}
			r, err := load.Run(t.Context(), plan, func(context.Context, int) error {
				time.Sleep(max(time.Millisecond, tt.halted-time.Since(began)))
				return nil
			})
			if err != nil || r.Intended != tt.want || r.NotStarted != tt.missed || len(r.Timeline.Max) != int(tt.want) || r.Response.Max() < tt.halted {
				t.Errorf("%s: %d intended, %d not started, %d buckets, longest %v: %v; want %d, %d", name, r.Intended, r.NotStarted, len(r.Timeline.Max), r.Response.Max(), err, tt.want, tt.missed)
			}
		})
	}
	plan := load.Plan{Spec: load.Spec{Mode: load.Closed, Duration: time.Second}, Clock: clock.Runtime(), Over: make(chan struct{})}
	if _, err := load.Run(t.Context(), plan, nothing); err == nil || !strings.Contains(err.Error(), "only an open loop") {
		t.Errorf("a closed loop that lasts until something is over: %v", err)
	}
}
