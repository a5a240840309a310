package scenarios

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"redisduel/bench"
	"redisduel/patterns"
)

// openSized opens a pool and all of its connections, and counts them by what
// the server says.
func openSized(ctx context.Context, env *bench.Env, config patterns.PoolConfig) (*patterns.Pool, error) {
	var pool *patterns.Pool
	err := countOpened(ctx, env, func() (err error) {
		if pool, err = patterns.NewPool(env.Option(), config); err != nil {
			return err
		}
		env.Defer(pool.Close)
		return openAll(ctx, pool, config.Size)
	})
	return pool, err
}

// countOpened counts the connections that open opens, as far as the server sees
// them.
func countOpened(ctx context.Context, env *bench.Env, open func() error) error {
	client, err := env.Client(ctx)
	if err != nil {
		return err
	}
	before, err := connected(ctx, client)
	if err != nil {
		return err
	}
	if err := open(); err != nil {
		return err
	}
	after, err := connected(ctx, client)
	env.Count(openCount, after-before)
	return err
}

// connected is the number of clients that are connected to the server.
func connected(ctx context.Context, client rueidis.Client) (n int64, err error) {
	info, err := client.Do(ctx, client.B().Info().Section("clients").Build()).ToString()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(info, "connected_clients:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		return 0, fmt.Errorf("the server does not tell how many clients are connected: %w", err)
	}
	return n, nil
}

// openAll opens all n connections of a pool, by holding them at once. The
// deadline keeps the library from reading them in the background from then on.
func openAll(ctx context.Context, pool *patterns.Pool, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var all sync.WaitGroup
	all.Add(n)
	var group errgroup.Group
	for range n {
		group.Go(func() error {
			return pool.Hold(ctx, func(connection rueidis.CommandClient) error {
				all.Done()
				all.Wait()
				return connection.Do(ctx, connection.B().Ping().Build()).Error()
			})
		})
	}
	return group.Wait()
}
