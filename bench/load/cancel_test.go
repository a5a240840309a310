package load_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
)

func TestNothingStartsOnceTheLoadIsCancelled(t *testing.T) {
	interrupt := errors.New("interrupted by a test")
	for name, tt := range map[string]struct {
		spec     load.Spec
		intended int64 // until 2,055 ms
	}{
		"open":           {load.Spec{Mode: load.Open, Rate: 100, Duration: time.Minute, Workers: 10}, 206},
		"open, few":      {load.Spec{Mode: load.Open, Rate: 100, Duration: time.Minute, Workers: 1}, 206},
		"open, warm-up":  {load.Spec{Mode: load.Open, Rate: 100, Warmup: time.Minute, Duration: time.Minute, Workers: 1}, 0},
		"open, midway":   {load.Spec{Mode: load.Open, Rate: 100, Warmup: time.Second, Duration: time.Minute, Workers: 9}, 106},
		"closed":         {load.Spec{Mode: load.Closed, Duration: time.Minute, Workers: 10}, 210},
		"job":            {load.Spec{Mode: load.Job, Ops: 1e6, Workers: 10}, 210},
		"job in warm-up": {load.Spec{Mode: load.Job, Ops: 1e6, Workers: 10, Warmup: time.Hour}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			begin := time.Now()
			const at = 2055 * time.Millisecond
			time.AfterFunc(at, func() { cancel(interrupt) })
			r, err := load.Run(ctx, load.Plan{Spec: tt.spec, Clock: clock.Runtime()}, func(ctx context.Context, _ int) error {
				if time.Since(begin) > at {
					t.Errorf("%s: an operation started %v after the end", name, time.Since(begin)-at)
				}
				return sleep(ctx, 100*time.Millisecond)
			})
			if !errors.Is(err, interrupt) {
				t.Errorf("%s: error %v, want one that wraps the cause", name, err)
			}
			if took := time.Since(begin); took != at {
				t.Errorf("%s: returned after %v, want at once at %v", name, took, at)
			}
			if r == nil || r.Conserved() != nil || r.Intended != tt.intended {
				t.Fatalf("%s: partial result %+v, want %d intended", name, r, tt.intended)
			}
			if r.Intended > 0 && (r.Unknown == 0 || r.Errors[load.ClassCancelled] != r.Unknown) {
				t.Errorf("%s: unknown %d, errors %v; want those in flight cancelled", name, r.Unknown, r.Errors)
			}
		})
	}
}

func TestALoadCancelledBeforeItsStartDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		plan := load.Plan{
			Spec:  load.Spec{Mode: load.Open, Rate: 1, Duration: time.Second},
			Clock: clock.Runtime(),
			Start: load.At(time.Now().Add(time.Hour)),
		}
		r, err := load.Run(ctx, plan, func(context.Context, int) error { t.Error("called"); return nil })
		if !errors.Is(err, context.DeadlineExceeded) || r == nil || r.Intended != 0 {
			t.Errorf("result %+v, error %v; want an empty one and the deadline", r, err)
		}
	})
}

func TestAnOperationSeesTheValuesOfTheLoadsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		ctx := context.WithValue(t.Context(), key{}, "here")
		soon, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		plan := load.Plan{Spec: load.Spec{Mode: load.Job, Ops: 2, Timeout: time.Minute}, Clock: clock.Runtime()}
		_, err := load.Run(soon, plan, func(ctx context.Context, _ int) error {
			if ctx.Value(key{}) != "here" {
				t.Error("the value is lost")
			}
			if at, _ := ctx.Deadline(); time.Until(at) != time.Second {
				t.Errorf("the deadline is in %v, want the earlier one in 1s", time.Until(at))
			}
			if ctx.Err() != nil {
				t.Errorf("the context begins with %v", ctx.Err())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAnOperationAfterATimeoutHasAFreshContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, load.Spec{Mode: load.Job, Ops: 10, Timeout: time.Second}, func(ctx context.Context, i int) error {
			if ctx.Err() != nil {
				t.Errorf("operation %d begins with %v", i, ctx.Err())
			}
			if i%2 == 0 {
				return sleep(ctx, time.Hour)
			}
			// To the very end: the timer fires as the operation returns.
			return sleep(ctx, time.Second-time.Nanosecond)
		})
		if r.OK != 5 || r.Unknown != 5 {
			t.Errorf("ok %d, unknown %d; want 5 of each", r.OK, r.Unknown)
		}
	})
}

func TestWhatIsDerivedFromAnOperationsContextEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		spec := load.Spec{Mode: load.Job, Ops: 3, Timeout: time.Second}
		r := run(t, spec, func(ctx context.Context, _ int) error {
			derived, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-derived.Done()
			return context.Cause(derived)
		})
		if r.Errors[load.ClassTimeout] != 3 || time.Since(begin) != 3*time.Second {
			t.Errorf("errors %v after %v, want 3 timeouts after 3s", r.Errors, time.Since(begin))
		}
	})
}

func TestCancellingInterruptsARealWait(t *testing.T) {
	// Without the interruption this takes an hour.
	for _, start := range []time.Time{{}, time.Now().Add(time.Hour)} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		plan := load.Plan{Spec: load.Spec{Mode: load.Open, Rate: 0.001, Duration: time.Hour}, Clock: clock.Precise(), Start: load.At(start)}
		if _, err := load.Run(ctx, plan, nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want one that wraps the deadline's", err)
		}
		cancel()
	}
}
