package load

import (
	"sync"
	"time"
)

// A worker carries out one operation at a time.
type worker struct {
	*run
	recorder *recorder
	deadline *deadline
	freed    time.Time     // end of its last operation
	busy     time.Duration // service time of that
}

// crew runs work in all workers and waits for them.
func (r *run) crew(work func(*worker)) {
	var all sync.WaitGroup
	for i := range r.spec.Workers {
		all.Go(func() {
			w := &worker{run: r, recorder: r.recorders[i%len(r.recorders)], deadline: newDeadline(r.ctx)}
			defer func() { w.deadline.close() }()
			work(w)
		})
	}
	all.Wait()
}

// do carries out operation i now and records it, unless it was due in the
// warm-up.
func (w *worker) do(i int, due, start time.Time) {
	w.deadline.arm(start, w.spec.Timeout)
	err := w.op(w.deadline, i)
	done := time.Now()
	w.deadline = w.deadline.disarm()
	w.freed, w.busy = done, done.Sub(start)
	if due.Before(w.measured) {
		w.recorder.warm()
		return
	}
	ended := call{due: due, start: start, done: done, failed: err != nil}
	if err != nil {
		ended.class = w.classify(err)
	}
	w.recorder.record(ended, w.measured)
}

// loop carries out operations one after the other until the end. An operation
// belongs to the phase in which it starts.
func (w *worker) loop() {
	for w.ctx.Err() == nil {
		now := time.Now()
		if !now.Before(w.end) {
			return
		}
		if !now.Before(w.measured) {
			w.intended.Add(1)
		}
		w.do(w.spec.share().number(int(w.next.Add(1)-1)), now, now)
	}
}

// driveJob warms up with operations beyond the job's own, and then does those.
func (r *run) driveJob() {
	r.next.Store(int64(r.spec.Ops))
	r.crew((*worker).loop)
	r.next.Store(0)
	r.measured = time.Now()
	r.crew((*worker).share)
}

// share carries out a worker's share of a job.
func (w *worker) share() {
	for w.ctx.Err() == nil {
		i := int(w.next.Add(1) - 1)
		if i >= w.spec.Ops {
			return
		}
		w.intended.Add(1)
		now := time.Now()
		w.do(i, now, now)
	}
}
