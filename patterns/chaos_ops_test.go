//go:build unix

package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// chaosOps are the patterns, each used so that its answer can be told from
// every other one.
type chaosOps struct {
	t      *testing.T
	client rueidis.Client
	pool   *patterns.Pool
	kinds  []chaosOp
	tokens atomic.Int64
	late   atomic.Int64 // ns, the most that an op took beyond its deadline

	echo, add *patterns.Script
	adds      atomic.Int64 // calls of add that ran or may have run
	mu        sync.Mutex
	added     map[string][]int64 // what add answered, by the life of the server
}

// A chaosOp does something with a token that nobody else has.
type chaosOp struct {
	name string
	op   func(ctx context.Context, token string) error
}

// addOnceBody counts all calls and how often this one ran. The first one names
// the life of the server, which is part of each answer.
const addOnceBody = `
redis.call('SET', KEYS[2], ARGV[1], 'NX')
local ran, all = redis.call('INCR', KEYS[3]), redis.call('INCR', KEYS[1])
return {redis.call('GET', KEYS[2]), tostring(all), tostring(ran)}`

func newChaosOps(t *testing.T, c *chaos) *chaosOps {
	client, err := rueidis.NewClient(c.option())
	if err != nil {
		t.Fatal(err)
	}
	pool, err := patterns.NewPool(c.option(), patterns.PoolConfig{Size: 4, HealthCheck: 50 * time.Millisecond})
	if err != nil {
		client.Close()
		t.Fatal(err)
	}
	c.closed = append(c.closed, client.Close, pool.Close)
	o := &chaosOps{
		t: t, client: client, pool: pool, added: map[string][]int64{},
		echo: patterns.NewScript(`return ARGV[1]`), add: patterns.NewScript(addOnceBody),
	}
	o.kinds = []chaosOp{
		{"a script", o.script}, {"a script that counts", o.count}, {"a pipeline of scripts", o.scripts},
		{"a pipeline", o.pipeline}, {"a transaction", o.transact}, {"a cache", o.cache(client)},
		{"a loader", o.loader(client)}, {"a lock", o.lock}, {"a record", o.record},
		{"a pool", o.lend}, {"a held connection", o.hold},
	}
	return o
}

func (o *chaosOps) token() string { return fmt.Sprint("token-", o.tokens.Add(1)) }

// timed is an op of a load; it notes how late it ends.
func (o *chaosOps) timed(ctx context.Context, i int) error {
	deadline, _ := ctx.Deadline() // the load sets one
	kind := o.kinds[i%len(o.kinds)]
	err := kind.op(ctx, o.token())
	late := int64(time.Since(deadline))
	for old := o.late.Load(); late > old && !o.late.CompareAndSwap(old, late); old = o.late.Load() {
	}
	if class := bench.Classify(err); err != nil && (class.Name == load.ClassWrong || class.Name == load.ClassOther) {
		o.t.Errorf("%s: %v", kind.name, err)
	}
	return err
}

// check looks at what all calls together show.
func (o *chaosOps) check() {
	o.t.Logf("an op ended at most %v after its deadline", time.Duration(o.late.Load()))
	if late := time.Duration(o.late.Load()); late > chaosGrace {
		o.t.Errorf("an op ended %v after its deadline, want at most %v", late, chaosGrace)
	}
	ran := int64(0)
	for life, answers := range o.added {
		slices.Sort(answers)
		if distinct := len(slices.Compact(slices.Clone(answers))); distinct != len(answers) {
			o.t.Errorf("in the life %s, %d calls share an answer", life, len(answers)-distinct)
		}
		ran += answers[len(answers)-1]
	}
	if most := o.adds.Load(); ran == 0 || ran > most {
		o.t.Errorf("%d calls ran, want 1 to %d: those that succeeded or may have", ran, most)
	}
}

// matches compares an answer with what it must be.
func matches(got string, err error, want string) error {
	if err == nil && got != want {
		return fmt.Errorf("%w: %q, want %q", load.ErrWrongAnswer, got, want)
	}
	return err
}

func (o *chaosOps) script(ctx context.Context, token string) error {
	got, err := o.echo.Run(ctx, o.client, nil, []string{token}).ToString()
	return matches(got, err, token)
}

func (o *chaosOps) count(ctx context.Context, token string) error {
	got, err := o.add.Run(ctx, o.client, []string{"added", "life", "ran " + token}, []string{token}).AsStrSlice()
	if err == nil || bench.Classify(err).Unknown {
		o.adds.Add(1)
	}
	if err != nil {
		return err
	}
	if len(got) != 3 || got[2] != "1" {
		return fmt.Errorf("%w: %q, want that it ran once", load.ErrWrongAnswer, got)
	}
	n, err := strconv.ParseInt(got[1], 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %q", load.ErrWrongAnswer, got)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.added[got[0]] = append(o.added[got[0]], n)
	return nil
}

func (o *chaosOps) scripts(ctx context.Context, token string) error {
	calls := make([]patterns.Call, 10)
	for i := range calls {
		calls[i] = patterns.Call{Script: o.echo, Args: []string{fmt.Sprint(token, "/", i)}}
	}
	return eachIsItsOwn(patterns.RunAll(ctx, o.client, calls), token)
}

func (o *chaosOps) pipeline(ctx context.Context, token string) error {
	commands := make([]rueidis.Completed, 2*patterns.PipelineDepth)
	for i := range commands {
		commands[i] = o.client.B().Echo().Message(fmt.Sprint(token, "/", i)).Build()
	}
	return eachIsItsOwn(patterns.DoAll(ctx, o.client, commands), token)
}

// eachIsItsOwn wants each answer in its place, those beside a lost one too.
func eachIsItsOwn(results []rueidis.RedisResult, token string) (first error) {
	for i, result := range results {
		got, err := result.ToString()
		err = matches(got, err, fmt.Sprint(token, "/", i))
		if first == nil || errors.Is(err, load.ErrWrongAnswer) {
			first = err
		}
	}
	return first
}

func (o *chaosOps) transact(ctx context.Context, token string) error {
	b := o.client.B()
	results, err := patterns.Transact(ctx, o.client, []rueidis.Completed{
		b.Set().Key("transacted").Value(token).Build(), b.Get().Key("transacted").Build(),
	})
	if err != nil {
		return err
	}
	if len(results) != 2 {
		return fmt.Errorf("%w: %d results, want 2", load.ErrWrongAnswer, len(results))
	}
	got, err := results[1].ToString()
	return matches(got, err, token)
}

// valueOf is what the backend has under a key.
func valueOf(key string) string { return "value of " + key }

// hot turns the token into one of a few keys, so that they are hit.
func hot(kind, token string) string { return kind + token[max(0, len(token)-2):] }

func (o *chaosOps) cache(client rueidis.Client) func(context.Context, string) error {
	cache, err := patterns.NewCache(client, patterns.CacheConfig{TTL: 100 * time.Millisecond})
	if err != nil {
		o.t.Fatal(err)
	}
	return func(ctx context.Context, token string) error {
		key := hot("cached", token)
		got, err := cache.Get(ctx, key, func(context.Context) (string, error) { return valueOf(key), nil })
		return matches(got, err, valueOf(key))
	}
}

func (o *chaosOps) loader(client rueidis.Client) func(context.Context, string) error {
	loader := patterns.NewLoader(client, patterns.LoaderConfig{TTL: 100 * time.Millisecond, LockTTL: 200 * time.Millisecond})
	return func(ctx context.Context, token string) error {
		key := hot("loaded", token)
		got, err := loader.Get(ctx, key, func(context.Context) (string, error) { return valueOf(key), nil })
		return matches(got, err, valueOf(key))
	}
}

// lock has a name of its own, so that nobody else can hold it.
func (o *chaosOps) lock(ctx context.Context, token string) error {
	lock, err := patterns.TryLock(ctx, o.client, token, time.Minute)
	if errors.Is(err, patterns.ErrLocked) {
		return fmt.Errorf("%w: %w", load.ErrWrongAnswer, err)
	}
	if err != nil {
		return err
	}
	if lock.Fence() != 1 {
		return fmt.Errorf("%w: the first fencing token is %d", load.ErrWrongAnswer, lock.Fence())
	}
	err = lock.Release(ctx)
	if errors.Is(err, patterns.ErrLost) {
		return nil // the server that knew of it is no more
	}
	return err
}

func (o *chaosOps) record(ctx context.Context, token string) error {
	records := patterns.NewRecords(o.client)
	if err := records.Set(ctx, token, map[string]string{"a": token, "b": "b"}); err != nil {
		return err
	}
	got, err := records.Get(ctx, token, "a")
	if err == nil && len(got) == 0 {
		return nil // the server that knew of it is no more
	}
	return matches(got["a"], err, token)
}

func (o *chaosOps) lend(ctx context.Context, token string) error {
	got, err := o.pool.Do(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Echo().Message(token).Build() }).ToString()
	return matches(got, err, token)
}

func (o *chaosOps) hold(ctx context.Context, token string) error {
	return o.pool.Hold(ctx, func(c rueidis.CommandClient) error {
		for range 2 {
			got, err := c.Do(ctx, c.B().Echo().Message(token).Build()).ToString()
			if err := matches(got, err, token); err != nil {
				return err
			}
		}
		return nil
	})
}
