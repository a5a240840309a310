package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

// cacher is what both caches are.
type cacher interface {
	Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error)
	Set(ctx context.Context, key, value string) error
	SetAll(ctx context.Context, values map[string]string) map[string]error
	Update(ctx context.Context, key, value string) (bool, error)
}

func newCache(t testing.TB, client rueidis.Client, config patterns.CacheConfig) *patterns.Cache {
	t.Helper()
	cache, err := patterns.NewCache(client, config)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// bothCaches returns the pattern and its twin, with the same configuration.
func bothCaches(t testing.TB, client rueidis.Client, config patterns.CacheConfig) map[string]cacher {
	t.Helper()
	twin, err := antipatterns.NewCache(client, antipatterns.CacheConfig(config))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]cacher{"pattern": newCache(t, client, config), "antipattern": twin}
}

// says is a load that answers with text.
func says(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

// left returns how long a key has to live; negative if for ever or not there.
func left(t testing.TB, client rueidis.Client, key string) time.Duration {
	t.Helper()
	ms, err := do(t, client, "PTTL", key).AsInt64()
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(ms) * time.Millisecond
}

// counter returns a number of a section of INFO.
func counter(t testing.TB, client rueidis.Client, section, name string) float64 {
	t.Helper()
	text, err := do(t, client, "INFO", section).ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(text, name+":")
	if !found {
		t.Fatalf("INFO %s has no %s", section, name)
	}
	line, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.ParseFloat(line, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBothCachesLoadOnAMissAndNotOnAHit(t *testing.T) {
	client, _ := dial(t)
	for name, cache := range bothCaches(t, client, patterns.CacheConfig{TTL: time.Hour, Jitter: 0.2}) {
		for i, want := range []string{"loaded first", "loaded first"} {
			got, err := cache.Get(t.Context(), name, says([]string{"loaded first", "loaded again"}[i]))
			if err != nil || got != want {
				t.Errorf("%s: Get %d gave %q, %v", name, i, got, err)
			}
		}
	}
}

func TestALoadThatFailsIsTheCallersErrorAndIsNotCached(t *testing.T) {
	client, _ := dial(t)
	broken := errors.New("the backend is broken")
	for name, cache := range bothCaches(t, client, patterns.CacheConfig{TTL: time.Hour}) {
		_, err := cache.Get(t.Context(), name, func(context.Context) (string, error) { return "half", broken })
		if !errors.Is(err, broken) {
			t.Errorf("%s: Get gave the error %v", name, err)
		}
		if got, err := cache.Get(t.Context(), name, says("whole")); err != nil || got != "whole" {
			t.Errorf("%s: after the failure Get gave %q, %v", name, got, err)
		}
	}
}

func TestEveryKeyThatIsWrittenExpiresWithinTheJitterOfItsTTL(t *testing.T) {
	client, _ := dial(t)
	const ttl, jitter = time.Hour, 0.3
	cache := newCache(t, client, patterns.CacheConfig{TTL: ttl, Jitter: jitter})
	begin, values := time.Now(), map[string]string{}
	for i := range 1000 {
		values[fmt.Sprint("all:", i)] = "v"
	}
	if failed := cache.SetAll(t.Context(), values); len(failed) > 0 {
		t.Fatal(failed)
	}
	if err := cache.Set(t.Context(), "all:set", "v"); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Get(t.Context(), "all:get", says("v")); err != nil {
		t.Fatal(err)
	}
	values["all:set"], values["all:get"] = "v", "v"
	shortest, longest, sum := time.Duration(math.MaxInt64), time.Duration(0), 0.0
	for key := range values {
		got := left(t, client, key)
		shortest, longest, sum = min(shortest, got), max(longest, got), sum+got.Seconds()
	}
	took := time.Since(begin)
	if shortest < ttl*7/10-took-2*time.Millisecond || longest > ttl*13/10 {
		t.Errorf("TTLs from %v to %v, want 42 to 78 minutes", shortest, longest)
	}
	// Of a thousand even draws, none in the outermost twelfth on either side
	// has a chance of 1e-38; the mean's standard deviation is 0.55 %.
	if shortest > ttl*75/100 || longest < ttl*125/100-took {
		t.Errorf("TTLs only from %v to %v: they are not spread over 42 to 78 minutes", shortest, longest)
	}
	if mean := sum / float64(len(values)); math.Abs(mean-ttl.Seconds()) > 0.03*ttl.Seconds()+took.Seconds() {
		t.Errorf("the mean TTL is %.0f s, want %v", mean, ttl)
	}
}

func TestTheTwinNeverSetsATTLAndDropsTheOnesItFinds(t *testing.T) {
	client, _ := dial(t)
	cache := bothCaches(t, client, patterns.CacheConfig{TTL: time.Hour})["antipattern"]
	do(t, client, "SET", "found", "v", "EX", "1000")
	_, getErr := cache.Get(t.Context(), "got", says("v"))
	failed := cache.SetAll(t.Context(), map[string]string{"all": "v"})
	found, updateErr := cache.Update(t.Context(), "found", "w")
	if err := errors.Join(getErr, updateErr, cache.Set(t.Context(), "set", "v")); err != nil || len(failed) > 0 || !found {
		t.Fatal(err, failed, found)
	}
	for _, key := range []string{"got", "set", "all", "found"} {
		if got := left(t, client, key); got != -time.Millisecond {
			t.Errorf("%s has a TTL of %v, want none", key, got)
		}
	}
}

func TestAnUpdateKeepsWhatIsLeftOfTheTTL(t *testing.T) {
	client, _ := dial(t)
	cache := newCache(t, client, patterns.CacheConfig{TTL: time.Hour})
	do(t, client, "SET", "k", "old", "EX", "100")
	if found, err := cache.Update(t.Context(), "k", "new"); err != nil || !found {
		t.Fatal(found, err)
	}
	if got, _ := do(t, client, "GET", "k").ToString(); got != "new" {
		t.Errorf("the value is %q after the update", got)
	}
	if got := left(t, client, "k"); got <= 0 || got > 100*time.Second {
		t.Errorf("the key has %v left, want what was left of its 100 s", got)
	}
}

func TestAnUpdateOfAKeyThatIsGoneWritesNothing(t *testing.T) {
	client, _ := dial(t)
	for name, cache := range bothCaches(t, client, patterns.CacheConfig{TTL: time.Hour}) {
		if found, err := cache.Update(t.Context(), name, "v"); found || err != nil {
			t.Errorf("%s: Update gave %v, %v", name, found, err)
		}
		if n, _ := do(t, client, "EXISTS", name).AsInt64(); n != 0 {
			t.Errorf("%s: the key was written", name)
		}
	}
}

func TestBothCachesWriteABatchInOneRoundTrip(t *testing.T) {
	client, _ := dial(t)
	for name, cache := range bothCaches(t, client, patterns.CacheConfig{TTL: time.Hour, Jitter: 0.1}) {
		values := map[string]string{}
		for i := range patterns.CacheBatch {
			values[fmt.Sprint(name, i)] = "v"
		}
		before := counter(t, client, "stats", "total_reads_processed")
		if failed := cache.SetAll(t.Context(), values); len(failed) > 0 {
			t.Fatal(failed)
		}
		// One read for the batch, one for the second INFO, and up to two for
		// the client's own PINGs; one at a time would take a hundred.
		if reads := counter(t, client, "stats", "total_reads_processed") - before; reads < 2 || reads > 4 {
			t.Errorf("%s: the server read %v times for a batch and an INFO", name, reads)
		}
	}
}

func TestAnAnswerIsNeverOlderThanItsTTL(t *testing.T) {
	client, _ := dial(t)
	const ttl, jitter = 20 * time.Millisecond, 0.5
	cache := newCache(t, client, patterns.CacheConfig{TTL: ttl, Jitter: jitter})
	born := func(context.Context) (string, error) { return strconv.FormatInt(time.Now().UnixNano(), 10), nil }
	versions := map[string]bool{}
	for len(versions) < 3 && t.Context().Err() == nil {
		asked := time.Now().UnixNano()
		got, err := cache.Get(t.Context(), "k", born)
		if err != nil {
			t.Fatal(err)
		}
		at, err := strconv.ParseInt(got, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		// The TTL begins when the server runs SET, which on a busy machine can
		// be long after the load; hence the second on top.
		if age := time.Duration(asked - at); age > ttl*3/2+time.Second {
			t.Fatalf("an answer is %v old, with a TTL of at most 30ms", age)
		}
		versions[got] = true
	}
}

func TestAFullServerThatMayNotEvictStillLetsGetAnswer(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "SET", "there", "before it was full")
	do(t, client, "CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1")
	refusals := map[string]error{}
	for name, cache := range bothCaches(t, client, patterns.CacheConfig{
		TTL: time.Hour, OnError: func(key string, err error) { refusals[key] = err },
	}) {
		if got, err := cache.Get(t.Context(), name, says("loaded")); err != nil || got != "loaded" {
			t.Errorf("%s: a miss gave %q, %v", name, got, err)
		}
		if got, err := cache.Get(t.Context(), "there", says("loaded")); err != nil || got != "before it was full" {
			t.Errorf("%s: a hit gave %q, %v", name, got, err)
		}
		if err := refusals[name]; !isOOM(err) {
			t.Errorf("%s: OnError heard %v, want OOM", name, err)
		}
		if err := cache.Set(t.Context(), name, "v"); !isOOM(err) {
			t.Errorf("%s: Set gave %v, want OOM", name, err)
		}
		if failed := cache.SetAll(t.Context(), map[string]string{"a": "1", "b": "2"}); !isOOM(failed["a"]) || !isOOM(failed["b"]) {
			t.Errorf("%s: SetAll gave %v, want OOM for both keys", name, failed)
		}
		if found, err := cache.Update(t.Context(), "there", "v"); found || !isOOM(err) {
			t.Errorf("%s: Update gave %v, %v, want OOM", name, found, err)
		}
	}
}

// isOOM reports whether a server refused a write because it is full.
func isOOM(err error) bool {
	var refused *rueidis.RedisError
	return errors.As(err, &refused) && strings.HasPrefix(refused.Error(), "OOM ")
}

func TestACacheThatIsDownLeavesTheBackendsAnswer(t *testing.T) {
	client, server := dial(t)
	var heard []error
	cache := newCache(t, client, patterns.CacheConfig{TTL: time.Hour, OnError: func(_ string, err error) { heard = append(heard, err) }})
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if got, err := cache.Get(ctx, "k", says("loaded")); err != nil || got != "loaded" {
		t.Errorf("Get gave %q, %v", got, err)
	}
	if len(heard) != 2 {
		t.Errorf("OnError heard %v, want of the read and of the write", heard)
	}
}

func TestACacheIsSafeForConcurrentUse(t *testing.T) {
	client, _ := dial(t)
	var loads atomic.Int64
	for name, cache := range bothCaches(t, client, patterns.CacheConfig{TTL: 5 * time.Millisecond, Jitter: 0.5}) {
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for i := range 100 {
					key := fmt.Sprint(name, i%10)
					got, err := cache.Get(t.Context(), key, func(context.Context) (string, error) {
						loads.Add(1)
						return "value of " + key, nil
					})
					if err != nil || got != "value of "+key {
						t.Errorf("%s gave %q, %v", key, got, err)
					}
				}
			})
		}
		callers.Wait()
	}
	if n := loads.Load(); n < 20 {
		t.Errorf("%d loads of 20 keys", n)
	}
}

func TestACacheWithoutAnEndIsRefused(t *testing.T) {
	for _, config := range []patterns.CacheConfig{
		{}, {TTL: -time.Second}, {TTL: time.Microsecond}, {TTL: math.MaxInt64},
		{TTL: 3 * time.Millisecond, Jitter: 0.9},
		{TTL: time.Hour, Jitter: -0.1}, {TTL: time.Hour, Jitter: 1}, {TTL: time.Hour, Jitter: math.NaN()},
	} {
		if _, err := patterns.NewCache(nil, config); err == nil {
			t.Errorf("a TTL of %v with a jitter of %v was taken", config.TTL, config.Jitter)
		}
	}
}
