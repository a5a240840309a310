// Package clock waits until moments, precisely.
//
// Everything in redisduel that waits on purpose, the pacing of the load and
// the emulated network, waits through a [Clock]: a Go timer rounds a short
// idle wait up to the granularity of the network poller, which turns a link of
// 0.25 ms into one of more than 1 ms.
package clock

import "time"

// A Clock makes Timers. It is safe for concurrent use.
type Clock interface {
	// NewTimer returns a Timer that the caller must Close.
	NewTimer() (Timer, error)
	// String names the mechanism for reports, such as "timerfd".
	String() string
}

// A Timer waits until moments. One goroutine waits at a time; Interrupt and
// Close may be called from any other.
type Timer interface {
	// WaitUntil blocks until t and reports whether t was reached. It returns
	// false at once after an Interrupt or a Close. A moment in the past is
	// reached already and costs no system call.
	WaitUntil(t time.Time) bool
	// Interrupt ends the wait in progress or, if there is none, the next one.
	Interrupt()
	// Close releases the timer and ends the wait in progress for good.
	Close() error
}
