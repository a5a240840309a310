package scenarios

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/singleflight"

	"redisduel/bench"
	"redisduel/patterns"
)

// Variants of the stampede.
const (
	staleVariant      = "serve stale"
	xfetchVariant     = "XFetch"
	coalesceVariant   = "singleflight"
	deadHolderVariant = "holder dies"
)

func stampedeVariants(size stampedeSize) []bench.Variant {
	return []bench.Variant{
		{
			Name:  staleVariant,
			About: "stale while revalidating: one caller loads and the others are served the last value meanwhile: better wherever a value may be older by one load",
			Impl:  hotReads(size, newStaleLoads),
		},
		{
			Name:  xfetchVariant,
			About: "each caller refreshes early with a probability that rises towards the end: no lock, and only those that refresh wait, for about e = 2.7 loads at each refresh however many ask",
			Impl:  hotReads(size, newXFetch),
		},
		{
			Name:  coalesceVariant,
			About: "callers of one process share its load, so that n processes load n times: often enough, and nothing in Redis",
			Impl:  hotReads(size, newCoalesced),
		},
		{
			Name:  deadHolderVariant,
			About: "the lock, where every other caller that loads dies with it: the others wait until it expires, here one TTL of the value after it was taken, and see no error",
			Impl:  hotReads(size, newDyingHolders),
		},
	}
}

// stampedeVariantChecks hold a variant to what its About says.
func stampedeVariantChecks() []bench.Check {
	return []bench.Check{
		{Name: deathCount, Side: deadHolderVariant, Of: tallied(deathCount), Min: 1, Max: 1e4},
		{Name: requestsFailed, Side: deadHolderVariant, Of: failedRequests, Min: 0, Max: 0},
	}
}

// staleLoads serves the last value while one caller loads the next: a Loader
// whose waiters have no patience, and a copy that outlives the value.
type staleLoads struct {
	client             cacheClient
	impatient, patient getter
}

func newStaleLoads(client cacheClient) getter {
	impatient := client.config
	impatient.Patience = 1
	return staleLoads{client, patterns.NewLoader(client, impatient), lockedLoads(client)}
}

func (s staleLoads) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	stale := key + ":stale"
	load = s.keeping(stale, load)
	value, err := s.impatient.Get(ctx, key, load)
	if !errors.Is(err, patterns.ErrLoading) {
		return value, err
	}
	value, err = s.client.Do(ctx, s.client.B().Get().Key(stale).Build()).ToString()
	if rueidis.IsRedisNil(err) { // the first load of all is under way
		return s.patient.Get(ctx, key, load)
	}
	return value, err
}

// keeping is the load that also keeps the copy, for ten times as long.
func (s staleLoads) keeping(stale string, load func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		value, err := load(ctx)
		if err != nil {
			return "", err
		}
		ttl := 10 * s.client.config.TTL
		return value, s.client.Do(ctx, s.client.B().Set().Key(stale).Value(value).Px(ttl).Build()).Error()
	}
}

// An xfetch refreshes a value at random before it expires: when
//
//	now − Δ·β·ln(rand) ≥ expiry
//
// with β = 1 and Δ the time from the decision until the value is there. Source: A. Vattani, F.
// Chierichetti, K. Lowenstein, "Optimal Probabilistic Cache Stampede
// Prevention", PVLDB 8(8), 2015.
//
// The paper keeps the Δ of the last load with the value. Before a backend of
// finite capacity that ends badly: a load that stood in line looks expensive,
// is begun earlier for that, and makes the line longer. After the first crowd
// this variant then made 44 to 64 loads at each refresh and did not recover. So
// it takes the shortest Δ that the process has seen.
type xfetch struct {
	client   cacheClient
	shortest *atomic.Int64 // Δ so far, in ns; 0 before the first load
}

func newXFetch(client cacheClient) getter { return xfetch{client, &atomic.Int64{}} }

func (x xfetch) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	replies := x.client.DoMulti(ctx, x.client.B().Get().Key(key).Build(), x.client.B().Pttl().Key(key).Build())
	value, err := replies[0].ToString()
	switch {
	case rueidis.IsRedisNil(err):
		return x.refresh(ctx, key, load)
	case err != nil:
		return "", err
	}
	left, err := replies[1].AsInt64()
	if err != nil {
		return "", err
	}
	if -float64(x.shortest.Load())*math.Log(rand.Float64()) >= float64(left)*float64(time.Millisecond) {
		return x.refresh(ctx, key, load)
	}
	return value, nil
}

func (x xfetch) refresh(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	began := time.Now()
	value, err := load(ctx)
	if err != nil {
		return "", err
	}
	err = x.client.Do(ctx, x.client.B().Set().Key(key).Value(value).Px(x.client.config.TTL).Build()).Error()
	x.took(int64(time.Since(began)))
	return value, err
}

// took notes how long it took until a loaded value was there.
func (x xfetch) took(ns int64) {
	for {
		shortest := x.shortest.Load()
		if shortest != 0 && shortest <= ns || x.shortest.CompareAndSwap(shortest, ns) {
			return
		}
	}
}

// earlyLoads is how many loads XFetch makes at each refresh, for any rate of
// requests λ: they begin one at the rate λ·exp(−t/Δ) when t is left, so the first
// of them comes, on average, when one was to be expected, and in the time Δ
// until its value is there another e − 1 come.
const earlyLoads = math.E

// coalesced is the anti-pattern with one flight for all callers of a process
// that have missed. The second look that the leader takes in its flight spares
// the load to one that missed just before the last flight landed.
type coalesced struct {
	cache  getter
	flight *singleflight.Group
}

func newCoalesced(client cacheClient) getter {
	return coalesced{stampedingLoads(client), &singleflight.Group{}}
}

// errMissed is what a mere look at the cache returns when there is nothing.
var errMissed = errors.New("missed")

func (c coalesced) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	value, err := c.cache.Get(ctx, key, func(context.Context) (string, error) { return "", errMissed })
	if !errors.Is(err, errMissed) {
		return value, err
	}
	shared, err, _ := c.flight.Do(key, func() (any, error) { return c.cache.Get(ctx, key, load) })
	if err != nil {
		return "", err
	}
	return shared.(string), nil
}

// dyingHolders is the pattern where every other caller that has loaded dies
// before it can keep the value and release the lock: nothing that it sends
// arrives any more.
type dyingHolders struct {
	loader getter
	loads  *atomic.Int64
}

func newDyingHolders(client cacheClient) getter {
	client.config.LockTTL = client.config.TTL
	client.Client = silencer{client.Client}
	return dyingHolders{lockedLoads(client), &atomic.Int64{}}
}

func (d dyingHolders) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	dead := false
	return d.loader.Get(context.WithValue(ctx, deathOf{}, &dead), key, func(ctx context.Context) (string, error) {
		value, err := load(ctx)
		dead = d.loads.Add(1)%2 == 0
		return value, err
	})
}

// deathOf is the key of a context's value that says whether its caller is dead.
type deathOf struct{}

// errDied is what the request of a dead caller returns.
var errDied = errors.New("its caller has died")

// A silencer sends nothing for the dead.
type silencer struct{ rueidis.Client }

func (m silencer) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	if dead, ok := ctx.Value(deathOf{}).(*bool); ok && *dead {
		return rueidis.NewErrorResult(errDied)
	}
	return m.Client.Do(ctx, command)
}
