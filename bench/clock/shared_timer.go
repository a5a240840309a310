package clock

import (
	"container/heap"
	"time"
)

// A SharedTimer is a [Timer] of a [Shared] clock.
type SharedTimer struct {
	shared *Shared
	wake   chan struct{} // holds at most one "look again"

	// The rest is guarded by shared.mu.
	at          time.Time
	index       int // in the heap, or idle
	waiting     bool
	fired       bool
	interrupted bool
	closed      bool
}

// WaitUntil is as in [Timer].
func (t *SharedTimer) WaitUntil(at time.Time) bool {
	if reached, ended := t.begin(at); ended {
		return reached
	}
	for {
		<-t.wake
		if reached, ended := t.look(); ended {
			if reached {
				spinUntil(t.at)
			}
			return reached
		}
	}
}

func (t *SharedTimer) begin(at time.Time) (reached, ended bool) {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	if t.stopped() {
		return false, true
	}
	if time.Until(at) <= 0 {
		return true, true
	}
	t.waiting, t.fired = true, false
	if !isNever(at) {
		t.shared.set(t, at)
	}
	return false, false
}

// look says whether the wait is over: a wake-up may be left over from an
// earlier wait.
func (t *SharedTimer) look() (reached, ended bool) {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	reached = t.fired
	if !reached && !t.stopped() {
		return false, false
	}
	t.waiting = false
	if t.index != idle {
		heap.Remove(&t.shared.due, t.index)
	}
	return reached, true
}

// stopped takes an Interrupt, if there was one, and reports whether the wait
// has to end. The caller holds shared.mu.
func (t *SharedTimer) stopped() bool {
	stopped := t.closed || t.interrupted
	t.interrupted = false
	return stopped
}

// Advance is as in [Timer].
func (t *SharedTimer) Advance(at time.Time) {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	switch {
	case !t.waiting:
		t.interrupted = true
	case t.fired:
	case t.index == idle || at.Before(t.at):
		t.shared.set(t, at)
	}
}

// Interrupt is as in [Timer].
func (t *SharedTimer) Interrupt() {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	t.interrupted = true
	t.notify()
}

// Close is as in [Timer]. It never fails.
func (t *SharedTimer) Close() error {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	t.closed = true
	t.notify()
	return nil
}

func (t *SharedTimer) notify() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
