package load

import (
	"sync/atomic"
	"time"
)

// maxDrain is how long an open loop works off its backlog after the end.
const maxDrain = time.Second

// driveOpen lets the workers follow one schedule: its holder is the leader,
// waits for the next moment, hands the schedule on and carries out that
// moment's operation. So one timer serves them all, and the operation starts in
// the goroutine that the timer woke. The schedule travels through a channel
// rather than under a lock since a wait for a lock does not let fake time pass.
func (r *run) driveOpen() {
	turn := make(chan *schedule, 1)
	turn <- newSchedule(r.spec)
	r.crew(func(w *worker) { w.follow(turn) })
}

// follow leads in turn until the schedule is over. The leader that finds the
// end closes turn.
func (w *worker) follow(turn chan *schedule) {
	for s := range turn {
		m, ok := w.lead(s)
		if !ok {
			close(turn)
			return
		}
		turn <- s
		w.do(m.i, w.start.Add(m.due), time.Now())
	}
}

// lead waits for the next moment. Its result is false when the schedule is over
// or given up.
func (w *worker) lead(s *schedule) (m moment, ok bool) {
	m = s.pop()
	due := w.start.Add(m.due)
	w.goOn(due)
	if !due.Before(w.end) {
		return m, false
	}
	w.stopped = !w.timer.WaitUntil(due)
	w.goOn(due)
	now := time.Now()
	if w.stopped || w.ctx.Err() != nil || now.Sub(w.end) > min(maxDrain, w.spec.Timeout) {
		w.giveUp(s, m, now)
		return m, false
	}
	if !due.Before(w.measured) {
		w.intended.Add(1)
		w.turn.late.add(due, w.freed, now, w.busy)
	}
	return m, true
}

// goOn moves the end of a load that lasts until something is over: to that
// moment, or up to now and due if it has not come. Leaders alone read and move
// the end.
func (w *worker) goOn(due time.Time) {
	if w.over == nil {
		return
	}
	last := time.Now() // what fell due meanwhile is not over either
	if over := w.over.Load(); over != nil {
		last = *over
	} else if due.After(last) {
		last = due
	}
	if last = last.Add(1); last.After(w.end) {
		w.end = last
	}
}

// whenOver notes when a load without a fixed end is over, until it is released.
func (r *run) whenOver(over <-chan struct{}) (release func()) {
	if over == nil {
		return func() {}
	}
	r.over = new(atomic.Pointer[time.Time])
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-over:
			now := time.Now()
			r.over.Store(&now)
		case <-ended:
		}
	}()
	return func() { close(ended); <-watched }
}

// giveUp counts the operations from m on that fell due and will not be started.
func (w *worker) giveUp(s *schedule, m moment, now time.Time) {
	if due := w.start.Add(m.due); !due.Before(w.measured) {
		w.turn.late.add(due, w.freed, now, w.busy) // the others queue behind this one
	}
	last := w.lastDue(now)
	for ; m.due < w.end.Sub(w.start); m = s.pop() {
		due := w.start.Add(m.due)
		if due.After(last) {
			return
		}
		if !due.Before(w.measured) {
			w.intended.Add(1)
			w.turn.notStarted++
			w.recorder.wait(due.Sub(w.measured), now.Sub(due))
		}
	}
}

// lastDue is the moment up to which operations count as due.
func (w *worker) lastDue(now time.Time) time.Time {
	switch {
	case w.ctx.Err() != nil:
		return w.cancelled()
	case w.stopped:
		return now
	}
	return w.end
}

// A tally is counted by the leaders of an open loop, one after the other.
type tally struct {
	notStarted int64
	late       Late
}

func (t *tally) addTo(r *Result) {
	r.NotStarted += t.notStarted
	r.Late.Server += t.late.Server
	r.Late.Harness += t.late.Harness
}
