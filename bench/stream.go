package bench

import (
	"context"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// seedBatch is how many commands go into one pipeline, or keys into one UNLINK.
	seedBatch = 500
	// underWay is how many batches wait for their answers at once, so that a server
	// far away is not waited for after each.
	underWay = 16
	// batchPatience is how long the server may take for one.
	batchPatience = time.Minute
	// tellEvery is how often a listener hears how far it has come.
	tellEvery = 200 * time.Millisecond
)

// stream sends items in batches, several at once, and returns the first error.
// However many there are, it holds no more than those under way. It tells done
// how many were sent with success, now and then and at the end.
func stream[T any](ctx context.Context, items iter.Seq[T], send func(context.Context, []T) error, done func(n int)) (sent int, err error) {
	group, sending := errgroup.WithContext(ctx)
	batches := make(chan []T)
	counter := &counter{told: time.Now(), tell: done}
	done(0)
	for range underWay {
		group.Go(func() error {
			for batch := range batches {
				if err := patiently(sending, batch, send); err != nil {
					return err
				}
				counter.add(len(batch))
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(batches)
		return feed(sending, items, batches)
	})
	err = group.Wait()
	done(counter.n)
	return counter.n, stopped(ctx, err)
}

func patiently[T any](ctx context.Context, batch []T, send func(context.Context, []T) error) error {
	ctx, cancel := context.WithTimeout(ctx, batchPatience)
	defer cancel()
	return send(ctx, batch)
}

// feed hands out items in batches until ctx ends.
func feed[T any](ctx context.Context, items iter.Seq[T], batches chan<- []T) error {
	batch := make([]T, 0, seedBatch)
	hand := func() bool {
		select {
		case batches <- batch:
			batch = make([]T, 0, seedBatch)
			return true
		case <-ctx.Done():
			return false
		}
	}
	for item := range items {
		if batch = append(batch, item); len(batch) == seedBatch && !hand() {
			return context.Cause(ctx)
		}
	}
	if len(batch) > 0 && !hand() {
		return context.Cause(ctx)
	}
	return nil
}

// A counter is told by many and tells one, now and then.
type counter struct {
	mu   sync.Mutex
	n    int
	told time.Time
	tell func(n int)
}

func (c *counter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n += n; time.Since(c.told) >= tellEvery {
		c.told = time.Now()
		c.tell(c.n)
	}
}

// lingering returns a context that ends a while after ctx does: time to clear up.
func lingering(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	lingers, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(while):
			cancel(context.Cause(ctx))
		case <-lingers.Done():
		}
	})
	return lingers, func() { release(); cancel(nil) }
}
