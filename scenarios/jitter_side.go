package scenarios

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// mass loads all keys at once and then asks for any of them.
func mass(jitter float64) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := warmClient(ctx, env)
		if err != nil {
			return nil, err
		}
		storm, broken, misses := stormOf(env.Setting), &trouble{}, &series{}
		cache, err := patterns.NewCache(client, patterns.CacheConfig{TTL: storm.ttl, Jitter: jitter, OnError: broken.hear})
		if err != nil {
			return nil, err
		}
		env.Count(streamLoads, 0)
		env.AtEnd(func(context.Context) error {
			env.Peak(stormPeak, misses.most(int(storm.rate*storm.window)))
			return broken.err()
		})
		return asking(env, cache, misses), loadAll(ctx, env, client, cache)
	}
}

// loadAll caches all keys in one pipeline and notes how far apart they expire.
func loadAll(ctx context.Context, env *bench.Env, client rueidis.Client, cache *patterns.Cache) error {
	values := map[string]string{}
	for key := range kept("storm", stormKeys) {
		values[env.Name(key)] = key
	}
	for key, err := range cache.SetAll(ctx, values) {
		return fmt.Errorf("load %s: %w", key, err)
	}
	width, err := expiries(ctx, client, slices.Collect(maps.Keys(values)))
	env.Count(stormSpread, int64(1000*width/stormOf(env.Setting).ttl))
	return err
}

// asking is the op: a request for a key drawn by its number.
func asking(env *bench.Env, cache cacher, misses *series) load.Op {
	return func(ctx context.Context, i int) error {
		want := fmt.Sprintf("storm:%d", rand.New(rand.NewPCG(env.Setting.Seed, uint64(i))).IntN(stormKeys))
		got, err := cache.Get(ctx, env.Name(want), func(context.Context) (string, error) {
			env.Count(streamLoads, 1)
			misses.add(i)
			return want, nil
		})
		if err == nil && got != want {
			return fmt.Errorf("%w: got %q, want %q", load.ErrWrongAnswer, got, want)
		}
		return err
	}
}

// expiries is the time from the first expiry of the keys to the last one.
func expiries(ctx context.Context, client rueidis.Client, keys []string) (time.Duration, error) {
	ask := make([]rueidis.Completed, len(keys))
	for i, key := range keys {
		ask[i] = client.B().Pexpiretime().Key(key).Build()
	}
	var at []int64
	for _, answer := range client.DoMulti(ctx, ask...) {
		ms, err := answer.AsInt64()
		if err != nil {
			return 0, err
		}
		at = append(at, ms)
	}
	return time.Duration(slices.Max(at)-slices.Min(at)) * time.Millisecond, nil
}

// spread checks how far apart the keys of a side expire, as a share of the TTL.
func spread(side string, low, high float64) bench.Check {
	return bench.Check{Name: "first to last expiry, of the TTL", Side: side, Min: low, Max: high,
		Of: func(t *bench.Trial) float64 { return bench.Count(t, stormSpread) / 1000 }}
}

// A series is the numbers of the requests to which something happened. It is
// safe for concurrent use.
type series struct {
	mu      sync.Mutex
	numbers []int
}

func (s *series) add(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbers = append(s.numbers, i)
}

// most is the largest number of them among so many requests in a row.
func (s *series) most(row int) (most int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.numbers)
	first := 0
	for last, i := range s.numbers {
		for i-s.numbers[first] >= row {
			first++
		}
		most = max(most, int64(last-first+1))
	}
	return most
}
