//go:build !linux

package clock

import "time"

// Precise returns the most precise clock of this system: here there is nothing
// better than [Runtime], and its name says so.
func Precise() Clock { return runtimeClock{name: "runtime timer (no timerfd on this system)"} }

// hopOf is none: the runtime's timers are too coarse for it to matter.
func hopOf(Clock) time.Duration { return 0 }
