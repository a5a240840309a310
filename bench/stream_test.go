package bench

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestAStreamSendsEachItemOnceAndTellsHowFarItIs(t *testing.T) {
	for _, n := range []int{0, 1, seedBatch, seedBatch + 1, 50*seedBatch - 1} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var got, told []int
			sent, err := stream(t.Context(), numbers(n), func(_ context.Context, batch []int) error {
				time.Sleep(150 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				got = append(got, batch...)
				return nil
			}, func(done int) { told = append(told, done) })
			slices.Sort(got)
			if err != nil || sent != n || !slices.Equal(got, slices.Collect(numbers(n))) {
				t.Errorf("of %d items %d were sent, and %d said to be: %v", n, len(got), sent, err)
			}
			if !slices.IsSorted(told) || told[len(told)-1] != n || len(told) > 5 {
				t.Errorf("of %d items it told %v", n, told)
			}
		})
	}
}

func TestAStreamHoldsNoMoreThanWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made, answered, most atomic.Int64
		items := func(yield func(int) bool) {
			for i := range numbers(200 * seedBatch) {
				if n := made.Add(1) - answered.Load(); n > most.Load() {
					most.Store(n)
				}
				if !yield(i) {
					return
				}
			}
		}
		_, err := stream(t.Context(), items, func(_ context.Context, batch []int) error {
			time.Sleep(time.Second)
			answered.Add(int64(len(batch)))
			return nil
		}, func(int) {})
		if limit := int64((underWay + 1) * seedBatch); err != nil || most.Load() > limit {
			t.Errorf("%d items were held, want at most %d: %v", most.Load(), limit, err)
		}
	})
}

func TestAStreamEndsWithItsFirstErrorOrItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong, enough := errors.New("wrong"), errors.New("enough")
		var batches atomic.Int64
		sent, err := stream(t.Context(), numbers(1000*seedBatch), func(context.Context, []int) error {
			if batches.Add(1) == 20 {
				return wrong
			}
			return nil
		}, func(int) {})
		if !errors.Is(err, wrong) || sent > 40*seedBatch {
			t.Errorf("%d were sent: %v", sent, err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(enough) })
		began := time.Now()
		sent, err = stream(ctx, numbers(1000*seedBatch), func(ctx context.Context, _ []int) error {
			<-ctx.Done() // a server that does not answer
			return ctx.Err()
		}, func(int) {})
		if !errors.Is(err, enough) || sent != 0 || time.Since(began) != time.Second {
			t.Errorf("%d were sent in %v: %v", sent, time.Since(began), err)
		}
	})
}

func TestAServerThatDoesNotAnswerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := stream(t.Context(), numbers(1), func(ctx context.Context, _ []int) error {
			<-ctx.Done()
			return ctx.Err()
		}, func(int) {})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != batchPatience {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestWhatLingersEndsAWhileAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		lingers, release := lingering(ctx, time.Second)
		defer release()
		time.Sleep(time.Hour)
		cancel(enough)
		ended := time.Now()
		<-lingers.Done()
		if took := time.Since(ended); took != time.Second || !errors.Is(context.Cause(lingers), enough) {
			t.Errorf("it ended after %v because of %v", took, context.Cause(lingers))
		}
	})
}
