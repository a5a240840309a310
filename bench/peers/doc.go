// Package peers holds redisduel against other programs of its kind and against
// theory: its emulated network against toxiproxy and against the round trip
// that was asked for, its load generator against redis-benchmark and
// memtier_benchmark, its percentiles against those of a stall that is known,
// and its own memory against the size of what it is asked to do.
//
// [Run] measures and returns a [Result] with what every round gave; package
// report makes the page of it. Means, intervals and verdicts are computed from
// the rounds when they are shown, so that a stored result can be shown again.
//
// In each round every way runs once, next to the others. Nothing here is for
// users of redisduel: `make peers` is for those who work on it.
package peers
