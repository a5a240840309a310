package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/patterns"
)

const (
	scriptJob    = 100 // calls of a job
	scriptAtOnce = "one call for all keys"
)

// scriptPipeline compares calls of a script in one pipeline with calls one at a
// time.
func scriptPipeline() bench.Scenario {
	s := scriptPipelineOf(scriptJob)
	s.Variants = []bench.Variant{
		{Name: scriptAtOnce, About: "A script that takes all keys at once: one round trip as well, and the better choice where order matters or all must happen at one moment; the server serves nobody else meanwhile, and in a cluster all keys must be in one slot.", Impl: scriptForAll},
		{Name: "rueidis ExecMulti", About: "The client library's own way: it sends the body to every node before each batch, one round trip more, and recovers from nothing after that.", Impl: scriptExecMulti},
	}
	s.Checks = append(s.Checks,
		perScriptCheck("EVALSHA calls per call", scriptAtOnce, bench.Calls("evalsha"), 1./scriptJob, 1./scriptJob),
		perScriptCheck("SCRIPT LOAD calls per call", "rueidis ExecMulti", bench.Calls("script|load"), 1./scriptJob, 1./scriptJob),
	)
	s.Sweeps = []bench.Sweep{scriptPipelineSweep()}
	return s
}

// scriptPipelineOf is the duel with so many calls to a job.
func scriptPipelineOf(calls int) bench.Scenario {
	job := bench.MedianResponse("median time for a job")
	batches := float64(batchesOf(calls)) / float64(calls)
	return bench.Scenario{
		Name:    "script-pipeline",
		Title:   "EVALSHA in a pipeline ↔ EVALSHA one at a time",
		Claim:   "100 independent calls of a script take 100 round trips one at a time, and one round trip as a pipeline.",
		Twin:    bench.Twin{File: "scriptbatch.go", Names: []string{"RunAll", "runBatch"}},
		Primary: job,
		Metrics: []bench.Metric{
			bench.Throughput("calls per second", "calls/s", calls),
			perScriptCall("server reads per call", "reads", bench.Reads),
			perScriptCall("server CPU per call", "ns", func(d *evidence.Delta) float64 { return float64(d.CPU) }),
			bench.ClientTime("client CPU per call", calls),
		},
		Checks: []bench.Check{
			perScriptCheck("EVALSHA calls per call", bench.Pattern, bench.Calls("evalsha"), 1, 1),
			perScriptCheck("EVALSHA calls per call", bench.AntiPattern, bench.Calls("evalsha"), 1, 1),
			// One read of up to 16 KiB takes in a whole batch of 100 calls, which
			// have some 12 KB.
			perScriptCheck("server reads per call", bench.Pattern, bench.Reads, batches, 2*batches),
			perScriptCheck("server reads per call", bench.AntiPattern, bench.Reads, 1, 1),
		},
		Data:        bench.Data{Keys: 10_000, Size: 16},
		Load:        func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		Commands:    []string{"evalsha", "script|load"},
		RoundTrips:  calls,
		Pattern:     scriptJobs(patterns.NewScript, patterns.RunAll, calls),
		AntiPattern: scriptJobs(antipatterns.NewScript, antipatterns.RunAll, calls),
		Predict: func(set bench.Setting) []bench.Prediction {
			good, bad := predictScriptJob(set, calls)
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: job.Name, Value: ns(good), Formula: "⌈N/B⌉·R + N·s, with N = B = 100, R as measured and s = 4 µs"},
				{Side: bench.AntiPattern, Metric: job.Name, Value: ns(bad), Formula: "N·R, with N = 100 and R as measured, which includes the server's time"},
			}
		},
		Finding: says(fmt.Sprintf("%d calls of a script took %%s one at a time and %%s as a pipeline.", calls), twins(job.Name)...),
		Also: also(
			says("One call that takes all keys took %s, and the server served nobody else meanwhile.", of(job.Name, scriptAtOnce)),
			says("A call cost the server %s of CPU time one at a time and %s in a pipeline.", twins("server CPU per call")...),
		),
	}
}

func scriptPipelineSweep() bench.Sweep {
	return bench.Sweep{
		Name:      "calls",
		Parameter: "calls of a job", Unit: "calls",
		Values: []float64{1, 2, 5, 10, 20, 50, 100, 200},
		Even:   1.1,
		At:     func(calls float64) bench.Scenario { return scriptPipelineOf(int(calls)) },
		Predict: func(set bench.Setting, calls float64) (pattern, antipattern float64) {
			good, bad := predictScriptJob(set, int(calls))
			return float64(good), float64(bad)
		},
		Formula: "⌈N/B⌉·R + N·s against N·R, with B = 100, R as measured and s = 4 µs; even is within 10 %",
	}
}

// batchesOf is the number of pipelines that so many calls take.
func batchesOf(calls int) int {
	return (calls + patterns.PipelineDepth - 1) / patterns.PipelineDepth
}

// predictScriptJob is the time of a job on both sides, where a small script in a
// pipeline costs what a plain command does. R holds what one call takes the
// server, so that a job of one call is even.
func predictScriptJob(set bench.Setting, calls int) (pattern, antipattern time.Duration) {
	batches := batchesOf(calls)
	return time.Duration(batches)*set.RTT + time.Duration(calls-batches)*serverPerCommand, time.Duration(calls) * set.RTT
}

// scriptJobs makes an op of a function that makes many calls: each op reads keys
// of its own.
func scriptJobs[S script, C ~struct {
	Script     S
	Keys, Args []string
}](
	newScript func(string) S, runAll func(context.Context, rueidis.Client, []C) []rueidis.RedisResult, calls int,
) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		s := newScript(scriptJobBody)
		return scriptJobOp(env, calls, func(ctx context.Context, keys []string) []rueidis.RedisResult {
			all := make([]C, len(keys))
			for n := range keys {
				all[n] = C{Script: s, Keys: keys[n : n+1]}
			}
			return runAll(ctx, client, all)
		}), loadScript(ctx, client, scriptJobBody)
	}
}

const (
	scriptJobBody    = "return redis.call('GET',KEYS[1])"
	scriptForAllBody = "local all={} for i,key in ipairs(KEYS) do all[i]=redis.call('GET',key) end return all"
)

// loadScript gives the server a script before the clock starts, whatever the
// side does about that.
func loadScript(ctx context.Context, client rueidis.Client, body string) error {
	return client.Do(ctx, client.B().ScriptLoad().Script(body).Build()).Error()
}

// scriptJobOp names the keys of each job and checks its answers.
func scriptJobOp(env *bench.Env, calls int, run func(ctx context.Context, keys []string) []rueidis.RedisResult) load.Op {
	env.Count("calls", 0)
	return func(ctx context.Context, i int) error {
		env.Count("calls", int64(calls))
		keys := make([]string, calls)
		for n := range keys {
			keys[n] = env.Key((i*calls + n) % env.Data.Keys)
		}
		for n, result := range run(ctx, keys) {
			if err := holds(result, env.Data.Value((i*calls+n)%env.Data.Keys)); err != nil {
				return err
			}
		}
		return nil
	}
}

// scriptExecMulti makes the calls of a job by rueidis's own means.
func scriptExecMulti(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	script := rueidis.NewLuaScript(scriptJobBody)
	return scriptJobOp(env, scriptJob, func(ctx context.Context, keys []string) []rueidis.RedisResult {
		calls := make([]rueidis.LuaExec, len(keys))
		for n := range keys {
			calls[n].Keys = keys[n : n+1]
		}
		return script.ExecMulti(ctx, client, calls...)
	}), nil
}

// scriptForAll hands all keys of a job to one call.
func scriptForAll(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	s := patterns.NewScript(scriptForAllBody)
	env.Count("calls", 0)
	return func(ctx context.Context, i int) error {
		env.Count("calls", scriptJob)
		keys := make([]string, scriptJob)
		for n := range keys {
			keys[n] = env.Key((i*scriptJob + n) % env.Data.Keys)
		}
		values, err := s.Run(ctx, client, keys, nil).AsStrSlice()
		if err != nil {
			return err
		}
		for n, got := range values {
			if want := env.Data.Value((i*scriptJob + n) % env.Data.Keys); got != want {
				return fmt.Errorf("%w: got %q, want %q", load.ErrWrongAnswer, got, want)
			}
		}
		return nil
	}, s.Load(ctx, client)
}
