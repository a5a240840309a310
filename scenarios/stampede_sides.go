package scenarios

import (
	"context"
	"errors"
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
	deathCount      = "holders that died"
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
}

// A watchful client notes when a request last looked into the cache.
type watchful struct{ rueidis.Client }

// lookOf is the key of a context's value that says when its request last looked.
type lookOf struct{}

func (w watchful) look(ctx context.Context) {
	if at, ok := ctx.Value(lookOf{}).(*time.Time); ok {
		*at = time.Now()
	}
}

func (w watchful) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	w.look(ctx)
	return w.Client.Do(ctx, command)
}

func (w watchful) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	w.look(ctx)
	return w.Client.DoMulti(ctx, commands...)
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
		crowds := &crowds{}
		database, err := newBackend(clock.Precise(), size.workers, size.service, func(waits time.Duration, present int) {
			if crowds.warm() {
				env.Observe(lineSpan, waits)
				env.Peak(peakCount, int64(present))
			}
		})
		if err != nil {
			return nil, err
		}
		env.Defer(func() { _ = database.close() })
		env.AtEnd(func(context.Context) error {
			crowds.report(env)
			return nil
		})
		config := patterns.LoaderConfig{TTL: size.ttl(rtt), LockTTL: 2*time.Second + 10*(size.service+rtt)}
		config.Patience = 2 * config.LockTTL
		return hotRead(env, newGetter(cacheClient{watchful{client}, config}), database, crowds), nil
	}
}

// hotRead is the op: it reads the key, notes whether it had to load, and checks
// that the answer is one that the backend gave.
func hotRead(env *bench.Env, cache getter, database *backend, crowds *crowds) load.Op {
	key := env.Name(hotKey)
	return func(ctx context.Context, _ int) error {
		var looked time.Time
		number := 0
		value, err := cache.Get(context.WithValue(ctx, lookOf{}, &looked), key, func(ctx context.Context) (string, error) {
			number = crowds.load(looked)
			if err := database.query(ctx); err != nil {
				return "", err
			}
			return crowds.loaded(number), nil
		})
		switch {
		case errors.Is(err, errDied):
			env.Count(deathCount, 1)
			return nil // nobody is left to see an error
		case err != nil:
			return err
		case number > 0:
			crowds.kept(number)
			return nil
		}
		age, err := crowds.hit(value)
		if err == nil {
			env.Observe(ageSpan, age)
		}
		return err
	}
}

// crowds counts the loads that each expiry of a value brings, whatever a getter
// takes for an expiry. A crowd is all loads from the first one until one of them
// is known to be in the cache: when the request that loaded it has returned, or
// another has been served it. A load by a request whose last look was begun before
// that moment belongs to it still. So what is counted does not hang on how the
// getter works inside, and the server's own count of expired keys can be held
// against it.
type crowds struct {
	mu     sync.Mutex
	loads  []time.Time // when the n'th load, from 1, was answered
	begun  int         // crowds
	first  int         // load of the present crowd
	size   int         // of the present crowd
	seenAt time.Time   // when what it loaded was first known to be in the cache; zero: not yet

	whole, wholeLoads int // crowds that count, and their loads
}

// load notes that a request has to load by what it found when it looked then, and
// returns the load's number.
func (c *crowds) load(looked time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads = append(c.loads, time.Time{})
	if c.begun == 0 || !c.seenAt.IsZero() && looked.After(c.seenAt) {
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

// warm reports whether the key has been there. The crowd of a cold start says
// nothing of an expiry: nobody can load early what was never there.
func (c *crowds) warm() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begun > 1
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
	c.seen(number, now)
	return now.Sub(c.loads[number-1]), nil
}

// kept notes that the request that made a load has returned.
func (c *crowds) kept(number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen(number, time.Now())
}

// seen notes that the answer of a load is in the cache. The caller holds mu.
func (c *crowds) seen(number int, now time.Time) {
	if number >= c.first && c.seenAt.IsZero() {
		c.seenAt = now
	}
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
