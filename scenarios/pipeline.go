package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/patterns"
)

// jobCommands is the number of GETs in one job of the pipelining scenario.
const jobCommands = 100

// serverPerCommand is what a small command costs in a pipeline, client and
// server together, as far as the predictions go: about a quarter of a million
// commands a second on one connection.
const serverPerCommand = 4 * time.Microsecond

// pipeline compares sending commands in batches with sending one at a time.
func pipeline() bench.Scenario {
	job := bench.MedianResponse("median time for 100 commands")
	return bench.Scenario{
		Name:    "pipelining",
		Title:   "pipelining ↔ one command at a time",
		Claim:   "100 independent commands take 100 round trips one at a time, and one round trip as a pipeline.",
		Primary: job,
		Metrics: []bench.Metric{
			bench.Throughput("commands per second", "commands/s", jobCommands),
			bench.PerOp("server reads per command", "reads", jobCommands, bench.Reads),
			bench.ServerTime("server CPU per command", jobCommands),
			bench.ClientTime("client CPU per command", jobCommands),
		},
		Checks: []bench.Check{
			// One read of up to 16 KiB takes in a whole batch of 100 small commands.
			readsPerCommand(bench.Pattern, 1.0/patterns.PipelineDepth, 2.0/patterns.PipelineDepth),
			readsPerCommand(bench.AntiPattern, 1, 1),
			{Name: "GET calls per command", Side: bench.Pattern, Of: perCommand(bench.Calls("get")), Min: 1, Max: 1},
			{Name: "GET calls per command", Side: bench.AntiPattern, Of: perCommand(bench.Calls("get")), Min: 1, Max: 1},
		},
		Data:        bench.Data{Keys: 10_000, Size: 16},
		Load:        func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		RoundTrips:  jobCommands,
		Pattern:     jobs(patterns.DoAll),
		AntiPattern: jobs(antipatterns.DoAll),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: job.Name, Value: ns(set.RTT + jobCommands*serverPerCommand), Formula: "⌈N/B⌉·R + N·s, with N = B = 100, R as measured and s = 4 µs"},
				{Side: bench.AntiPattern, Metric: job.Name, Value: ns(jobCommands * set.RTT), Formula: "N·R, with N = 100 and R as measured, which includes the server's time"},
			}
		},
		Finding: func(d *bench.Duel) string {
			return fmt.Sprintf("100 commands took %s one at a time and %s as a pipeline.",
				quantity.Span(d.Duration(job.Name, bench.AntiPattern)), quantity.Span(d.Duration(job.Name, bench.Pattern)))
		},
	}
}

// jobs makes an op of a function that runs many commands: each op reads 100
// keys of its own.
func jobs(doAll func(context.Context, rueidis.Client, []rueidis.Completed) []rueidis.RedisResult) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, i int) error {
			commands := make([]rueidis.Completed, jobCommands)
			for n := range commands {
				commands[n] = client.B().Get().Key(env.Key(jobKey(env, i, n))).Build()
			}
			for n, result := range doAll(ctx, client, commands) {
				if err := holds(result, env.Data.Value(jobKey(env, i, n))); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}
}

// jobKey is the key that command n of job i reads.
func jobKey(env *bench.Env, i, n int) int { return (i*jobCommands + n) % env.Data.Keys }

func readsPerCommand(side string, low, high float64) bench.Check {
	return bench.Check{Name: "server reads per command", Side: side, Of: perCommand(bench.Reads), Min: low, Max: high}
}
