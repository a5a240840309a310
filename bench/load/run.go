package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"redisduel/bench/clock"
)

// A run is one load under way.
type run struct {
	ctx       context.Context
	spec      Spec
	op        Op
	classify  Classifier
	timer     clock.Timer
	cancelled func() time.Time // when ctx's end was first noticed; called only after that
	recorders []*recorder

	over  *atomic.Pointer[time.Time] // since when the load is over; nil if it ends by itself
	began func(late time.Duration)   // of the plan, as is ended
	ended func()

	start    time.Time     // of the load
	late     time.Duration // of start, after that of the plan
	measured time.Time     // start of the measured phase
	end      time.Time     // of the measured phase; a job has none, and that of a load with over moves on

	next     atomic.Int64 // index of the next operation of a closed loop or a job
	intended atomic.Int64 // operations due; an open loop counts them in its turn
	turn     tally        // what the leaders of an open loop count
	stopped  bool         // the clock gave up
}

func newRun(ctx context.Context, p Plan, s Spec, op Op, timer clock.Timer) *run {
	r := &run{ctx: ctx, spec: s, op: op, classify: p.Classify, timer: timer, began: p.Began, ended: p.Ended}
	if r.classify == nil {
		r.classify = Classify
	}
	r.cancelled = sync.OnceValue(time.Now)
	for range min(s.Workers, maxRecorders) {
		recorder := newRecorder(s)
		recorder.shared = s.Workers > maxRecorders
		r.recorders = append(r.recorders, recorder)
	}
	return r
}

// begin sets the phases. The start moves to the monotonic clock, so that steps
// of the wall clock cannot stretch the load.
func (r *run) begin(when func(context.Context) (time.Time, error)) error {
	r.start = time.Now()
	if when != nil {
		moment, err := when(r.ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		r.start, r.late = now.Add(max(0, moment.Sub(now))), max(0, now.Sub(moment))
	}
	r.measured = r.start.Add(r.spec.Warmup)
	r.end = r.measured.Add(r.spec.Duration)
	return nil
}

// drive runs the load to its end, or to that of ctx.
func (r *run) drive() {
	if r.began != nil {
		r.began(r.late)
	}
	if r.ended != nil {
		defer r.ended()
	}
	if r.stopped = !r.timer.WaitUntil(r.start); r.stopped {
		return
	}
	switch r.spec.Mode {
	case Open:
		r.driveOpen()
	case Closed:
		r.crew((*worker).loop)
	case Job:
		r.driveJob()
	}
}

// result puts together what the recorders hold.
func (r *run) result() (*Result, error) {
	first := r.recorders[0]
	all := &first.result
	for _, other := range r.recorders[1:] {
		if err := all.merge(&other.result); err != nil {
			return nil, fmt.Errorf("load: merge the workers' results: %w", err)
		}
		if other.last.After(first.last) {
			first.last = other.last
		}
	}
	all.Elapsed = max(0, first.last.Sub(r.measured))
	all.Intended = r.intended.Load()
	r.turn.addTo(all)
	if err := all.Conserved(); err != nil {
		return nil, err
	}
	return all, r.interrupted()
}

// interrupted says why the load ended before its time, if it did.
func (r *run) interrupted() error {
	if r.ctx.Err() != nil {
		return fmt.Errorf("load: ended early: %w", context.Cause(r.ctx))
	}
	if r.stopped {
		return errors.New("load: ended early: the clock stopped waiting")
	}
	return nil
}
