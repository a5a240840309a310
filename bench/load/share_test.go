package load_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/load"
)

// begun notes which operations began when, counted from the start.
func begun(t *testing.T, spec load.Spec) (when map[int]time.Duration, r *load.Result) {
	var mu sync.Mutex
	when = map[int]time.Duration{}
	begin := time.Now()
	r = run(t, spec, func(_ context.Context, i int) error {
		mu.Lock()
		defer mu.Unlock()
		when[i] = time.Since(begin)
		return nil
	})
	return when, r
}

func TestTheSharesOfAnOpenLoopAreExactlyTheWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, arrivals := range []load.Arrivals{load.Constant, load.Poisson} {
			whole := load.Spec{Mode: load.Open, Arrivals: arrivals, Rate: 1000, Warmup: 100 * time.Millisecond, Duration: time.Second, Workers: 8, Seed: 3}
			want, r := begun(t, whole)
			got, intended := map[int]time.Duration{}, int64(0)
			for share := range 3 {
				part := whole
				part.Share, part.Shares = share, 3
				when, r := begun(t, part)
				intended += r.Intended
				for i, at := range when {
					if _, twice := got[i]; twice || i%3 != share {
						t.Errorf("%s: operation %d is in share %d", arrivals, i, share)
					}
					got[i] = at
				}
			}
			if intended != r.Intended {
				t.Errorf("%s: the shares intended %d operations, want the whole's %d", arrivals, intended, r.Intended)
			}
			for i, at := range want {
				if got[i] != at {
					t.Errorf("%s: operation %d began at %v, want %v", arrivals, i, got[i], at)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s: %d operations in shares, want %d", arrivals, len(got), len(want))
			}
		}
	})
}

func TestTheSharesOfAClosedLoopHaveDifferentOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen []int
		run(t, load.Spec{Mode: load.Closed, Duration: 10 * time.Millisecond, Workers: 2, Share: 1, Shares: 4}, func(ctx context.Context, i int) error {
			mu.Lock()
			seen = append(seen, i)
			mu.Unlock()
			return sleep(ctx, time.Millisecond)
		})
		slices.Sort(seen)
		for n, i := range seen {
			if i != 4*n+1 {
				t.Fatalf("operations %v, want 1, 5, 9 and so on", seen)
			}
		}
	})
}
