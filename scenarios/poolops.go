package scenarios

import (
	"context"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// A lender is what both pools are.
type lender interface {
	Do(context.Context, func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult
	Hold(context.Context, func(rueidis.CommandClient) error) error
	Close()
}

func newPool(option rueidis.ClientOption) (lender, error) {
	return patterns.NewPool(option, patterns.PoolConfig{Size: poolConnections})
}

func newNoPool(option rueidis.ClientOption) (lender, error) {
	return antipatterns.NewPool(option, antipatterns.PoolConfig{Size: poolConnections})
}

// commands makes an op of a pool: each op reads k keys, one after the other on
// one connection.
func commands(open func(rueidis.ClientOption) (lender, error), k int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		pool, err := open(env.Option())
		if err != nil {
			return nil, err
		}
		env.Defer(pool.Close)
		read := func(ctx context.Context, i int) error { return readOne(ctx, env, pool.Do, i) }
		if k > 1 {
			read = func(ctx context.Context, i int) error {
				return pool.Hold(ctx, func(connection rueidis.CommandClient) error { return readMany(ctx, env, connection, i, k) })
			}
		}
		return warmed(ctx, env, read)
	}
}

// multiplexed makes an op of a client that pipelines by itself.
func multiplexed(ctx context.Context, env *bench.Env) (load.Op, error) {
	option := env.Option()
	option.DisableAutoPipelining = false
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	env.Defer(client.Close)
	return warmed(ctx, env, func(ctx context.Context, i int) error { return readMany(ctx, env, client, i, 1) })
}

// defaultCalls are the calls of a client with its default options: it looks for a
// cluster by its shards on a server of version 8 or later, and by its slots before.
var defaultCalls = []string{"client|tracking", "cluster|shards", "cluster|slots"}

// defaultClients makes an op that opens a client for itself with no option but
// those that lead to the server.
func defaultClients(ctx context.Context, env *bench.Env) (load.Op, error) {
	from := env.Option()
	option := rueidis.ClientOption{
		InitAddress: from.InitAddress, DialCtxFn: from.DialCtxFn, TLSConfig: from.TLSConfig,
		Username: from.Username, Password: from.Password, SelectDB: from.SelectDB,
	}
	return warmed(ctx, env, func(ctx context.Context, i int) error {
		client, err := rueidis.NewClient(option)
		if err != nil {
			return err
		}
		defer client.Close()
		return readMany(ctx, env, client, i, 1)
	})
}

// warmed opens what connections there will be before the clock starts, and has
// the sockets counted that the side leaves from then on. A twin that keeps no
// connections is none the warmer for it.
func warmed(ctx context.Context, env *bench.Env, read load.Op) (load.Op, error) {
	return countTimeWaits(env, read), env.Warm(ctx, func(ctx context.Context) error { return read(ctx, 0) })
}

// readOne reads op i's key by a function that runs one command.
func readOne(ctx context.Context, env *bench.Env, do func(context.Context, func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult, i int) error {
	n := i % env.Data.Keys
	return holds(do(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Get().Key(env.Key(n)).Build() }), env.Data.Value(n))
}

// readMany reads op i's k keys one after the other.
func readMany(ctx context.Context, env *bench.Env, client rueidis.CommandClient, i, k int) error {
	for j := range k {
		n := (i*k + j) % env.Data.Keys
		if err := holds(client.Do(ctx, client.B().Get().Key(env.Key(n)).Build()), env.Data.Value(n)); err != nil {
			return err
		}
	}
	return nil
}
