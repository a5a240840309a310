package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

const (
	lfuPage     = 20    // reads of an op
	lfuRate     = 500.0 // ops a second
	lfuPopular  = 50_000
	lfuMemory   = "8mb"
	lfuCapacity = 9_400 // values of 512 bytes in 8 MB, as DBSIZE gave it at the end of trials
	lfuScan     = 0.75  // of the reads, while the scan goes on
	lfuSampled  = 500   // most popular keys that are looked at in the end
)

// The phases of a trial, from its start. LRU's clock ticks once a second, so the
// cache must take longer than that to turn over, and the trials are long.
const (
	lfuFill     = 800 * time.Millisecond  // popular keys alone
	lfuWarmup   = 1900 * time.Millisecond // then the scan, until LRU's cache has turned over
	lfuMeasured = 1100 * time.Millisecond
)

// Names of metrics that the predictions and the finding use.
const (
	lfuHits   = "hit ratio of the popular keys"
	lfuMisses = "reads of popular keys that miss"
)

// lfu compares the two evictions on a cache that a one-off scan goes through.
func lfu() bench.Scenario {
	s := lfuOf(workload{scan: lfuScan})
	s.Quick = func() bench.Scenario {
		quick := lfuOf(workload{scan: lfuScan})
		quick.Rounds = 1
		return quick
	}
	s.Sweeps = []bench.Sweep{{
		Name:      "moved",
		Parameter: "share of the popular keys that give way to others", Linear: true, Values: []float64{0, 0.25, 0.5, 1},
		At: func(moved float64) bench.Scenario {
			return lfuOf(workload{scan: lfuScan, moved: moved})
		},
		Predict: func(_ bench.Setting, moved float64) (pattern, antipattern float64) {
			w := workload{scan: lfuScan, moved: moved}
			return 100 * w.underLFU(), 100 * w.underLRU()
		},
		Formula: lfuFormula + "; " + lruFormula + "; over the 1.1 s after the keys gave way",
	}}
	return s
}

const (
	lruFormula = "LRU: Che's approximation, Σ pᵢ(1 − e^(−λpᵢT)), with T such that the keys read within T fill the cache"
	lfuFormula = "LFU: a key that was hit once is safe, and any other is evicted at random, step by step"
)

// lfuOf is the duel under a workload.
func lfuOf(w workload) bench.Scenario {
	return bench.Scenario{
		Name:  "lfu",
		Title: "allkeys-lfu ↔ allkeys-lru under a one-off scan",
		Claim: "Keys that are read once push popular keys out of an LRU cache; LFU tells them apart by one hit.",
		Twin: bench.Twin{Note: "Both sides read through the same cache and differ in a setting of the server: maxmemory-policy is allkeys-lfu for the pattern " +
			"(as MemoryPolicy in patterns/policy.go sets it) and allkeys-lru for the anti-pattern."},
		Primary: bench.Metric{Name: lfuHits, Unit: "%", Better: stats.Higher, Of: hitRatio, Untimed: true},
		Metrics: []bench.Metric{
			{Name: lfuMisses, Unit: "%", Better: stats.Lower, Of: func(t *bench.Trial) float64 { return 100 - hitRatio(t) }, Untimed: true},
			bench.PerOp("evictions per read", "evictions", lfuPage, bench.Counter("evicted_keys")),
			bench.Counted("keys in the cache at the end", "keys", stats.Higher, "keys"),
			bench.MedianResponse("median for a page of 20 reads"),
		},
		Checks: []bench.Check{
			{Name: "of 500 popular keys, those with an access frequency", Side: bench.Pattern, Of: tallied("frequencies"), Min: lfuSampled / 2, Max: lfuSampled},
			{Name: "of 500 popular keys, those with an access frequency", Side: bench.AntiPattern, Of: tallied("frequencies"), Min: 0, Max: 0},
			{Name: "ticks of the LRU clock since a key's last access, at most", Side: bench.AntiPattern, Of: tallied("idle seconds"), Min: 1, Max: 5},
			// A cache that never fills evicts nothing, and both policies are the same.
			{Name: "evictions per read", Side: bench.Pattern, Of: evictionsPerRead, Min: 0.1, Max: 1},
			{Name: "evictions per read", Side: bench.AntiPattern, Of: evictionsPerRead, Min: 0.1, Max: 1},
		},
		Topology:    bench.Topology{Config: []string{"maxmemory " + lfuMemory}},
		Before:      emptied,
		After:       countKeys,
		Load:        lfuLoad,
		RoundTrips:  2,
		Rounds:      3, // long ones
		Pattern:     w.reads("allkeys-lfu"),
		AntiPattern: w.reads("allkeys-lru"),
		Predict: func(bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: lfuHits, Value: stats.Float(100 * w.underLFU()), Formula: lfuFormula},
				{Side: bench.AntiPattern, Metric: lfuHits, Value: stats.Float(100 * w.underLRU()), Formula: lruFormula},
			}
		},
		Finding: says("During a one-off scan LRU answered %s of the reads of popular keys and LFU %s.", twins(lfuHits)...),
		Also: also(
			func(*bench.Duel) string {
				return fmt.Sprintf("The scan read %.0f cold keys for each popular one.", lfuScan/(1-lfuScan))
			},
			func(*bench.Duel) string {
				return "LFU forgets by a step a minute, which trials of " + quantity.Asked(lfuWarmup+lfuMeasured) +
					" leave out; after a change of the popular keys LRU can be the better one (see the sweep)."
			},
		),
	}
}

func lfuLoad(set bench.Setting) load.Spec {
	return load.Spec{
		Mode: load.Open, Arrivals: load.Constant, Rate: lfuRate, Workers: 128 + int(4*lfuRate*set.RTT.Seconds()),
		Warmup: lfuWarmup, Duration: lfuMeasured,
	}
}

// hitRatio is that of the popular keys in the measured phase, in percent. It does
// not matter whether a read comes some milliseconds late: LRU's clock counts
// seconds, and LFU's minutes. NaN where the load ended before that phase, as in a
// Go benchmark of less than some 1,000 iterations.
func hitRatio(t *bench.Trial) float64 { return 100 * bench.Count(t, "hits") / bench.Count(t, "reads") }

func tallied(name string) func(*bench.Trial) float64 {
	return func(t *bench.Trial) float64 { return bench.Count(t, name) }
}

func evictionsPerRead(t *bench.Trial) float64 {
	return perOp(bench.Counter("evicted_keys"))(t) / lfuPage
}

// emptied empties the cache, which is our own server's, and keeps the trial clear
// of the turn of a minute by the server's clock: there LFU's counters lose a
// step, and a key that was hit once is as good as new. A trial across it is a
// different one, and one in twenty would be.
func emptied(ctx context.Context, stage *bench.Stage, _ string) error {
	if err := stage.Client.Do(ctx, stage.Client.B().Flushall().Build()).Error(); err != nil {
		return err
	}
	now, err := stage.Client.Do(ctx, stage.Client.B().Time().Build()).AsStrSlice()
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(now[0], 10, 64)
	if err != nil {
		return err
	}
	left := time.Minute - time.Duration(seconds%60)*time.Second
	if left > lfuWarmup+lfuMeasured+2*time.Second { // some of which it takes to start
		return nil
	}
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func countKeys(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	n, err := stage.Client.Do(ctx, stage.Client.B().Dbsize().Build()).AsInt64()
	trial.Counts["keys"] = n
	return err
}

// reads makes an op of a page: read 20 keys in a pipeline, and write those that
// were missing in another. Each op draws the same keys on both sides.
func (w workload) reads(policy string) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		// One connection for all pages, so that buffers of many do not take the
		// memory that is the cache's, more in one trial than in the next.
		option := env.Option()
		option.DisableAutoPipelining = false
		client, err := rueidis.NewClient(option)
		if err != nil {
			return nil, err
		}
		env.Defer(client.Close)
		set := client.B().ConfigSet().ParameterValue().ParameterValue("maxmemory-policy", policy).Build()
		if err := client.Do(ctx, set).Error(); err != nil {
			return nil, err
		}
		env.Count("hits", 0)
		env.Count("reads", 0)
		env.AtEnd(func(ctx context.Context) error { return lookBack(ctx, env, client) })
		c := cache{env: env, client: client, popularity: newZipf(lfuPopular), value: strings.Repeat("v", 512), load: w}
		return c.page, nil
	}
}

// A cache is one side's cache-aside.
type cache struct {
	env        *bench.Env
	client     rueidis.Client
	popularity zipf
	value      string
	load       workload
}

// page is the op.
func (c *cache) page(ctx context.Context, i int) error {
	keys := c.load.draw(i, c.env.Setting.Seed, c.popularity)
	gets := make([]rueidis.Completed, len(keys))
	for n, key := range keys {
		gets[n] = c.client.B().Get().Key(c.env.Name(key)).Build()
	}
	var sets []rueidis.Completed
	hits, reads := int64(0), int64(0)
	for n, result := range c.client.DoMulti(ctx, gets...) {
		popular := keys[n][0] == 'p'
		if popular {
			reads++
		}
		err := holds(result, c.value)
		switch {
		case rueidis.IsRedisNil(err):
			sets = append(sets, c.client.B().Set().Key(c.env.Name(keys[n])).Value(c.value).Build())
		case err != nil:
			return err
		case popular:
			hits++
		}
	}
	if i >= int(lfuRate*lfuWarmup.Seconds()) {
		c.env.Count("hits", hits)
		c.env.Count("reads", reads)
	}
	return firstError(c.client.DoMulti(ctx, sets...))
}

func firstError(results []rueidis.RedisResult) error {
	for _, result := range results {
		if err := result.Error(); err != nil {
			return err
		}
	}
	return nil
}

// draw names the keys of page i.
func (w workload) draw(i int, seed uint64, popularity zipf) []string {
	dice := rand.New(rand.NewPCG(uint64(i), seed))
	at := time.Duration(float64(i) / lfuRate * float64(time.Second))
	keys := make([]string, lfuPage)
	for n := range keys {
		cold, rank := dice.Float64() < w.scan, popularity.rank(dice.Float64())
		switch {
		case at >= lfuFill && cold:
			keys[n] = fmt.Sprint("cold:", i*lfuPage+n)
		case at >= lfuWarmup && w.gaveWay(rank):
			keys[n] = fmt.Sprint("popular:", rank, ":new")
		default:
			keys[n] = fmt.Sprint("popular:", rank)
		}
	}
	return keys
}

// gaveWay says whether the key of a rank is one of those that others replace,
// which are evenly spread over the ranks.
func (w workload) gaveWay(rank int) bool { return float64(rank%8) >= 8*(1-w.moved) }

// A zipf is the cumulative popularity of keys of which the i'th, from 1, is read
// in proportion to 1/i.
type zipf []float64

func newZipf(keys int) zipf {
	z, sum := make(zipf, keys), 0.0
	for i := range z {
		sum += 1 / float64(i+1)
		z[i] = sum
	}
	for i := range z {
		z[i] /= sum
	}
	return z
}

// rank is the key, from 0, at a share of the popularity in [0, 1).
func (z zipf) rank(share float64) int { return min(sort.SearchFloat64s(z, share), len(z)-1) }

// lookBack asks the server what it knows of the most popular keys: how often
// they were read, which it only knows under LFU, and how long ago.
func lookBack(ctx context.Context, env *bench.Env, client rueidis.Client) error {
	frequencies, longest := int64(0), int64(math.MinInt64)
	var commands []rueidis.Completed
	for key := range topKeys(env) {
		commands = append(commands, client.B().ObjectFreq().Key(key).Build(), client.B().ObjectIdletime().Key(key).Build())
	}
	for i, result := range client.DoMulti(ctx, commands...) {
		n, err := result.AsInt64()
		switch _, refused := rueidis.IsRedisErr(err); {
		case refused || rueidis.IsRedisNil(err): // the other policy's question, or evicted
		case err != nil:
			return err
		case i%2 == 0:
			frequencies++
		default:
			longest = max(longest, n)
		}
	}
	env.Count("frequencies", frequencies)
	if longest >= 0 {
		env.Count("idle seconds", longest)
	}
	return nil
}

// topKeys are the most popular keys, and some that are less so.
func topKeys(env *bench.Env) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rank := range lfuSampled {
			if !yield(env.Name(fmt.Sprint("popular:", rank))) {
				return
			}
		}
	}
}
