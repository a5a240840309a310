package scenarios

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
)

func TestQueriesBeyondTheWorkersOfABackendWaitInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, service, queries = 2, 10 * time.Millisecond, 5
		var line []time.Duration
		var most int
		b, err := newBackend(clock.Runtime(), workers, service, func(waits time.Duration, present int) {
			line, most = append(line, waits), max(most, present)
		})
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
		if want := []time.Duration{0, 0, service, service, 2 * service}; !slices.Equal(line, want) || most != queries {
			t.Errorf("they waited %v in line, want %v; %d at once, want %d", line, want, most, queries)
		}
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAQueryThatNobodyWaitsForKeepsItsWorkerBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const service = time.Second
		b, err := newBackend(clock.Runtime(), 1, service, func(time.Duration, int) {})
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
