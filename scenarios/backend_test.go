package scenarios

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
)

func TestQueriesBeyondTheWorkersOfABackendWaitInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, service, queries = 2, 10 * time.Millisecond, 5
		b, err := newBackend(clock.Runtime(), workers, service)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		var all sync.WaitGroup
		ended := make([]time.Duration, queries)
		for i := range queries {
			all.Go(func() {
				if err := b.query(t.Context()); err != nil {
					t.Error(err)
				}
				ended[i] = time.Since(begin)
			})
			synctest.Wait() // so that they come in order
		}
		all.Wait()
		for i, want := range []time.Duration{service, service, 2 * service, 2 * service, 3 * service} {
			if ended[i] != want {
				t.Errorf("query %d ended after %v, want %v", i, ended[i], want)
			}
		}
		seen := b.counts()
		if seen.Queries != queries || seen.Peak != queries || seen.Line.Max() != 2*service {
			t.Errorf("it saw %d queries, %d at once, the longest %v in line", seen.Queries, seen.Peak, seen.Line.Max())
		}
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAQueryThatNobodyWaitsForKeepsItsWorkerBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const service = time.Second
		b, err := newBackend(clock.Runtime(), 1, service)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := b.query(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Millisecond {
			t.Errorf("the query ended after %v with %v", time.Since(begin), err)
		}
		if err := b.query(t.Context()); err != nil || time.Since(begin) != 2*service {
			t.Errorf("the next one ended after %v, %v; want after the first one's service and its own", time.Since(begin), err)
		}
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
}
