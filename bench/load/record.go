package load

import (
	"sync"
	"time"

	"redisduel/bench/latency"
)

// maxRecorders bounds the memory of a run, since each recorder holds three
// histograms of 250 kB: beyond that many workers, several share one.
const maxRecorders = 32

// A recorder collects what became of the operations of some workers.
type recorder struct {
	mu     sync.Mutex // taken only if it is shared
	shared bool
	result Result
	last   time.Time // end of the last measured operation
}

// newRecorder allocates all that recording needs.
func newRecorder(s Spec) *recorder {
	r := &recorder{result: Result{Response: latency.New(), Service: latency.New(), Lateness: latency.New()}}
	if s.Timeline > 0 {
		buckets := (s.Duration + s.Timeline - 1) / s.Timeline
		r.result.Timeline = &Timeline{Step: s.Timeline, Max: make([]time.Duration, buckets)}
	}
	return r
}

// A call is one operation that has ended.
type call struct {
	due, start, done time.Time
	class            Class
	failed           bool
}

// warm records an operation of the warm-up.
func (r *recorder) warm() {
	if r.shared {
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	r.result.Attempts++
}

// record records an operation of the measured phase, which began at measured.
func (r *recorder) record(c *call, measured time.Time) {
	if r.shared {
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	r.result.Attempts++
	if c.done.After(r.last) {
		r.last = c.done
	}
	if t := r.result.Timeline; t != nil {
		t.add(c.due.Sub(measured), c.done.Sub(c.due))
	}
	if c.failed {
		r.fail(c.class)
		return
	}
	response, service := c.done.Sub(c.due), c.done.Sub(c.start)
	r.result.OK++
	r.result.Response.Record(response)
	r.result.Service.Record(service)
	r.result.Lateness.Record(response - service)
}

// wait records an operation that was never started.
func (r *recorder) wait(due, waited time.Duration) {
	if r.shared {
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	if t := r.result.Timeline; t != nil {
		t.add(due, waited)
	}
}

func (r *recorder) fail(c Class) {
	r.result.count(c.named(), 1)
	if c.Unknown {
		r.result.Unknown++
	} else {
		r.result.Failed++
	}
}
