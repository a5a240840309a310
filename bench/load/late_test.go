package load_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
)

func TestALoadThatKeepsUpIsNotDoubted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, spec := range []load.Spec{
			{Mode: load.Open, Rate: 100, Duration: time.Second, Workers: 10},
			{Mode: load.Closed, Duration: time.Second},
			{Mode: load.Job, Ops: 10},
		} {
			r := run(t, spec, after(50*time.Millisecond))
			generator, limited := r.GeneratorLimited()
			server, saturated := r.Saturated()
			if limited || saturated {
				t.Errorf("%s: %q, %q; want no doubt", spec.Mode, generator, server)
			}
		}
	})
}

func TestWorkersThatAwaitAnswersAreToldFromASlowHarness(t *testing.T) {
	overslept := clockFunc(func(timer clock.Timer, t time.Time) bool {
		return timer.WaitUntil(t.Add(20 * time.Millisecond))
	})
	hiccup := func() clock.Clock { // one wait of a second is 5 s late
		waits := 0
		return clockFunc(func(timer clock.Timer, t time.Time) bool {
			if waits++; waits == 100 {
				t = t.Add(5 * time.Second)
			}
			return timer.WaitUntil(t)
		})
	}
	for name, tt := range map[string]struct {
		clock             clock.Clock
		spec              load.Spec
		op                func() load.Op
		harness, saturate bool
	}{
		"a clock that oversleeps": {
			clock: overslept, op: func() load.Op { return after(time.Millisecond) }, harness: true,
			spec: load.Spec{Mode: load.Open, Rate: 20, Duration: 10 * time.Second, Workers: 10},
		},
		"a clock that oversleeps and slow answers": {
			clock: overslept, op: func() load.Op { return after(200 * time.Millisecond) }, harness: true,
			spec: load.Spec{Mode: load.Open, Rate: 20, Duration: 10 * time.Second, Workers: 10},
		},
		"a harness that was stopped with one worker": {
			clock: hiccup(), op: func() load.Op { return after(time.Millisecond) }, harness: true,
			spec: load.Spec{Mode: load.Open, Rate: 100, Duration: 10 * time.Second},
		},
		"one worker and slow answers": {
			clock: clock.Runtime(), op: func() load.Op { return after(10 * time.Millisecond) }, saturate: true,
			spec: load.Spec{Mode: load.Open, Rate: 200, Duration: 10 * time.Second},
		},
		"a stall with too few workers": {
			clock: clock.Runtime(), op: func() load.Op { return stalled(4*time.Second, 6*time.Second) }, saturate: true,
			spec: load.Spec{Mode: load.Open, Rate: 100, Duration: 10 * time.Second, Workers: 50},
		},
		"a stall with enough workers": {
			clock: clock.Runtime(), op: func() load.Op { return stalled(4*time.Second, 6*time.Second) },
			spec: load.Spec{Mode: load.Open, Rate: 100, Duration: 10 * time.Second, Workers: 250},
		},
		"no answer at all": {
			clock: clock.Runtime(), op: func() load.Op { return after(time.Hour) }, saturate: true,
			spec: load.Spec{Mode: load.Open, Rate: 10, Duration: 10 * time.Second, Workers: 2, Timeout: time.Minute},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, err := load.Run(t.Context(), load.Plan{Spec: tt.spec, Clock: tt.clock}, tt.op())
			if err != nil {
				t.Fatal(err)
			}
			why, limited := r.GeneratorLimited()
			if limited != tt.harness || limited && !strings.Contains(why, "the harness could not keep up") {
				t.Errorf("%s: GeneratorLimited() = %q, %v; want %v (%+v)", name, why, limited, tt.harness, r.Late)
			}
			why, saturated := r.Saturated()
			if saturated != tt.saturate || saturated && !strings.Contains(why, "all workers were awaiting answers") {
				t.Errorf("%s: Saturated() = %q, %v; want %v (%+v)", name, why, saturated, tt.saturate, r.Late)
			}
		})
	}
}

func TestAFewLateOperationsAreNotDoubted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// One stall makes 5 of 1,000 operations late.
		r := run(t, load.Spec{Mode: load.Open, Rate: 100, Duration: 10 * time.Second}, stalled(4*time.Second, 4050*time.Millisecond))
		if why, saturated := r.Saturated(); saturated {
			t.Errorf("Saturated() = %q for p99 of lateness %v", why, r.Lateness.At(0.99))
		}
		if r.Late.Server == 0 {
			t.Error("the late operations were not noticed")
		}
	})
}

// A clockFunc waits on a runtime timer in a way of its own.
type clockFunc func(clock.Timer, time.Time) bool

func (f clockFunc) String() string { return "test" }

func (f clockFunc) NewTimer() (clock.Timer, error) {
	timer, err := clock.Runtime().NewTimer()
	return funcTimer{timer, f}, err
}

type funcTimer struct {
	clock.Timer
	wait clockFunc
}

// WaitUntil keeps moments that have passed apart: they are reached already.
func (f funcTimer) WaitUntil(t time.Time) bool {
	if !t.After(time.Now()) {
		return f.Timer.WaitUntil(t)
	}
	return f.wait(f.Timer, t)
}

func TestAClockThatStopsWaitingEndsTheLoadWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := 0
		broken := clockFunc(func(timer clock.Timer, t time.Time) bool {
			waits++
			return waits < 50 && timer.WaitUntil(t)
		})
		plan := load.Plan{Spec: load.Spec{Mode: load.Open, Rate: 100, Duration: time.Second, Workers: 3}, Clock: broken}
		r, err := load.Run(t.Context(), plan, func(context.Context, int) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "the clock stopped waiting") {
			t.Errorf("error %v, want one about the clock", err)
		}
		if r == nil || r.OK != 50 || r.Conserved() != nil {
			t.Errorf("partial result %+v, want 50 ok", r)
		}
	})
}
