package antipatterns

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// CacheBatch is the number of keys that Cache.SetAll sends in one pipeline.
const CacheBatch = 100

// CacheConfig says how long a Cache should keep what it is given.
type CacheConfig struct {
	// TTL is not used.
	TTL time.Duration
	// Jitter is not used.
	Jitter float64
	// OnError, if set, is told of each error that Get survived: a cache that
	// cannot be read, or that refuses to be written. It is called by the
	// goroutine that called Get, so it must be safe for concurrent use.
	OnError func(key string, err error)
}

// A Cache keeps copies of what is slow to load, for ever. It holds no state of
// its own and is safe for concurrent use.
//
// What is wrong: no key ever gets a TTL. Memory grows with every key that was
// ever asked for until maxmemory is reached. From then on noeviction, and the
// volatile policies, which find no key that they may evict, refuse every write
// of everybody on that server; the allkeys policies make room, but what is
// read often is never loaded again, however old it is. No harm is done where
// all keys that there can be fit into memory and whoever changes the data
// updates or deletes the copy.
type Cache struct {
	client rueidis.Client
	config CacheConfig
}

// NewCache returns a cache on client.
func NewCache(client rueidis.Client, config CacheConfig) (*Cache, error) {
	return &Cache{client: client, config: config}, nil
}

// Get returns what the cache holds under key, or else what load returns, which
// it then caches. A hit takes one round trip, a miss two and the load.
//
// Get fails only when load does; then nothing is cached. If Redis cannot be
// read or written, OnError hears of it and the caller still gets load's answer,
// so a cache that is down turns all load onto the backend, which needs a limit
// of its own. Callers that miss the same key at the same time each call load.
func (c *Cache) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	value, err := c.client.Do(ctx, c.client.B().Get().Key(key).Build()).ToString()
	if err == nil {
		return value, nil
	}
	if !rueidis.IsRedisNil(err) {
		c.survived(key, fmt.Errorf("read cache: %w", err))
	}
	if value, err = load(ctx); err != nil {
		return "", err
	}
	if err := c.Set(ctx, key, value); err != nil {
		c.survived(key, err)
	}
	return value, nil
}

// Set caches value under key, in one round trip. A server that is full and may
// not evict refuses with OOM.
func (c *Cache) Set(ctx context.Context, key, value string) error {
	return refused(c.client.Do(ctx, c.write(key, value)))
}

// SetAll caches many values in pipelines of CacheBatch, each of which takes one
// round trip. It returns an error for each key that was not cached; none if all
// were. It is no transaction.
func (c *Cache) SetAll(ctx context.Context, values map[string]string) map[string]error {
	failed := make(map[string]error)
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(values)), CacheBatch) {
		commands := make([]rueidis.Completed, len(keys))
		for i, key := range keys {
			commands[i] = c.write(key, values[key])
		}
		for i, result := range c.client.DoMulti(ctx, commands...) {
			if err := refused(result); err != nil {
				failed[keys[i]] = err
			}
		}
	}
	return failed
}

// Update replaces the value of a key that is cached, in one round trip. It
// reports whether the key was there; a key that was not is not written. Should
// somebody else have given the key a TTL, it is gone after that.
func (c *Cache) Update(ctx context.Context, key, value string) (bool, error) {
	result := c.client.Do(ctx, c.client.B().Set().Key(key).Value(value).Xx().Build())
	if rueidis.IsRedisNil(result.Error()) {
		return false, nil
	}
	err := refused(result)
	return err == nil, err
}

// write is the one command that caches a value.
func (c *Cache) write(key, value string) rueidis.Completed {
	return c.client.B().Set().Key(key).Value(value).Build()
}

func (c *Cache) survived(key string, err error) {
	if c.config.OnError != nil {
		c.config.OnError(key, err)
	}
}

// refused says that a write was not taken, and why.
func refused(result rueidis.RedisResult) error {
	if err := result.Error(); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return nil
}
