package clock_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"redisduel/bench/clock"
)

// TestABusyProcessWaitsAsWellAsItSleeps keeps all processors busy with
// goroutines, so that the runtime polls descriptors every 10 ms only. A stall of
// the host delays time.Sleep as well; the best of some attempts counts.
func TestABusyProcessWaitsAsWellAsItSleeps(t *testing.T) {
	defer keepBusy(2 * runtime.GOMAXPROCS(0))()
	forEachClock(t, func(t *testing.T, c clock.Clock) {
		timer := newTimer(t, c)
		var more time.Duration
		for range 5 {
			slept := lateness(func(t time.Time) { time.Sleep(time.Until(t)) })
			waited := lateness(func(t time.Time) { timer.WaitUntil(t) })
			if more = waited - slept; more < 4*time.Millisecond {
				return
			}
		}
		t.Errorf("the median wait ended %v later than a sleep", more)
	})
}

// lateness is the median of how late waits of a millisecond end.
func lateness(until func(time.Time)) time.Duration {
	var late []time.Duration
	for range 15 {
		t := time.Now().Add(time.Millisecond)
		until(t)
		late = append(late, time.Since(t))
	}
	slices.Sort(late)
	return late[len(late)/2]
}

// keepBusy runs goroutines that yield now and then, until stop.
func keepBusy(n int) (stop func()) {
	var ended atomic.Bool
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			for !ended.Load() {
				for t := time.Now(); time.Since(t) < 50*time.Microsecond; {
				}
				runtime.Gosched()
			}
		})
	}
	return func() {
		ended.Store(true)
		group.Wait()
	}
}
