// Package clock waits until moments, precisely.
//
// Everything in redisduel that waits on purpose, the pacing of the load and
// the emulated network, waits through a [Clock]: a Go timer rounds a short
// idle wait up to the granularity of the network poller, which turns a link of
// 0.25 ms into one of more than 1 ms.
//
// [Precise] is the clock to measure with, [Runtime] the one for fake time in
// testing/synctest, and [Shared] serves any number of timers from one timer of
// either.
package clock

import "time"

// A Clock makes Timers. It is safe for concurrent use.
type Clock interface {
	// NewTimer returns a Timer that the caller must Close.
	NewTimer() (Timer, error)
	// String names the mechanism for reports, such as "timerfd".
	String() string
}

// A Timer waits until moments. One goroutine waits at a time; Advance,
// Interrupt and Close may be called from any other.
type Timer interface {
	// WaitUntil blocks until t and reports whether t was reached. It returns
	// false at once after an Interrupt or a Close. A moment in the past is
	// reached already and costs no system call. It never returns true early.
	WaitUntil(t time.Time) bool
	// Advance brings the end of the wait in progress forward to t, which it then
	// reaches, without waking the waiter before. A wait that ends earlier stays
	// as it is. If no wait is in progress it is an Interrupt, so that a waiter on
	// its way to WaitUntil looks again at what it waits for.
	Advance(t time.Time)
	// Interrupt ends the wait in progress or, if there is none, the next one.
	// Interrupts do not add up: several before a wait end that one wait.
	Interrupt()
	// Close releases the timer and ends the wait in progress for good. It may
	// be called more than once.
	Close() error
}

// Never is a moment that does not come: a wait for it ends by Interrupt or
// Close alone and arms no timer.
func Never() time.Time { return time.Unix(1<<40, 0) }

func isNever(t time.Time) bool { return !t.Before(Never()) }
