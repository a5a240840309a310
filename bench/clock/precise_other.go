//go:build !linux

package clock

// Precise returns the most precise clock of this system: here there is nothing
// better than [Runtime], and its name says so.
func Precise() Clock { return runtimeClock{name: "runtime timer (no timerfd on this system)"} }
