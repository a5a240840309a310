package scenarios

import (
	"context"
	"fmt"
	"math"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// scriptFlushed is the pattern on a server that somebody makes forget its
// scripts again and again.
func scriptFlushed(bytes int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		vandal, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		call, err := scriptCalls(patterns.NewScript, bytes)(ctx, env)
		return func(ctx context.Context, i int) error {
			if i%flushEvery == 0 {
				if err := vandal.Do(ctx, vandal.B().ScriptFlush().Build()).Error(); err != nil {
					return err
				}
			}
			return call(ctx, i)
		}, err
	}
}

// scriptPipelines is the pattern with 100 calls to an op.
func scriptPipelines(bytes int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		s := patterns.NewScript(scriptOf(bytes))
		env.AtEnd(func(context.Context) error {
			env.Count("recoveries", s.Recoveries())
			return nil
		})
		return scriptBatches(env, func(ctx context.Context) []rueidis.RedisResult {
			calls := make([]patterns.Call, scriptBatch)
			for n := range calls {
				calls[n] = patterns.Call{Script: s, Keys: []string{env.Key(n % scriptKeys)}}
			}
			return patterns.RunAll(ctx, client, calls)
		}), s.Load(ctx, client)
	}
}

// bodyPipelines is the anti-pattern with 100 calls to an op.
func bodyPipelines(bytes int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		body := scriptOf(bytes)
		env.Count("recoveries", 0) // what is sent each time cannot be missing
		return scriptBatches(env, func(ctx context.Context) []rueidis.RedisResult {
			commands := make([]rueidis.Completed, scriptBatch)
			for n := range commands {
				commands[n] = client.B().Eval().Script(body).Numkeys(1).Key(env.Key(n % scriptKeys)).Build()
			}
			return client.DoMulti(ctx, commands...)
		}), nil
	}
}

// scriptBatches makes an op of a function that makes 100 calls, the n'th of which
// reads key n modulo scriptKeys.
func scriptBatches(env *bench.Env, run func(context.Context) []rueidis.RedisResult) load.Op {
	env.Count("calls", 0)
	return func(ctx context.Context, _ int) error {
		env.Count("calls", scriptBatch)
		for n, result := range run(ctx) {
			if err := holds(result, env.Data.Value(n%scriptKeys)); err != nil {
				return err
			}
		}
		return nil
	}
}

// functionCalls is the same script as a function, loaded before the clock
// starts as the scripts are.
func functionCalls(bytes int) bench.Impl {
	const name = "readkey"
	library := fmt.Sprintf("#!lua name=redisduel\nredis.register_function('%s', function(KEYS, ARGV) %s\nend)", name, scriptOf(bytes))
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		env.Count("calls", 0)
		env.Count("recoveries", 0) // there is nothing to recover from
		return func(ctx context.Context, i int) error {
			env.Count("calls", 1)
			n := i % scriptKeys
			return holds(client.Do(ctx, client.B().Fcall().Function(name).Numkeys(1).Key(env.Key(n)).Build()), env.Data.Value(n))
		}, client.Do(ctx, client.B().FunctionLoad().Replace().FunctionCode(library).Build()).Error()
	}
}

// flushScripts gives each trial a server without scripts. It is ours: the
// topology says so.
func flushScripts(ctx context.Context, stage *bench.Stage, _ string) error {
	return stage.Client.Do(ctx, stage.Client.B().ScriptFlush().Build()).Error()
}

// countScripts adds to the trial's counts what the server keeps for scripts.
func countScripts(ctx context.Context, stage *bench.Stage, t *bench.Trial) error {
	stated, err := evidence.Fields(ctx, stage.Client, "number_of_cached_scripts", "used_memory_vm_eval", "used_memory_scripts_eval")
	if err != nil {
		return err
	}
	if t.Counts == nil {
		t.Counts = map[string]int64{}
	}
	for name, n := range stated {
		t.Counts[name] = int64(n)
	}
	return nil
}

// scriptMemory is what the server holds for scripts when a trial ends: their
// text, and the Lua machine with what it has compiled, which takes some 40 kB
// when it is empty.
func scriptMemory() bench.Metric {
	return bench.Metric{Name: "memory for scripts at the end", Unit: "B", Better: stats.Lower, Untimed: true, Of: func(t *bench.Trial) float64 {
		return bench.Count(t, "used_memory_vm_eval") + bench.Count(t, "used_memory_scripts_eval")
	}}
}

// perScriptCall is a number of the server's counters for each call of a script,
// of which an op may make many.
func perScriptCall(name, unit string, of func(*evidence.Delta) float64) bench.Metric {
	return bench.Metric{Name: name, Unit: unit, Better: stats.Lower, Of: func(t *bench.Trial) float64 {
		if t.Evidence == nil {
			return math.NaN()
		}
		return of(t.Evidence) / bench.Count(t, "calls")
	}}
}

func perScriptCheck(name, side string, of func(*evidence.Delta) float64, low, high float64) bench.Check {
	return bench.Check{Name: name, Side: side, Of: perScriptCall("", "", of).Of, Min: low, Max: high}
}

// scriptTime is the time that scripts held the server's thread by its own
// account, compiling included. Since Redis 7.0 the body of an EVAL is hashed
// before that clock starts, when the server looks for the script's flags: what
// hashing and reading the body cost shows in the CPU time alone.
func scriptTime(d *evidence.Delta) float64 {
	return float64(d.Commands["eval"].Time + d.Commands["evalsha"].Time + d.Commands["fcall"].Time)
}

// responseOfOneCall is the median response time, of ops that make one call.
func responseOfOneCall(t *bench.Trial) float64 {
	if bench.Count(t, "calls") != float64(t.Load.Attempts) {
		return math.NaN()
	}
	return bench.MedianResponse("").Of(t)
}

// ifEqual says that a metric shows no difference, if that is so.
func ifEqual(d *bench.Duel, metric string) string {
	for _, c := range d.Comparisons {
		if c.Metric == metric && c.Comparison.Verdict == stats.NoDifference {
			return ", no measurable difference"
		}
	}
	return ""
}
