package scenarios

import (
	"context"
	"slices"
	"sync"
	"time"

	"redisduel/bench/clock"
)

// A backend is what a cache stands before: a database of finite capacity. Each
// of its workers serves one query at a time and takes the same time for each;
// a query that finds none free waits in line, first come, first served. As a
// database does, it works on a query that nobody waits for any more.
//
// With endless capacity a crowd would hurt nobody and there would be nothing to
// compare.
type backend struct {
	service time.Duration
	clock   *clock.Shared
	// entered is told of each query how long it waits for a worker, and how many
	// are then in service and in line.
	entered func(waits time.Duration, present int)

	mu      sync.Mutex
	free    []time.Time // when each worker has done all that it was given
	present int         // queries in service and in line
}

// newBackend returns a backend that waits by the clock c. The caller must close
// it once no query is under way.
func newBackend(c clock.Clock, workers int, service time.Duration, entered func(waits time.Duration, present int)) (*backend, error) {
	shared, err := clock.Share(c)
	if err != nil {
		return nil, err
	}
	return &backend{service: service, clock: shared, entered: entered, free: make([]time.Time, workers)}, nil
}

// query returns when a worker has served it, or when ctx ends.
func (b *backend) query(ctx context.Context) error {
	timer := b.clock.Timer()
	defer timer.Close()
	defer context.AfterFunc(ctx, timer.Interrupt)()
	done := b.enter()
	defer b.leave()
	if !timer.WaitUntil(done) {
		return context.Cause(ctx)
	}
	return nil
}

// enter gives the query to the worker that is free first and returns when that
// will have served it: with equal service times the line needs no more than
// this arithmetic, and no wake-up of one query delays the next.
func (b *backend) enter() (done time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	first := slices.MinFunc(b.free, time.Time.Compare)
	worker := slices.Index(b.free, first)
	if first.Before(now) {
		first = now
	}
	b.free[worker] = first.Add(b.service)
	b.present++
	b.entered(first.Sub(now), b.present)
	return b.free[worker]
}

func (b *backend) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.present--
}

// close stops the clock.
func (b *backend) close() error { return b.clock.Close() }
