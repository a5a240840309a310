package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// What a side of the pool-size scenario records.
const (
	waitSpan     = "acquire wait"
	holdSpan     = "time with a connection"
	timeoutCount = "timeouts"
	openCount    = "connections open"
)

// transactions makes an op that holds a connection of a pool of a size by the
// rule: it watches a key and reads it, computes, and writes it in a transaction.
// A request that gets no connection in time is an outcome, which is counted,
// and no failure of the measurement.
func transactions(size sizing, think time.Duration) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		rtt := env.Setting.RTT
		hold := sizeHold(rtt, think)
		n := size(sizeRate(rtt, think), hold)
		var clocked atomic.Bool // not while the connections are opened
		config := patterns.PoolConfig{Size: n, OnWait: func(d time.Duration) {
			if clocked.Load() {
				env.Observe(waitSpan, d)
			}
		}, Acquire: sizePatience * hold}
		pool, err := openSized(ctx, env, config)
		if err != nil {
			return nil, err
		}
		clocked.Store(true)
		env.Count(timeoutCount, 0)
		pause, err := thinker(env)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, i int) error {
			err := pool.Hold(ctx, func(connection rueidis.CommandClient) error {
				begin := time.Now()
				defer func() { env.Observe(holdSpan, time.Since(begin)) }()
				return transact(ctx, env, connection, i, func() { pause(think) })
			})
			if errors.Is(err, patterns.ErrPoolExhausted) {
				env.Count(timeoutCount, 1)
				return nil
			}
			return err
		}, nil
	}
}

// thinker returns a function that waits precisely, for many callers at once.
func thinker(env *bench.Env) (func(time.Duration), error) {
	shared, err := clock.Share(clock.Precise())
	if err != nil {
		return nil, err
	}
	env.Defer(func() { _ = shared.Close() })
	return func(d time.Duration) { shared.Timer().WaitUntil(time.Now().Add(d)) }, nil
}

// transact reads op i's key and writes the same value back, if nobody else has
// written it meanwhile.
func transact(ctx context.Context, env *bench.Env, c rueidis.CommandClient, i int, think func()) error {
	key, value := env.Key(i%env.Data.Keys), env.Data.Value(i%env.Data.Keys)
	read := c.DoMulti(ctx, c.B().Watch().Key(key).Build(), c.B().Get().Key(key).Build())
	if err := holds(read[1], value); err != nil {
		return err
	}
	think()
	set := c.B().Arbitrary("SET").Keys(key).Args(value, "KEEPTTL").Build()
	written := c.DoMulti(ctx, c.B().Multi().Build(), set, c.B().Exec().Build())
	return written[2].Error() // EXEC, which fails too if a command before it did
}

// compareAndSet writes a key that still holds what was read.
var compareAndSet = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`)

// compareAndSets makes an op that does what transactions do on a connection
// that all share.
func compareAndSets(think time.Duration) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		option := env.Option()
		option.DisableAutoPipelining = false
		var client rueidis.Client
		err := countOpened(ctx, env, func() (err error) {
			if client, err = rueidis.NewClient(option); err != nil {
				return err
			}
			env.Defer(client.Close)
			return client.Do(ctx, client.B().Ping().Build()).Error()
		})
		if err != nil {
			return nil, err
		}
		pause, err := thinker(env)
		if err != nil {
			return nil, err
		}
		env.Count(timeoutCount, 0)
		return func(ctx context.Context, i int) error {
			begin := time.Now()
			defer func() { env.Observe(holdSpan, time.Since(begin)) }()
			env.Observe(waitSpan, 0)
			return compareAndSetOne(ctx, env, client, i, func() { pause(think) })
		}, nil
	}
}

func compareAndSetOne(ctx context.Context, env *bench.Env, client rueidis.Client, i int, think func()) error {
	key, value := env.Key(i%env.Data.Keys), env.Data.Value(i%env.Data.Keys)
	if err := holds(client.Do(ctx, client.B().Get().Key(key).Build()), value); err != nil {
		return err
	}
	think()
	written, err := compareAndSet.Exec(ctx, client, []string{key}, []string{value, value}).AsInt64()
	if err == nil && written != 1 {
		err = fmt.Errorf("%w: the key was found changed", load.ErrWrongAnswer)
	}
	return err
}
