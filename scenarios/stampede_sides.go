package scenarios

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// What a side counts, beside its latencies.
const (
	loadCount       = "loads"
	crowdCount      = "crowds"
	wholeLoadCount  = "loads of whole crowds"
	wholeCrowdCount = "whole crowds"
	peakCount       = "most loads at once"
	lineSpan        = "wait for a worker"
	ageSpan         = "age of a cached value"
)

// A getter is what both loaders are, and the variants.
type getter interface {
	Get(context.Context, string, func(context.Context) (string, error)) (string, error)
}

// A cacheClient is what a getter is made of.
type cacheClient struct {
	rueidis.Client
	config patterns.LoaderConfig
	env    *bench.Env
}

// hotReads makes an op of a getter: each op reads the one hot key, which the
// backend loads when the getter says so.
func hotReads(size stampedeSize, newGetter func(cacheClient) getter) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		rtt := env.Setting.RTT
		size := size.at(rtt)
		database, err := newBackend(clock.Precise(), size.workers, size.service, func(d time.Duration) { env.Observe(lineSpan, d) })
		if err != nil {
			return nil, err
		}
		env.Defer(func() { _ = database.close() })
		crowds := &crowds{}
		env.AtEnd(func(context.Context) error {
			env.Peak(peakCount, int64(database.most()))
			crowds.report(env)
			return nil
		})
		config := patterns.LoaderConfig{TTL: size.ttl(rtt), LockTTL: 2*time.Second + 10*(size.service+rtt)}
		config.Patience = 2 * config.LockTTL
		return hotRead(env, newGetter(cacheClient{client, config, env}), database, crowds), nil
	}
}

// hotRead is the op: it reads the key, notes whether it had to load, and checks
// that the answer is one that the backend gave.
func hotRead(env *bench.Env, cache getter, database *backend, crowds *crowds) load.Op {
	key := env.Name(hotKey)
	return func(ctx context.Context, _ int) error {
		began, number := time.Now(), 0
		value, err := cache.Get(ctx, key, func(ctx context.Context) (string, error) {
			number = crowds.load(began)
			if err := database.query(ctx); err != nil {
				return "", err
			}
			return crowds.loaded(number), nil
		})
		if err != nil || number > 0 {
			return err
		}
		age, err := crowds.hit(value)
		if err == nil {
			env.Observe(ageSpan, age)
		}
		return err
	}
}

// crowds counts the loads that each expiry of a value brings, whatever a getter
// takes for an expiry. A crowd is all loads between the first one and the
// moment when a request is first seen to be served what one of them loaded; a
// load by a request that began before that moment belongs to it still. So what
// is counted does not hang on how the getter works inside, and the server's own
// count of expired keys can be held against it.
type crowds struct {
	mu     sync.Mutex
	loads  []time.Time // when the n'th load, from 1, was answered
	begun  int         // crowds
	first  int         // load of the present crowd
	size   int         // of the present crowd
	seenAt time.Time   // when a request was first served what it loaded; zero: not yet

	whole, wholeLoads int // crowds that count, and their loads
}

// load notes that a request that began then has to load, and returns the load's
// number.
func (c *crowds) load(began time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads = append(c.loads, time.Time{})
	if c.begun == 0 || !c.seenAt.IsZero() && began.After(c.seenAt) {
		c.close()
		c.begun++
		c.first, c.size, c.seenAt = len(c.loads), 0, time.Time{}
	}
	c.size++
	return len(c.loads)
}

// close adds the present crowd to those that count: not the first one, which
// finds a key that was never there, nor one that the end of the trial cut
// short. The caller holds mu.
func (c *crowds) close() {
	if c.begun < 2 || c.seenAt.IsZero() {
		return
	}
	c.whole++
	c.wholeLoads += c.size
}

// loaded notes that the backend has answered and returns its answer.
func (c *crowds) loaded(number int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads[number-1] = time.Now()
	return hotValue(number)
}

const hotPrefix = "page as of load "

// hotValue is what the n'th load answers.
func hotValue(number int) string { return hotPrefix + strconv.Itoa(number) }

// hit notes that a request was served a value that it did not load itself, and
// returns how long ago the backend gave it.
func (c *crowds) hit(value string) (age time.Duration, err error) {
	number, _ := strconv.Atoi(strings.TrimPrefix(value, hotPrefix))
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if number < 1 || number > len(c.loads) || c.loads[number-1].IsZero() || value != hotValue(number) {
		return 0, fmt.Errorf("%w: the backend never said %q", load.ErrWrongAnswer, value)
	}
	if number >= c.first && c.seenAt.IsZero() {
		c.seenAt = now
	}
	return now.Sub(c.loads[number-1]), nil
}

// report tells the trial what was counted.
func (c *crowds) report(env *bench.Env) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.close()
	env.Count(loadCount, int64(len(c.loads)))
	env.Count(crowdCount, int64(c.begun))
	env.Count(wholeLoadCount, int64(c.wholeLoads))
	env.Count(wholeCrowdCount, int64(c.whole))
}
