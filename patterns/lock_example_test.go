package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/redisd"
	"redisduel/patterns"
)

// A holder takes the lock, keeps it for as long as its work takes, gives the
// resource its fencing token, and gives the lock back.
func ExampleTryLock() {
	err := withLockServer(func(ctx context.Context, client rueidis.Client) error {
		lock, err := patterns.TryLock(ctx, client, "report:7", 10*time.Second)
		if err != nil {
			return err // patterns.ErrLocked: somebody else is at it
		}
		work, stop := lock.KeepAlive(ctx)
		fmt.Println("work under fencing token", lock.Fence(), "while its context says", work.Err())
		_, err = patterns.TryLock(ctx, client, "report:7", 10*time.Second)
		fmt.Println(err)
		stop()
		return errors.Join(lock.Release(ctx), lock.Release(ctx))
	})
	fmt.Println(err)
	// Output:
	// work under fencing token 1 while its context says <nil>
	// the lock is held by somebody else
	// releasing the lock "report:7": it is no longer ours, since its time to live has passed
}

// withLockServer calls f with a client of a server that ends with it.
func withLockServer(f func(context.Context, rueidis.Client) error) error {
	ctx := context.Background()
	binary, err := redisd.Find(ctx, "")
	if err != nil {
		return err
	}
	server, err := redisd.Start(ctx, binary, redisd.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if err := server.Close(); err != nil {
			log.Print(err)
		}
	}()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr()}, Password: server.Password(), DisableCache: true})
	if err != nil {
		return err
	}
	defer client.Close()
	return f(ctx, client)
}
