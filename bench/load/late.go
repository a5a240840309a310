package load

import (
	"fmt"
	"time"

	"redisduel/bench/quantity"
)

// tolerable is the lateness that is no cause for concern: above it at p99, the
// response times of an open loop are partly the harness's or the workers'.
const tolerable = time.Millisecond

// add counts the causes of one operation's lateness. The worker was free from
// freed on, after an operation that took busy.
//
// What an operation waited before its worker began the one before it was the
// queue's doing and was counted there, so the server's part is at most busy.
func (l *Late) add(due, freed, start time.Time, busy time.Duration) {
	if start.Sub(due) <= tolerable {
		return
	}
	if freed.After(due) {
		l.Server += min(freed.Sub(due), busy)
		due = freed
	}
	l.Harness += start.Sub(due)
}

// GeneratorLimited says, in limited, whether the harness itself could not keep
// up with the schedule of an open loop, so that its response times are not the
// server's, and why. No verdict can be based on such a result.
func (r *Result) GeneratorLimited() (why string, limited bool) {
	if !r.late() || r.Late.Harness <= r.Late.Server {
		return "", false
	}
	return "the harness could not keep up with the schedule: " + r.lateness(), true
}

// Saturated says whether operations of an open loop had to wait because all
// workers were still awaiting answers, and why: the rate is above what the
// server can do with so many operations in flight, or it stalled.
func (r *Result) Saturated() (why string, saturated bool) {
	if !r.late() || r.Late.Server <= r.Late.Harness {
		return "", false
	}
	return "all workers were awaiting answers when operations fell due: " + r.lateness(), true
}

// late tells whether operations were not started, or more than one in a hundred
// (ten, if there were fewer than a thousand) started intolerably late.
func (r *Result) late() bool {
	return r.NotStarted > 0 || r.Lateness != nil && r.Lateness.At(r.lateQuantile()) > tolerable
}

// lateQuantile is 0.99, or the highest quantile that ten samples support.
func (r *Result) lateQuantile() float64 {
	return max(0, min(0.99, 1-10/float64(r.Lateness.Count())))
}

func (r *Result) lateness() string {
	return fmt.Sprintf("p%.4g of lateness is %s, and %d of %d operations were not started",
		100*r.lateQuantile(), quantity.Span(r.Lateness.At(r.lateQuantile())), r.NotStarted, r.Intended)
}
