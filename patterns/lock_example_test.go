package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// A holder takes the lock, keeps it for as long as its work takes, gives the
// resource its fencing token, and gives the lock back.
func ExampleTryLock() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		lock, err := patterns.TryLock(ctx, client, "report:7", 10*time.Second)
		if err != nil {
			return err // patterns.ErrLocked: somebody else is at it
		}
		work, stop := lock.KeepAlive(ctx)
		fmt.Println("work under fencing token", lock.Fence(), "while its context says", work.Err())
		_, err = patterns.TryLock(ctx, client, "report:7", 10*time.Second)
		fmt.Println(err)
		stop()
		fmt.Println(errors.Join(lock.Release(ctx), lock.Release(ctx)))
		return nil
	})
	// Output:
	// work under fencing token 1 while its context says <nil>
	// the lock is held by somebody else
	// releasing the lock "report:7": it is no longer ours, since its time to live has passed
}
