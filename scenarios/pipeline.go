package scenarios

import (
	"context"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	// jobCommands is the number of GETs in one job of the pipelining scenario.
	jobCommands = 100
	// serverPerCommand is what a small command costs in a pipeline, client and
	// server together, as far as the predictions go: about a quarter of a
	// million commands a second on one connection. Where this was written it
	// came out at 2 µs, since the client and the server work at the same time.
	serverPerCommand = 4 * time.Microsecond
	jobTime          = "median time for 100 commands"
	jobAnswer        = len("$16\r\n\r\n") + 16 // bytes of an answer
	batchTime        = "time for one batch, to its first result"
)

// pipeline compares sending commands in batches with sending one at a time.
func pipeline() bench.Scenario {
	s := pipelineOf(patterns.PipelineDepth, patterns.DoAll)
	s.Quick = func() bench.Scenario { return pipelineOf(patterns.PipelineDepth, patterns.DoAll) }
	s.Variants = pipelineVariants()
	s.Checks = append(s.Checks, pipelineVariantChecks()...)
	s.Sweeps = []bench.Sweep{pipelineDepths(), pipelineDistances(), pipelineLoopback()}
	return s
}

// pipelineOf compares pipelines of some depth with one command at a time, in
// jobs of a hundred commands, or of one pipeline if that is more.
func pipelineOf(depth int, doAll doAllFunc) bench.Scenario {
	commands := max(jobCommands, depth)
	perCommand := func(of evidenceFunc) func(*bench.Trial) float64 { return bench.PerOp("", "", commands, of).Of }
	return bench.Scenario{
		Name:    "pipelining",
		Title:   "pipelining ↔ one command at a time",
		Claim:   "100 independent commands take 100 round trips one at a time, and one round trip as a pipeline.",
		Twin:    bench.Twin{File: "pipeline.go", Names: []string{"DoAll"}},
		Primary: perCommands(jobTime, jobCommands, commands),
		Metrics: []bench.Metric{
			bench.SpanQuantile(batchTime, batchSpan, 0.5),
			perCommands("amortised time for one command", 1, commands),
			bench.Throughput("commands per second", "commands/s", commands),
			bench.PerOp("server reads per command", "reads", commands, bench.Reads),
			bench.PerOp("bytes sent by the server per command", "B", commands, bench.BytesOut),
			bench.Counted(replyBuffer, "B", stats.Lower, replyBuffer),
			bench.ServerTime("server CPU per command", commands),
			bench.ClientTime("client CPU per command", commands),
			bench.CountedPerOp("commands refused per job", "commands", stats.Lower, refused),
			bench.BystanderQuantile("bystander's p90 response time", 0.9),
		},
		Checks: []bench.Check{
			{Name: "server reads per command", Side: bench.Pattern, Of: perCommand(bench.Reads), Min: leastReads(depth), Max: mostReads(depth)},
			{Name: "server reads per command", Side: bench.AntiPattern, Of: perCommand(bench.Reads), Min: 1, Max: 1},
			{Name: "GET calls per command", Side: bench.Pattern, Of: perCommand(bench.Calls("get")), Min: 1, Max: 1},
			{Name: "GET calls per command", Side: bench.AntiPattern, Of: perCommand(bench.Calls("get")), Min: 1, Max: 1},
		},
		Data:        bench.Data{Keys: 10_000, Size: 16},
		Load:        func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		Commands:    []string{"client|info", "exec", "llen", "mget"},
		RoundTrips:  commands,
		Bystander:   true,
		Pattern:     job{commands: commands, batch: depth}.impl(doAll),
		AntiPattern: job{commands: commands, batch: 1}.impl(antipatterns.DoAll),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: jobTime, Value: ns(set.RTT + jobCommands*serverPerCommand), Formula: "⌈N/B⌉·R + N·s, with N = B = 100, R as measured and s = 4 µs"},
				{Side: bench.AntiPattern, Metric: jobTime, Value: ns(jobCommands * set.RTT), Formula: "N·R, with N = 100 and R as measured, which includes the server's time"},
				{Side: bench.Pattern, Metric: batchTime, Value: ns(set.RTT + jobCommands*serverPerCommand), Formula: "R + B·s: nothing can be used before all of the batch is there"},
				{Side: bench.AntiPattern, Metric: batchTime, Value: ns(set.RTT), Formula: "R: a batch is one command"},
				{Side: bench.Pattern, Metric: replyBuffer, Value: stats.Float(jobCommands * jobAnswer), Formula: "B answers of 23 bytes, which leave together"},
				{Side: bench.AntiPattern, Metric: replyBuffer, Value: stats.Float(jobAnswer), Formula: "one answer"},
			}
		},
		Finding: says("100 commands took %s one at a time and %s as a pipeline.", twins(jobTime)...),
		Also: also(
			says("A command cost the server %s of CPU time one at a time and %s in a pipeline.", twins("server CPU per command")...),
			says("One MGET for all 100 keys took %s.", of(jobTime, mget)),
			says("100 callers that share a connection took %s: their client makes the pipeline by itself.", of(jobTime, sharing)),
			says("A tenth of another client's reads took %s or longer beside the single commands, and %s or longer beside the pipeline.",
				twins("bystander's p90 response time")...),
		),
	}
}

// sweepTrial is how long a trial of a sweep measures: there are many of them.
func sweepTrial(set bench.Setting) time.Duration { return min(set.Duration, 300*time.Millisecond) }

// leastReads is the fewest reads that a command of a pipeline may take. Redis
// never reads more than 32 KiB of one client before it turns to the next, and 7.0
// mostly 20 KB, so that a deep pipeline lets others in some 400 commands at a
// time. A command has 51 bytes at least.
func leastReads(depth int) float64 { return max(1/float64(depth), 51./(32<<10)) }

// mostReads is the most reads that it may take. A batch of 100 small commands
// comes as one; deeper ones in pieces, each of a hundred commands or more.
func mostReads(depth int) float64 {
	if depth <= jobCommands {
		return 2 / float64(depth)
	}
	return 2/float64(depth) + 1./jobCommands
}

// perCommands is the part of a job's median time that falls to some of its
// commands. In a pipeline no command is answered that fast: all wait for the
// round trip of their batch.
func perCommands(name string, some, all int) bench.Metric {
	whole := bench.MedianResponse(name)
	part := whole
	part.Of = func(t *bench.Trial) float64 { return whole.Of(t) * float64(some) / float64(all) }
	return part
}

// inPipelinesOf is DoAll of package patterns with another depth.
func inPipelinesOf(depth int) doAllFunc {
	return func(ctx context.Context, client rueidis.Client, commands []rueidis.Completed) []rueidis.RedisResult {
		results := make([]rueidis.RedisResult, 0, len(commands))
		for len(commands) > 0 {
			batch := commands[:min(depth, len(commands))]
			results, commands = append(results, client.DoMulti(ctx, batch...)...), commands[len(batch):]
		}
		return results
	}
}
