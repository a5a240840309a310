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

func TestAdvanceMovesAWaitForwardOnly(t *testing.T) {
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
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				until := clock.Never()
				if tt.until > 0 {
					until = start.Add(tt.until)
				}
				timer := share(t, clock.Runtime()).Timer()
				time.AfterFunc(time.Second, func() { timer.Advance(start.Add(tt.advance)) })
				expectWait(t, timer, until, true)
				if got := time.Since(start); got != tt.want {
					t.Errorf("the wait ended after %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestAdvanceBeforeAWaitIsAnInterrupt(t *testing.T) {
	timer := share(t, clock.Runtime()).Timer()
	timer.Advance(time.Now())
	expectWait(t, timer, clock.Never(), false)
}
