package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/patterns"
)

type (
	doAllFunc    = func(context.Context, rueidis.Client, []rueidis.Completed) []rueidis.RedisResult
	evidenceFunc = func(*evidence.Delta) float64
)

// refused is the counter of commands that the server refused.
const refused = "refused"

// A job is what an op of the pipelining scenario does: to read keys of its own.
type job struct {
	commands int
	batch    int  // commands that leave together, whose answers are weighed; 0 weighs none
	refused  bool // one command in the middle asks for what its key is not
	// client opens the job's client; nil for the usual one.
	client func(context.Context, *bench.Env) (rueidis.Client, error)
}

// impl makes an op of a function that runs many commands.
func (j job) impl(doAll doAllFunc) bench.Impl {
	return j.prepared(func(j job, client rueidis.Client, env *bench.Env) load.Op {
		return func(ctx context.Context, i int) error {
			commands := make([]rueidis.Completed, j.commands)
			for n := range commands {
				commands[n] = j.command(client.B(), env, i, n)
			}
			results := doAll(ctx, client, commands)
			if len(results) != len(commands) {
				return fmt.Errorf("%w: %d results of %d commands", load.ErrWrongAnswer, len(results), len(commands))
			}
			for n, result := range results {
				if err := j.check(result, env, i, n); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// prepared opens a job's client and, before the clock starts, has one batch
// weighed: thrice, since its bytes may come to the server in pieces.
func (j job) prepared(op func(job, rueidis.Client, *bench.Env) load.Op) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		open := j.client
		if open == nil {
			open = func(ctx context.Context, env *bench.Env) (rueidis.Client, error) { return env.Client(ctx) }
		}
		client, err := open(ctx, env)
		if err != nil {
			return nil, err
		}
		one := j
		one.commands = j.batch
		for n := 0; n < 3 && j.batch > 0; n++ {
			if err := env.Warm(ctx, func(ctx context.Context) error { return op(one, weighed{client, env}, env)(ctx, 0) }); err != nil {
				return nil, err
			}
		}
		env.Count(refused, 0)
		return op(j, timed{client, env}, env), nil
	}
}

// command is command n of job i.
func (j job) command(b rueidis.Builder, env *bench.Env, i, n int) rueidis.Completed {
	key := env.Key(j.key(env, i, n))
	if j.isRefused(n) {
		return b.Llen().Key(key).Build() // of a string: WRONGTYPE
	}
	return b.Get().Key(key).Build()
}

// check checks the answer to command n of job i.
func (j job) check(result rueidis.RedisResult, env *bench.Env, i, n int) error {
	if !j.isRefused(n) {
		return holds(result, env.Data.Value(j.key(env, i, n)))
	}
	err := result.Error()
	if err == nil {
		return fmt.Errorf("%w: LLEN of a string was not refused", load.ErrWrongAnswer)
	}
	if _, ok := rueidis.IsRedisErr(err); !ok {
		return err
	}
	env.Count(refused, 1)
	return nil
}

func (j job) isRefused(n int) bool { return j.refused && n == j.commands/2 }

// key is the number of the key that command n of job i reads.
func (j job) key(env *bench.Env, i, n int) int { return (i*j.commands + n) % env.Data.Keys }

// The pipelining scenario's variants.
const (
	mget     = "MGET"
	mset     = "MSET"
	multi    = "MULTI/EXEC in a pipeline"
	sharing  = "100 callers on one connection"
	onefails = "a pipeline with a failing command"
)

func pipelineVariants() []bench.Variant {
	hundred := job{commands: jobCommands, batch: jobCommands}
	return []bench.Variant{
		{Name: mget, About: "One command for all keys: the cheapest where one fits. Redis runs it in one go, so thousands of keys stall the others; in a cluster all keys must share a slot.", Impl: hundred.mget()},
		{Name: mset, About: "The same for writing, where the others read: all keys get their values at one moment, and lose their time to live, which MSET cannot set.", Impl: hundred.mset(),
			Alone: "MSET drops the time to live of the keys that it writes, and each key of redisduel's on a server of others has to have one"},
		{Name: multi, About: "The same pipeline as a transaction: it buys that nobody sees the middle, at the price of twice the answers; it is no faster.", Impl: hundred.impl(transaction)},
		{Name: sharing, About: "100 goroutines that send one command each over a connection that the client shares: it makes a pipeline of them by itself, so a program that is concurrent anyway has little left to gain.", Impl: job{commands: jobCommands, client: sharedClient}.impl(concurrently)},
		{Name: onefails, About: "One of the 100 commands is refused: the others are answered as usual, and each result has to be looked at.", Impl: job{commands: jobCommands, refused: true}.impl(patterns.DoAll)},
	}
}

// pipelineVariantChecks prove what each variant is.
func pipelineVariantChecks() []bench.Check {
	return []bench.Check{
		{Name: "MGET calls per job", Side: mget, Of: perOp(bench.Calls("mget")), Min: 1, Max: 1},
		{Name: "MSET calls per job", Side: mset, Of: perOp(bench.Calls("mset")), Min: 1, Max: 1},
		{Name: "EXEC calls per job", Side: multi, Of: perOp(bench.Calls("exec")), Min: 1, Max: 1},
		{Name: "GET calls per command", Side: multi, Of: perCommand(bench.Calls("get")), Min: 1, Max: 1},
		{Name: "GET calls per command", Side: sharing, Of: perCommand(bench.Calls("get")), Min: 1, Max: 1},
		// The client writes what has queued up by the time it looks.
		{Name: "server reads per command", Side: sharing, Of: perCommand(bench.Reads), Min: 1. / jobCommands, Max: 0.5},
		{Name: "commands refused per job", Side: onefails, Of: func(t *bench.Trial) float64 { return bench.Count(t, refused) / float64(t.Load.Attempts) }, Min: 1, Max: 1},
	}
}

// transaction runs commands as a transaction; one that did not run gives all of
// them its error.
func transaction(ctx context.Context, client rueidis.Client, commands []rueidis.Completed) []rueidis.RedisResult {
	results, err := patterns.Transact(ctx, client, commands)
	if err != nil {
		return slices.Repeat([]rueidis.RedisResult{rueidis.NewErrorResult(err)}, len(commands))
	}
	return results
}

// concurrently runs each command in a goroutine of its own.
func concurrently(ctx context.Context, client rueidis.Client, commands []rueidis.Completed) []rueidis.RedisResult {
	results := make([]rueidis.RedisResult, len(commands))
	var wg sync.WaitGroup
	for n, command := range commands {
		wg.Go(func() { results[n] = client.Do(ctx, command) })
	}
	wg.Wait()
	return results
}

// sharedClient opens a client that has all callers share one connection, as
// rueidis does unless told otherwise.
func sharedClient(ctx context.Context, env *bench.Env) (rueidis.Client, error) {
	option := env.Option()
	option.DisableAutoPipelining = false
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	env.Defer(client.Close)
	return client, client.Do(ctx, client.B().Ping().Build()).Error()
}

// mget makes an op that reads a job's keys by one command.
func (j job) mget() bench.Impl {
	return j.prepared(func(j job, client rueidis.Client, env *bench.Env) load.Op {
		return func(ctx context.Context, i int) error {
			keys := make([]string, j.commands)
			for n := range keys {
				keys[n] = env.Key(j.key(env, i, n))
			}
			values, err := client.Do(ctx, client.B().Mget().Key(keys...).Build()).AsStrSlice()
			if err != nil {
				return err
			}
			for n, got := range values {
				if want := env.Data.Value(j.key(env, i, n)); got != want {
					return fmt.Errorf("%w: got %q, want %q", load.ErrWrongAnswer, got, want)
				}
			}
			return nil
		}
	})
}

// mset makes an op that gives a job's keys the values that they have, by one
// command.
func (j job) mset() bench.Impl {
	return j.prepared(func(j job, client rueidis.Client, env *bench.Env) load.Op {
		return func(ctx context.Context, i int) error {
			set := client.B().Mset().KeyValue()
			for n := range j.commands {
				key := j.key(env, i, n)
				set = set.KeyValue(env.Key(key), env.Data.Value(key))
			}
			return client.Do(ctx, set.Build()).Error() // it answers OK or an error
		}
	})
}
