package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
)

// What a side of the stream counts, and what is found after it.
const (
	streamLoads   = "loads of the backend"
	streamRefused = "writes refused"
	streamHits    = "hits"
	streamAge     = "age"
	streamForever = "keys without a TTL"
)

// cacher is what both caches are.
type cacher interface {
	Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error)
}

// A caching side of the stream: a cache, and what its server does when it is
// full.
type caching struct {
	cache  func(client rueidis.Client, p pace, onError func(string, error)) (cacher, error)
	policy func(ctx context.Context, client rueidis.Client, maxmemory int64) error
}

// impl gives the server its limit, above what it uses with all connections
// open, and answers each request from the cache.
func (c caching) impl(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := warmClient(ctx, env)
	if err != nil {
		return nil, err
	}
	p := paceOf(env.Setting)
	used, err := usedMemory(ctx, client)
	if err != nil {
		return nil, err
	}
	if err := c.policy(ctx, client, used+p.room); err != nil {
		return nil, err
	}
	reader := &reader{env: env}
	for _, name := range []string{streamLoads, streamRefused, streamHits} {
		env.Count(name, 0)
	}
	env.AtEnd(func(context.Context) error { return reader.broken.err() })
	reader.cache, err = c.cache(client, p, reader.hear)
	return reader.request, err
}

// A reader makes requests and remembers when what they are answered with was
// loaded.
type reader struct {
	env    *bench.Env
	cache  cacher
	loaded sync.Map // key to time.Time
	broken trouble
}

// hear counts a write that was refused. Anything else that goes wrong with the
// cache fails the trial.
func (r *reader) hear(key string, err error) {
	if isOOM(err) {
		r.env.Count(streamRefused, 1)
		return
	}
	r.broken.hear(key, err)
}

// trouble remembers the first error that a cache survived.
type trouble struct{ first atomic.Pointer[error] }

func (t *trouble) hear(_ string, err error) { t.first.CompareAndSwap(nil, &err) }

func (t *trouble) err() error {
	if err := t.first.Load(); err != nil {
		return *err
	}
	return nil
}

// warmClient opens a client with all its connections.
func warmClient(ctx context.Context, env *bench.Env) (rueidis.Client, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	return client, env.Warm(ctx, func(ctx context.Context) error {
		return client.Do(ctx, client.B().Ping().Build()).Error()
	})
}

// request is the op.
func (r *reader) request(ctx context.Context, i int) error {
	key, hit := streamKey(i), true
	got, err := r.cache.Get(ctx, r.env.Name(key), func(context.Context) (string, error) {
		hit = false
		r.loaded.Store(key, time.Now())
		r.env.Count(streamLoads, 1)
		return streamValue(key), nil
	})
	switch {
	case err != nil:
		return err
	case !isStreamValue(key, got):
		return fmt.Errorf("%w: %s holds %.20q", load.ErrWrongAnswer, key, got)
	case hit:
		return r.hit(key)
	}
	return nil
}

// hit notes how old an answer is.
func (r *reader) hit(key string) error {
	at, ok := r.loaded.Load(key)
	if !ok {
		return fmt.Errorf("%w: %s was cached before the trial began", load.ErrWrongAnswer, key)
	}
	r.env.Count(streamHits, 1)
	r.env.Observe(streamAge, time.Since(at.(time.Time)))
	return nil
}

// isOOM reports whether a server refused a write because it is full.
func isOOM(err error) bool {
	var redisErr *rueidis.RedisError
	return errors.As(err, &redisErr) && strings.HasPrefix(redisErr.Error(), "OOM ")
}

// usedMemory is what counts against maxmemory.
func usedMemory(ctx context.Context, client rueidis.Client) (used int64, err error) {
	text, err := client.Do(ctx, client.B().Info().Section("memory").Build()).ToString()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(text, "used_memory:")
	_, err = fmt.Sscan(rest, &used)
	return used, err
}
