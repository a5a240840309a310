package bench

import (
	"sync"
	"time"

	"redisduel/bench/latency"
)

// A Tally is what a side itself counted during a trial, for results that are
// not the latency of its ops: refused writes, retries, loads of a backend. Like
// the server's counters it covers every attempt, warm-up included. It is safe
// for concurrent use; adding takes some tens of nanoseconds.
type Tally struct {
	mu     sync.Mutex
	counts map[string]int64
	spans  map[string]*latency.Hist
}

// Count adds n to a counter. A counter that is told of with n = 0 is known to
// be zero; one that is never told of is not known.
func (t *Tally) Count(name string, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	t.counts[name] += n
}

// Peak keeps the largest n of a name.
func (t *Tally) Peak(name string, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	t.counts[name] = max(t.counts[name], n)
}

// Observe records a duration under a name. Each name takes a quarter of a
// megabyte.
func (t *Tally) Observe(name string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.spans[name]
	if h == nil {
		if t.spans == nil {
			t.spans = map[string]*latency.Hist{}
		}
		h = latency.New()
		t.spans[name] = h
	}
	h.Record(d)
}
