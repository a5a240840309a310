package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// otherKey names a small key in the slot of the single hot key.
func otherKey(name func(string) string, n uint64) string {
	return fmt.Sprintf("%s:{%s}", name(fmt.Sprint("user:", n)), name("hot"))
}

func otherValue(n uint64) string { return fmt.Sprintf("%0*d", otherSize, n) }

// amongOthers makes an op of an action on the hot key, for one op in four, taken at
// random so that what is Poisson stays Poisson, and of reads of other keys. The
// keys of the action are named to open connections to their nodes.
func amongOthers(ctx context.Context, env *bench.Env, client rueidis.Client, keys []string, hot func(context.Context, uint64) error) (load.Op, error) {
	op := func(ctx context.Context, i int) error {
		action, name := hot, "hot"
		asks, n := roll(i, env.Setting.Seed)
		if asks {
			env.Count(hotAsked, 1)
		} else {
			action, name = func(ctx context.Context, n uint64) error { return readOther(ctx, env, client, n%otherKeys) }, "other"
		}
		began := time.Now()
		err := action(ctx, n)
		if err == nil {
			env.Observe(name, time.Since(began))
		}
		return err
	}
	all := append(slices.Clone(keys), otherKey(env.Name, 0))
	return op, env.Warm(ctx, visiting(client, all))
}

// hotAsked counts the ops that ask for the hot key.
const hotAsked = "ops that asked for the hot key"

// roll says whether op i asks for the hot key, and gives it a number for its own use.
func roll(i int, seed uint64) (hot bool, n uint64) {
	dice := rand.NewPCG(uint64(i), seed)
	return dice.Uint64()%4 == 0, dice.Uint64()
}

// visiting asks for keys to open connections to their nodes, with a command that
// is no read of them to the server.
func visiting(client rueidis.Client, keys []string) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, key := range keys {
			if err := client.Do(ctx, client.B().Exists().Key(key).Build()).Error(); err != nil {
				return err
			}
		}
		return nil
	}
}

func readOther(ctx context.Context, env *bench.Env, client rueidis.Client, n uint64) error {
	return holds(client.Do(ctx, client.B().Getrange().Key(otherKey(env.Name, n)).Start(0).End(-1).Build()), otherValue(n))
}

// hotData writes every key that a side or a variant reads.
func hotData(ctx context.Context, stage *bench.Stage, copies int) error {
	names, err := hotNames(stage.Name, copies)
	if err != nil {
		return err
	}
	set := func(name, value string) rueidis.Completed {
		return stage.Client.B().Arbitrary("SET").Keys(name).Args(value).Args(stage.Expiry()...).Build()
	}
	return stage.Do(ctx, func(yield func(rueidis.Completed) bool) {
		value := hotContent()
		for _, name := range names {
			if !yield(set(name, value)) {
				return
			}
		}
		for n := range uint64(otherKeys) {
			if !yield(set(otherKey(stage.Name, n), otherValue(n))) {
				return
			}
		}
	})
}

// hotWrites names what hotData writes, and the counters. What cannot be named
// cannot have been written.
func hotWrites(set bench.Setting, copies int) iter.Seq[string] {
	return func(yield func(string) bool) {
		names, _ := hotNames(set.Name, copies)
		for n := range uint64(otherKeys) {
			names = append(names, otherKey(set.Name, n))
		}
		if set.Primaries == nil { // the counters are for servers of our own
			parts, _ := patterns.Shards(set.Name("visits"), hotNodes)
			names = append(append(names, parts...), set.Name("visits"))
		}
		for _, name := range names {
			if !yield(strings.TrimPrefix(name, set.Name(""))) {
				return
			}
		}
	}
}

// hotNames are the single key, the pattern's copies and those with a hash tag.
func hotNames(name func(string) string, copies int) ([]string, error) {
	names, err := patterns.Shards(name("hot"), copies)
	if err != nil {
		return nil, err
	}
	tagged, err := taggedNames(name)
	return append(append(names, name("hot")), tagged...), err
}

// taggedNames share the single key's slot.
func taggedNames(name func(string) string) ([]string, error) {
	names, err := antipatterns.Shards(name("hot"), hotNodes)
	for i := range names {
		names[i] = name(names[i])
	}
	return names, err
}

// noExpiry is why the counters are for servers of our own.
const noExpiry = "INCRBY makes keys without a time to live, and each key of redisduel's on a server of others has to have one"

func hotVariants() []bench.Variant {
	return []bench.Variant{
		{Name: hotTagged, About: "Copies with a common hash tag all lie on one node: a write to each of them, and nothing gained. It is for keys that a transaction or a script needs together.", Impl: hotTaggedReads},
		{Name: hotCached, About: "The client keeps the value and the server tells it of a change: hardly any reads are left to spread. Better than copies wherever a value may be old for the time a message takes, and the clients read it more often than it changes.", Impl: hotCachedReads},
		{Name: hotRewritten, About: "One action in ten on the hot key writes it, all copies at once: a reader who is served in turn can see the new value and then the old one again, until the write has reached the last copy.", Impl: rewrites(patterns.NewHotKey)},
		{Name: oneRewritten, About: "The same with one key, the twin of the copies that are rewritten: it changes for all readers at the same moment.", Impl: rewrites(antipatterns.NewHotKey)},
		{Name: countParts, About: "Nine INCRBY to one of three parts for each Sum over all: K parts on M nodes pay off as soon as r·(K/M − 1) < w·(1 − 1/M), which for K = M is always, but each Sum costs K commands.", Alone: noExpiry, Impl: counts(patterns.NewCounter)},
		{Name: countSingle, About: "The same with one key: the twin of the counter in parts. The sum costs one command and is exact at its moment.", Alone: noExpiry, Impl: counts(antipatterns.NewCounter)},
	}
}

func hotVariantChecks(nodes int) []bench.Check {
	const imbalance = "busiest node / mean, calls"
	return []bench.Check{
		{Name: imbalance, Side: hotTagged, Of: unevenCalls, Min: nearlyAll * float64(nodes), Max: float64(nodes)},
		{Name: "calls for the hot key per op", Side: hotCached, Of: perOp(hotCalls), Min: 0, Max: 0.01},
		// A sum has its K calls at once, one on each node, so it does not tip the scales.
		{Name: imbalance, Side: countParts, Of: unevenCalls, Min: 1, Max: 1.1},
		{Name: imbalance, Side: countSingle, Of: unevenCalls, Min: nearlyAll * hotNodes, Max: hotNodes},
		// A node runs one command after the other, so nobody who has seen the new value sees the old one.
		{Name: hotBack, Side: oneRewritten, Of: tallied(backCount), Min: 0, Max: 0},
		{Name: "writes of the hot key", Side: hotRewritten, Of: tallied(rewriteCount), Min: 5, Max: 1e4},
		{Name: "writes of the hot key", Side: oneRewritten, Of: tallied(rewriteCount), Min: 5, Max: 1e4},
		{Name: "adds missing from the sum", Side: countParts, Of: countLost, Min: 0, Max: 0},
		{Name: "adds missing from the sum", Side: countSingle, Of: countLost, Min: 0, Max: 0},
	}
}

// hotTaggedReads reads copies that share a hash tag in turn.
func hotTaggedReads(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	names, err := taggedNames(env.Name)
	if err != nil {
		return nil, err
	}
	choose, want := patterns.RoundRobin(), hotContent()
	return amongOthers(ctx, env, client, names, func(ctx context.Context, _ uint64) error {
		got, err := client.Do(ctx, client.B().Get().Key(names[choose(ctx, len(names))]).Build()).ToString()
		return isHot(want, got, err)
	})
}

// hotCachedReads reads the single key through a client-side cache.
func hotCachedReads(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	option := env.Option()
	option.DisableCache = false
	caching, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	env.Defer(caching.Close)
	want := hotContent()
	read := func(ctx context.Context, _ uint64) error {
		got, err := caching.DoCache(ctx, caching.B().Get().Key(env.Name("hot")).Cache(), time.Minute).ToString()
		return isHot(want, got, err)
	}
	if err := read(ctx, 0); err != nil {
		return nil, err
	}
	return amongOthers(ctx, env, client, nil, read)
}
