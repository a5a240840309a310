package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// 2,000 requests a second, each of which holds a connection for 5 ms, of which
// the network takes 1: ten are in use on average.
func ExamplePoolSize() {
	fmt.Println(patterns.PoolSize(2000, 5*time.Millisecond))
	// Output: 15
}

// A program's one pool: it is asked to raise an alert before it is exhausted,
// and a call that gets no connection in time says so instead of waiting on.
func ExamplePool() {
	withServer(func(ctx context.Context, option rueidis.ClientOption) error {
		pool, err := patterns.NewPool(option, patterns.PoolConfig{
			Size: 2, Acquire: 10 * time.Millisecond, HealthCheck: time.Second,
			Alert: func(u patterns.PoolUsage) { fmt.Printf("%d of %d connections are lent\n", u.InUse, u.Size) },
		})
		if err != nil {
			return err
		}
		defer pool.Close()
		ping := func(b rueidis.Builder) rueidis.Completed { return b.Ping().Build() }
		fmt.Println(pool.Do(ctx, ping).ToString())
		return pool.Hold(ctx, func(rueidis.CommandClient) error {
			return pool.Hold(ctx, func(rueidis.CommandClient) error {
				fmt.Println("exhausted:", errors.Is(pool.Do(ctx, ping).Error(), patterns.ErrPoolExhausted))
				return nil
			})
		})
	})
	// Output:
	// PONG <nil>
	// 2 of 2 connections are lent
	// exhausted: true
}
