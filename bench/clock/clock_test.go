package clock_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"redisduel/bench/clock"
)

// forEachClock runs a test of the contract against every implementation.
func forEachClock(t *testing.T, test func(*testing.T, clock.Clock)) {
	for _, c := range []clock.Clock{
		clock.Precise(), clock.Runtime(), share(t, clock.Precise()), share(t, clock.Runtime()),
	} {
		t.Run(c.String(), func(t *testing.T) { test(t, c) })
	}
}

func share(t *testing.T, c clock.Clock) *clock.Shared {
	t.Helper()
	s, err := clock.Share(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newTimer(t *testing.T, c clock.Clock) clock.Timer {
	t.Helper()
	timer, err := c.NewTimer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := timer.Close(); err != nil {
			t.Error(err)
		}
	})
	return timer
}

// wait starts a wait in a goroutine and returns where its result arrives.
func wait(timer clock.Timer, until time.Time) <-chan bool {
	reached := make(chan bool, 1)
	go func() { reached <- timer.WaitUntil(until) }()
	return reached
}

func expectWait(t *testing.T, timer clock.Timer, until time.Time, want bool) {
	t.Helper()
	if got := timer.WaitUntil(until); got != want {
		t.Errorf("WaitUntil = %v, want %v", got, want)
	}
}

func TestAWaitNeverEndsEarly(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		for _, d := range []time.Duration{
			time.Nanosecond, 3 * time.Microsecond, 30 * time.Microsecond, 50 * time.Microsecond,
			300 * time.Microsecond, 2 * time.Millisecond, 20 * time.Millisecond,
		} {
			for range 5 {
				until := time.Now().Add(d)
				expectWait(t, timer, until, true)
				if early := time.Until(until); early > 0 {
					t.Errorf("a wait of %v ended %v early", d, early)
				}
			}
		}
	})
}

func TestManyTimersWaitAtOnce(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		var group sync.WaitGroup
		for i := range 100 {
			timer := newTimer(t, c)
			group.Go(func() {
				until := time.Now().Add(time.Duration(i%10) * time.Millisecond)
				if !timer.WaitUntil(until) || time.Now().Before(until) {
					t.Errorf("timer %d did not reach its moment", i)
				}
			})
		}
		group.Wait()
	})
}

func TestAMomentInThePastIsReached(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		expectWait(t, timer, time.Now().Add(-time.Hour), true)
		expectWait(t, timer, time.Time{}, true)
	})
}

func TestAnInterruptEndsTheWaitInProgress(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		for _, until := range []time.Time{time.Now().Add(time.Hour), clock.Never()} {
			reached := wait(timer, until)
			timer.Interrupt()
			if <-reached {
				t.Error("an interrupted wait claims to have reached its moment")
			}
		}
		expectWait(t, timer, time.Now().Add(time.Millisecond), true)
	})
}

func TestInterruptsBeforeAWaitEndThatWaitAlone(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		for _, until := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(-time.Hour)} {
			timer.Interrupt()
			timer.Interrupt()
			expectWait(t, timer, until, false)
			expectWait(t, timer, time.Now().Add(time.Millisecond), true)
		}
	})
}

func TestAdvanceBringsTheEndOfAWaitForward(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		for _, until := range []time.Time{time.Now().Add(time.Hour), clock.Never()} {
			timer := newTimer(t, c)
			reached := wait(timer, until)
			timer.Advance(time.Now().Add(time.Hour / 2)) // an Interrupt if the wait has not begun
			at := time.Now().Add(2 * time.Millisecond)
			timer.Advance(at)
			if <-reached && time.Now().Before(at) {
				t.Error("a wait that was brought forward ended early")
			}
		}
	})
}

func TestAdvanceBeforeAWaitIsAnInterrupt(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		timer.Advance(time.Now())
		expectWait(t, timer, clock.Never(), false)
		expectWait(t, timer, time.Now().Add(time.Millisecond), true)
	})
}

func TestCloseEndsTheWaitInProgressForGood(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		reached := wait(timer, time.Now().Add(time.Hour))
		if err := timer.Close(); err != nil {
			t.Fatal(err)
		}
		if <-reached {
			t.Error("a closed wait claims to have reached its moment")
		}
		for _, until := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(-time.Hour)} {
			expectWait(t, timer, until, false)
			expectWait(t, timer, until, false)
		}
		timer.Interrupt()
	})
}

func TestAReusedTimerKnowsNothingOfItsFormerLife(t *testing.T) {
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		for range 10 {
			timer := newTimer(t, c)
			expectWait(t, timer, time.Now().Add(100*time.Microsecond), true)
			reached := wait(timer, time.Now().Add(time.Hour))
			timer.Interrupt()
			<-reached
			timer.Interrupt()
			if err := timer.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestWhatRacesWithAWaitIsNotLost(t *testing.T) {
	for _, tt := range []struct {
		name  string
		turns int64
		end   func(clock.Timer)
	}{
		{"interrupt", 1000, clock.Timer.Interrupt},
		{"advance", 500, func(t clock.Timer) { t.Advance(time.Now()) }},
		{"advance to soon", 50, func(t clock.Timer) { t.Advance(time.Now().Add(30 * time.Microsecond)) }},
		{"advance after an interrupt", 500, func(t clock.Timer) {
			t.Interrupt()
			t.Advance(time.Now().Add(time.Hour))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			forEachClock(t, func(t *testing.T, c clock.Clock) { pingPong(t, c, tt.turns, tt.end) })
		})
	}
}

// pingPong has two goroutines end each other's waits in turns. A wait may end once
// too often, when what was to end the one before it came late; a turn that is over
// must be seen.
func pingPong(t *testing.T, c clock.Clock, turns int64, end func(clock.Timer)) {
	t.Helper()
	ping, pong := newTimer(t, c), newTimer(t, c)
	var pings, pongs atomic.Int64
	var group sync.WaitGroup
	group.Go(func() {
		for turn := range turns {
			for pings.Load() <= turn {
				ping.WaitUntil(clock.Never())
			}
			pongs.Add(1)
			end(pong)
		}
	})
	for turn := range turns {
		pings.Add(1)
		end(ping)
		for pongs.Load() <= turn {
			pong.WaitUntil(clock.Never())
		}
	}
	group.Wait()
}
