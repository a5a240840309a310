package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

// An anyLoader is what both loaders are.
type anyLoader interface {
	Get(context.Context, string, func(context.Context) (string, error)) (string, error)
}

func stampedePattern(client rueidis.Client, config patterns.LoaderConfig) anyLoader {
	return patterns.NewLoader(client, config)
}

func stampedeAntiPattern(client rueidis.Client, config patterns.LoaderConfig) anyLoader {
	return antipatterns.NewLoader(client, antipatterns.LoaderConfig(config))
}

// A missCounter counts the GETs that found nothing.
type missCounter struct {
	rueidis.Client
	seen *atomic.Int64
}

func (m missCounter) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	get := command.Commands()[0] == "GET"
	result := m.Client.Do(ctx, command)
	if get && rueidis.IsRedisNil(result.Error()) {
		m.seen.Add(1)
	}
	return result
}

// comesAbout waits for a condition.
func comesAbout(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("it never came about that %s", what)
			return
		}
	}
}

func isThere(t testing.TB, client rueidis.Client, key string) bool {
	t.Helper()
	there, err := do(t, client, "EXISTS", key).AsBool()
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// loadOf is a load that finds the value at once.
func loadOf(value string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return value, nil }
}

// neverLoads is a load that must not be called.
func neverLoads(t testing.TB) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		t.Error("load was called")
		return "", nil
	}
}

func wantLoaded(t testing.TB, value string, err error, wanted string) {
	t.Helper()
	if err != nil || value != wanted {
		t.Errorf("got %q, %v; want %q", value, err, wanted)
	}
}

func TestAHundredCallersOnOneMissLoadOnceWithTheLockAndAHundredTimesWithout(t *testing.T) {
	client, _ := dial(t)
	const callers = 100
	for name, side := range map[string]struct {
		loader func(rueidis.Client, patterns.LoaderConfig) anyLoader
		loads  int64
	}{
		"pattern": {stampedePattern, 1}, "antipattern": {stampedeAntiPattern, callers},
	} {
		t.Run(name, func(t *testing.T) {
			var missed, loads atomic.Int64
			loader := side.loader(missCounter{client, &missed}, patterns.LoaderConfig{})
			load := func(context.Context) (string, error) {
				loads.Add(1)
				comesAbout(t, "all callers have missed", func() bool { return missed.Load() == callers })
				return "value", nil
			}
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					got, err := loader.Get(t.Context(), name, load)
					wantLoaded(t, got, err, "value")
				})
			}
			all.Wait()
			if got := loads.Load(); got != side.loads {
				t.Errorf("%d loads, want %d", got, side.loads)
			}
			got, err := loader.Get(t.Context(), name, neverLoads(t))
			wantLoaded(t, got, err, "value")
			if isThere(t, client, "{"+name+"}:lock") {
				t.Error("the lock was left behind")
			}
		})
	}
}

func TestAHolderThatDiesCostsTheOthersAsLongAsItsLockLives(t *testing.T) {
	client, _ := dial(t)
	const lockTTL = 300 * time.Millisecond
	loader := patterns.NewLoader(client, patterns.LoaderConfig{LockTTL: lockTTL})
	do(t, client, "SCRIPT", "FLUSH") // as after a restart of the server
	begin := time.Now()
	do(t, client, "SET", "{k}:lock", "a dead caller's token", "PX", fmt.Sprint(lockTTL.Milliseconds()))
	got, err := loader.Get(t.Context(), "k", loadOf("value"))
	wantLoaded(t, got, err, "value")
	if took := time.Since(begin); took < lockTTL || took > lockTTL+5*time.Second {
		t.Errorf("the lock lived for %v, and Get took %v", lockTTL, took)
	}
}

func TestAFailedLoadIsItsCallersAloneAndTheNextInLineLoads(t *testing.T) {
	client, _ := dial(t)
	var missed atomic.Int64
	loader := patterns.NewLoader(missCounter{client, &missed}, patterns.LoaderConfig{})
	broken := errors.New("backend is broken")
	loading := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, err := loader.Get(t.Context(), "k", func(context.Context) (string, error) {
			close(loading)
			comesAbout(t, "the other caller has missed", func() bool { return missed.Load() == 2 })
			return "", broken
		})
		if !errors.Is(err, broken) {
			t.Errorf("the caller whose load failed got %v", err)
		}
	})
	<-loading
	got, err := loader.Get(t.Context(), "k", func(context.Context) (string, error) {
		if isThere(t, client, "k") {
			t.Error("something was kept of a load that failed")
		}
		return "value", nil
	})
	wantLoaded(t, got, err, "value")
	all.Wait()
}

func TestThatThereIsNothingIsRemembered(t *testing.T) {
	client, _ := dial(t)
	config := patterns.LoaderConfig{TTL: time.Hour, NegativeTTL: time.Minute}
	for name, side := range map[string]struct {
		loader  anyLoader
		nothing error
	}{
		"pattern":     {stampedePattern(client, config), patterns.ErrNotFound},
		"antipattern": {stampedeAntiPattern(client, config), antipatterns.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			nothing := func(context.Context) (string, error) { return "", fmt.Errorf("row 7: %w", side.nothing) }
			for _, load := range []func(context.Context) (string, error){nothing, neverLoads(t)} {
				if value, err := side.loader.Get(t.Context(), name, load); value != "" || !errors.Is(err, side.nothing) {
					t.Errorf("got %q, %v", value, err)
				}
			}
			ttl, err := do(t, client, "PTTL", name).AsInt64()
			if limit := config.NegativeTTL.Milliseconds(); err != nil || ttl <= 0 || ttl > limit {
				t.Errorf("it is remembered for %d ms, %v; want up to %d", ttl, err, limit)
			}
			got, err := side.loader.Get(t.Context(), name+" is empty", loadOf(""))
			wantLoaded(t, got, err, "")
			got, err = side.loader.Get(t.Context(), name+" is empty", neverLoads(t))
			wantLoaded(t, got, err, "")
		})
	}
}

func TestACallerWhoseLockExpiredLeavesTheNextHoldersValueAndLockAlone(t *testing.T) {
	client, _ := dial(t)
	// As long as the lock may live, the value may take to be kept on a busy host.
	slow := patterns.NewLoader(client, patterns.LoaderConfig{LockTTL: 500 * time.Millisecond})
	// outlast returns once the lock of the caller that loads has expired.
	outlast := func() { comesAbout(t, "the lock expires", func() bool { return !isThere(t, client, "{k}:lock") }) }

	got, err := slow.Get(t.Context(), "k", func(ctx context.Context) (string, error) {
		outlast()
		do(t, client, "SET", "{k}:lock", "the next holder's token")
		return "older", nil
	})
	wantLoaded(t, got, err, "older")
	if token, _ := do(t, client, "GET", "{k}:lock").ToString(); token != "the next holder's token" {
		t.Errorf("the next holder's lock is %q", token)
	}
	if isThere(t, client, "k") {
		t.Error("a value was kept without the lock")
	}

	do(t, client, "DEL", "{k}:lock")
	got, err = slow.Get(t.Context(), "k", func(ctx context.Context) (string, error) {
		outlast()
		got, err := patterns.NewLoader(client, patterns.LoaderConfig{}).Get(ctx, "k", loadOf("newer"))
		wantLoaded(t, got, err, "newer")
		return "older", nil
	})
	wantLoaded(t, got, err, "older")
	got, err = slow.Get(t.Context(), "k", neverLoads(t))
	wantLoaded(t, got, err, "newer")
}

func TestAWaiterGivesUpWhenItsPatienceOrItsContextEnds(t *testing.T) {
	client, _ := dial(t)
	const patience = 100 * time.Millisecond
	do(t, client, "SET", "{k}:lock", "a slow caller's token")
	for name, c := range map[string]struct {
		config patterns.LoaderConfig
		limit  time.Duration
		want   error
	}{
		"patience": {patterns.LoaderConfig{Patience: patience}, time.Hour, patterns.ErrLoading},
		"context":  {patterns.LoaderConfig{}, patience, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			begin := time.Now()
			_, err := patterns.NewLoader(client, c.config).Get(ctx, "k", neverLoads(t))
			if took := time.Since(begin); !errors.Is(err, c.want) || took < patience || took > patience+5*time.Second {
				t.Errorf("got %v after %v, want %v after %v", err, took, c.want, patience)
			}
		})
	}
}

func TestTheLockIsReleasedWhenTheLoadPanicsOrItsContextEnds(t *testing.T) {
	client, _ := dial(t)
	loader := patterns.NewLoader(client, patterns.LoaderConfig{})
	t.Run("panics", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
			if isThere(t, client, "{k}:lock") {
				t.Error("the lock was left behind")
			}
		}()
		_, _ = loader.Get(t.Context(), "k", func(context.Context) (string, error) { panic("a bug") })
	})
	t.Run("context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := loader.Get(ctx, "k", func(ctx context.Context) (string, error) {
			cancel()
			return "", ctx.Err()
		})
		if !errors.Is(err, context.Canceled) || isThere(t, client, "{k}:lock") || isThere(t, client, "k") {
			t.Errorf("got %v, or left the lock or a value behind", err)
		}
	})
}

func TestWithoutRedisNobodyLoadsAndALoadedValueIsReturnedWithTheError(t *testing.T) {
	for name, newLoader := range map[string]func(rueidis.Client, patterns.LoaderConfig) anyLoader{
		"pattern": stampedePattern, "antipattern": stampedeAntiPattern,
	} {
		t.Run(name, func(t *testing.T) {
			client, server := dial(t)
			loader := newLoader(client, patterns.LoaderConfig{})
			value, err := loader.Get(t.Context(), "k", func(context.Context) (string, error) {
				return "value", server.Close() // waits for its end
			})
			if value != "value" || err == nil || !strings.Contains(err.Error(), `cannot keep what was loaded for "k"`) {
				t.Errorf("Redis died while it loaded: got %q, %v", value, err)
			}
			if value, err := loader.Get(t.Context(), "k", neverLoads(t)); value != "" || err == nil {
				t.Errorf("Redis was down: got %q, %v", value, err)
			}
		})
	}
}

func TestALockSharesTheSlotOfItsValueOrTheKeyIsRefused(t *testing.T) {
	client, _ := dialCluster(t)
	loader := patterns.NewLoader(client, patterns.LoaderConfig{})
	for _, key := range []string{"plain", "{tag}:a", "a}{tag}b{other}", "open{brace", "other", "user:{42}:page"} {
		got, err := loader.Get(t.Context(), key, loadOf(key))
		wantLoaded(t, got, err, key)
		got, err = loader.Get(t.Context(), key, neverLoads(t))
		wantLoaded(t, got, err, key)
	}
	for _, key := range []string{"", "a}b", "{}a"} {
		if _, err := loader.Get(t.Context(), key, neverLoads(t)); err == nil || !strings.Contains(err.Error(), "hash tag") {
			t.Errorf("key %q: got %v, want it refused", key, err)
		}
	}
}

func TestAKeyThatNoLoaderWroteIsAnError(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "SET", "k", "value")
	do(t, client, "RPUSH", "list", "value")
	for _, key := range []string{"k", "list"} {
		for _, loader := range []anyLoader{stampedePattern(client, patterns.LoaderConfig{}), stampedeAntiPattern(client, patterns.LoaderConfig{})} {
			if value, err := loader.Get(t.Context(), key, neverLoads(t)); err == nil {
				t.Errorf("%T read %q from %s", loader, value, key)
			}
		}
	}
}
