package clock

import (
	"runtime"
	"sync"
	"time"
)

// Runtime returns the clock of the Go runtime's own timers. It works on every
// system and in the fake time of testing/synctest, but an idle wait overshoots
// by up to a millisecond on Linux: see [Precise].
func Runtime() Clock { return runtimeClock{name: "runtime timer"} }

type runtimeClock struct{ name string }

func (c runtimeClock) String() string { return c.name }

func (runtimeClock) NewTimer() (Timer, error) {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &runtimeTimer{timer: t, signal: newSignal()}, nil
}

type runtimeTimer struct {
	signal
	timer *time.Timer

	mu      sync.Mutex
	until   time.Time // of the wait in progress
	waiting bool
}

func (r *runtimeTimer) WaitUntil(t time.Time) bool {
	if r.pending() {
		return false
	}
	if time.Until(t) <= 0 {
		return true
	}
	r.begin(t)
	defer r.finish()
	return r.wait(r.timer.C)
}

func (r *runtimeTimer) begin(t time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting, r.until = true, t
	if !isNever(t) {
		r.timer.Reset(time.Until(t))
	}
}

func (r *runtimeTimer) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = false
	r.timer.Stop()
}

func (r *runtimeTimer) Advance(t time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !r.waiting:
		r.Interrupt()
	case t.Before(r.until):
		r.until = t
		r.timer.Reset(time.Until(t))
	}
}

// A signal is the interruptible half of a timer: a sticky token and a lasting
// end.
type signal struct {
	token chan struct{} // holds at most one Interrupt
	done  chan struct{} // closed by Close
	once  *sync.Once
}

func newSignal() signal {
	return signal{
		token: make(chan struct{}, 1),
		done:  make(chan struct{}),
		once:  new(sync.Once),
	}
}

func (s signal) Interrupt() {
	select {
	case s.token <- struct{}{}:
	default:
	}
}

func (s signal) Close() error {
	s.once.Do(func() { close(s.done) })
	return nil
}

// pending takes an Interrupt that came before the wait and reports whether
// there was one, or a Close.
func (s signal) pending() bool {
	select {
	case <-s.done:
		return true
	case <-s.token:
		return true
	default:
		return false
	}
}

// wait reports whether c delivered before an Interrupt or a Close did.
func (s signal) wait(c <-chan time.Time) bool {
	select {
	case <-c:
		return true
	case <-s.token:
		return false
	case <-s.done:
		return false
	}
}

// spinUntil yields to other goroutines until t, which is microseconds away.
func spinUntil(t time.Time) {
	for time.Until(t) > 0 {
		runtime.Gosched()
	}
}
