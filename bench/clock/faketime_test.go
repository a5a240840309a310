package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
)

// inFakeTime runs a test against the clocks that work in testing/synctest.
func inFakeTime(t *testing.T, test func(*testing.T, clock.Clock)) {
	t.Run("runtime", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, clock.Runtime()) })
	})
	t.Run("shared", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, share(t, clock.Runtime())) })
	})
}

func TestInFakeTimeAWaitEndsExactlyAtItsMoment(t *testing.T) {
	inFakeTime(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		for _, d := range []time.Duration{1, time.Microsecond, time.Hour} {
			start := time.Now()
			expectWait(t, timer, start.Add(d), true)
			if got := time.Since(start); got != d {
				t.Errorf("a wait of %v took %v", d, got)
			}
		}
	})
}

func TestInFakeTimeAnInterruptEndsAWaitAtOnce(t *testing.T) {
	inFakeTime(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		start := time.Now()
		time.AfterFunc(3*time.Second, timer.Interrupt)
		expectWait(t, timer, start.Add(time.Hour), false)
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("the wait ended after %v, want 3s", got)
		}
	})
}

func TestInFakeTimeAdvanceMovesAWaitForwardOnly(t *testing.T) {
	tests := []struct {
		name                 string
		until, advance, want time.Duration
	}{
		{"earlier", 10 * time.Second, 5 * time.Second, 5 * time.Second},
		{"later", 10 * time.Second, 20 * time.Second, 10 * time.Second},
		{"from never", 0, 5 * time.Second, 5 * time.Second},
		{"to the past", 10 * time.Second, -time.Second, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, c clock.Clock) {
				start := time.Now()
				until := clock.Never()
				if tt.until > 0 {
					until = start.Add(tt.until)
				}
				timer := newTimer(t, c)
				time.AfterFunc(time.Second, func() { timer.Advance(start.Add(tt.advance)) })
				expectWait(t, timer, until, true)
				if got := time.Since(start); got != tt.want {
					t.Errorf("the wait ended after %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestInFakeTimeAnEarlierAlarmOfASharedClockIsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := share(t, clock.Runtime())
		start := time.Now()
		later := wait(newTimer(t, c), start.Add(time.Hour))
		synctest.Wait() // the clock waits for that
		for _, at := range []time.Duration{time.Second, time.Minute} {
			expectWait(t, newTimer(t, c), start.Add(at), true)
			if got := time.Since(start); got != at {
				t.Errorf("the wait for %v ended at %v", at, got)
			}
		}
		if !<-later || time.Since(start) != time.Hour {
			t.Errorf("the first wait ended at %v, want an hour", time.Since(start))
		}
	})
}
