package patterns

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// CacheBatch is the number of keys that Cache.SetAll sends in one pipeline.
const CacheBatch = 100

// CacheConfig says how long a Cache keeps what it is given.
type CacheConfig struct {
	// TTL is how long a key lives, and so how old an answer can be. It must be
	// set: a cache key that lives for ever is memory that never comes back. It
	// bounds memory only as far as what is written in one TTL fits; for the rest
	// the server needs a policy that evicts.
	TTL time.Duration
	// Jitter spreads each TTL evenly over TTL·(1 ± Jitter), from 0 to below 1.
	// Keys that are written together with one TTL expire together, and all of
	// them are loaded again at once; 0.1 to 0.3 spreads that load out.
	Jitter float64
	// OnError, if set, is told of each error that Get survived: a cache that
	// cannot be read, or that refuses to be written. It is called by the
	// goroutine that called Get, so it must be safe for concurrent use.
	OnError func(key string, err error)
}

// A Cache keeps copies of what is slow to load, each for a limited time. It
// holds no state of its own and is safe for concurrent use.
type Cache struct {
	client rueidis.Client
	config CacheConfig
}

// NewCache returns a cache on client. A TTL that is missing, or that the jitter
// could shorten to less than Redis's millisecond, is an error.
func NewCache(client rueidis.Client, config CacheConfig) (*Cache, error) {
	if !(config.Jitter >= 0 && config.Jitter < 1) { // a NaN is neither
		return nil, fmt.Errorf("cache: jitter is %v, want 0 to below 1", config.Jitter)
	}
	shortest := time.Duration(float64(config.TTL) * (1 - config.Jitter))
	if shortest < time.Millisecond || config.TTL > math.MaxInt64/2 {
		return nil, fmt.Errorf("cache: TTL is %v with a jitter of %v, want 1ms to 146 years: every cache key must expire", config.TTL, config.Jitter)
	}
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

// Set caches value under key. Value and TTL are set by one command: were they
// two, a crash between them would leave a key that lives for ever. It takes
// one round trip. A server that is full and may not evict refuses with OOM.
func (c *Cache) Set(ctx context.Context, key, value string) error {
	return refused(c.client.Do(ctx, c.write(key, value)))
}

// SetAll caches many values, each with a TTL of its own, in pipelines of
// CacheBatch, each of which takes one round trip. It returns an error for each
// key that was not cached; none if all were. It is no transaction.
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

// Update replaces the value of a key that is cached and leaves the rest of its
// TTL as it is, in one round trip. It reports whether the key was there; a key
// that was not is not written.
//
// KEEPTTL does it: a plain SET drops the TTL, and the key lives for ever.
func (c *Cache) Update(ctx context.Context, key, value string) (bool, error) {
	result := c.client.Do(ctx, c.client.B().Set().Key(key).Value(value).Xx().Keepttl().Build())
	if rueidis.IsRedisNil(result.Error()) {
		return false, nil
	}
	err := refused(result)
	return err == nil, err
}

// write is the one command that caches a value.
func (c *Cache) write(key, value string) rueidis.Completed {
	return c.client.B().Set().Key(key).Value(value).Px(c.lifetime()).Build()
}

// lifetime draws a TTL.
func (c *Cache) lifetime() time.Duration {
	return time.Duration(float64(c.config.TTL) * (1 + c.config.Jitter*(2*rand.Float64()-1)))
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
