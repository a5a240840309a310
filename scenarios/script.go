package scenarios

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	scriptKeys  = 10    // one digit each, so that all requests of a side are equally long
	scriptBytes = 1_000 // of the script's body: some 25 lines
	scriptBatch = 100   // calls of one pipeline
	flushEvery  = 100   // calls between two SCRIPT FLUSHes, in the variant with them

	evalshaPipelined = "EVALSHA pipelined"
	evalPipelined    = "EVAL pipelined"
	functionCall     = "FCALL"
)

// sameKey is as long as every key of the scenario, for predictions: the number
// of a run has eight digits.
const sameKey = "redisduel:00000000:evalsha:0"

// evalsha compares calling a script by its digest with sending it each time.
func evalsha() bench.Scenario {
	s := evalshaOf(scriptBytes)
	s.Variants = []bench.Variant{
		{Name: evalshaPipelined, About: "100 calls in one pipeline: the better choice wherever calls do not depend on each other.", Impl: scriptPipelines(scriptBytes)},
		{Name: evalPipelined, About: "The same with the body in each call: with no round trips to hide it, what reading and hashing the body costs the server shows in calls per second.", Impl: bodyPipelines(scriptBytes)},
		{Name: "EVALSHA, flushed meanwhile", About: "Someone calls SCRIPT FLUSH before every 100th call: what recovering costs, without an error.", Impl: scriptFlushed(scriptBytes)},
		{Name: functionCall, About: "A function that was loaded before (Redis 7): called by a name, kept across restarts and replicated, so that nobody has to recover; the better choice for code that belongs to the data.", Impl: functionCalls(scriptBytes)},
	}
	s.Checks = append(s.Checks,
		perScriptCheck("EVALSHA calls per call", evalshaPipelined, bench.Calls("evalsha"), 1, 1),
		perScriptCheck("server reads per call", evalshaPipelined, bench.Reads, 1./scriptBatch, 3./scriptBatch),
		perScriptCheck("EVAL calls per call", evalPipelined, bench.Calls("eval"), 1, 1),
		perScriptCheck("FCALL calls per call", functionCall, bench.Calls("fcall"), 1, 1),
		// One connection: each flush costs exactly the one call behind it a recovery.
		bench.Check{Name: "recoveries per SCRIPT FLUSH", Side: "EVALSHA, flushed meanwhile", Min: 1, Max: 1, Of: func(t *bench.Trial) float64 {
			return bench.Count(t, "recoveries") / bench.Calls("script|flush")(t.Evidence)
		}},
	)
	s.Sweeps = []bench.Sweep{evalshaLengths(), evalshaThroughput()}
	return s
}

// evalshaOf is the duel with a body of so many bytes, at least 35.
func evalshaOf(bytes int) bench.Scenario {
	primary := perScriptCall("bytes in per call", "B", bench.BytesIn)
	response := bench.Metric{Name: "median response time", Unit: "ns", Better: stats.Lower, Of: responseOfOneCall}
	byDigest, byBody := evalshaRequest(sameKey), evalRequest(bytes, sameKey)
	return bench.Scenario{
		Name:    "evalsha",
		Title:   "EVALSHA ↔ EVAL",
		Claim:   "A script that is called by its digest is not sent each time; small scripts are no faster for it.",
		Twin:    bench.Twin{File: "script.go", Names: []string{"Script.Run", "Script.byDigest", "Script.byBody"}},
		Primary: primary,
		Metrics: []bench.Metric{
			response,
			perScriptCall("server's time in the command", "ns", scriptTime),
			perScriptCall("server CPU per call", "ns", func(d *evidence.Delta) float64 { return float64(d.CPU) }),
			callsPerSecond(),
			bench.Counted("recoveries from NOSCRIPT", "recoveries", stats.Lower, "recoveries"),
			scriptMemory(),
		},
		Checks: []bench.Check{
			perScriptCheck("EVALSHA calls per call", bench.Pattern, bench.Calls("evalsha"), 1, 1),
			perScriptCheck("EVAL calls per call", bench.Pattern, bench.Calls("eval"), 0, 0),
			perScriptCheck("EVALSHA calls per call", bench.AntiPattern, bench.Calls("evalsha"), 0, 0),
			perScriptCheck("EVAL calls per call", bench.AntiPattern, bench.Calls("eval"), 1, 1),
		},
		Topology:   bench.Topology{Alone: true}, // scripts are flushed before each trial
		Data:       bench.Data{Keys: scriptKeys, Size: 16},
		Before:     flushScripts,
		After:      countScripts,
		Load:       func(bench.Setting) load.Spec { return load.Spec{Mode: load.Closed, Workers: 1} },
		RoundTrips: 2, // a recovery takes two

		Pattern:     scriptCalls(patterns.NewScript, bytes),
		AntiPattern: scriptCalls(antipatterns.NewScript, bytes),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: primary.Name, Value: stats.Float(byDigest), Formula: "the length of the request in RESP, with a digest of 40 bytes"},
				{Side: bench.AntiPattern, Metric: primary.Name, Value: stats.Float(byBody), Formula: fmt.Sprintf("the length of the request in RESP, with a body of %s bytes", quantity.Count(int64(bytes)))},
				{Side: bench.Pattern, Metric: response.Name, Value: ns(set.RTT), Formula: "R, as measured"},
				{Side: bench.AntiPattern, Metric: response.Name, Value: ns(set.RTT), Formula: "R, as measured: reading and hashing the body takes the server microseconds"},
			}
		},
		Finding: says("A call of a script of "+quantity.Count(int64(bytes))+" bytes sent %s by EVAL and %s by EVALSHA.", twins(primary.Name)...),
		Also: also(
			func(d *bench.Duel) string {
				return says("The median response time was %s by EVAL and %s by EVALSHA"+ifEqual(d, response.Name)+".", twins(response.Name)...)(d)
			},
			says("In pipelines of 100, EVAL made %s and EVALSHA %s.", of("calls per second", evalPipelined), of("calls per second", evalshaPipelined)),
			says("A call of a function (FCALL) sent %s.", of(primary.Name, functionCall)),
		),
	}
}

// requestBytes is the length of a command on the wire: an array of bulk
// strings, whether in RESP2 or RESP3.
func requestBytes(words ...string) int {
	n := len("*\r\n") + len(strconv.Itoa(len(words)))
	for _, word := range words {
		n += len("$\r\n\r\n") + len(strconv.Itoa(len(word))) + len(word)
	}
	return n
}

func evalshaRequest(key string) int {
	return requestBytes("EVALSHA", strings.Repeat("0", 40), "1", key)
}

func evalRequest(bytes int, key string) int { return requestBytes("EVAL", scriptOf(bytes), "1", key) }

// scriptOf is a script of so many bytes that does as little as a script can, so
// that whatever differs is the cost of naming it. The rest is a comment.
func scriptOf(bytes int) string {
	const body = "return redis.call('GET',KEYS[1])\n--"
	return body + strings.Repeat("x", bytes-len(body))
}

// A script is what both packages' scripts are.
type script interface {
	Load(context.Context, rueidis.Client) error
	Run(ctx context.Context, client rueidis.Client, keys, args []string) rueidis.RedisResult
	Recoveries() int64
}

// scriptCalls makes an op of a script: each op has it read one key.
func scriptCalls[S script](newScript func(string) S, bytes int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		s := newScript(scriptOf(bytes))
		env.Count("calls", 0)
		env.AtEnd(func(context.Context) error {
			env.Count("recoveries", s.Recoveries())
			return nil
		})
		return func(ctx context.Context, i int) error {
			env.Count("calls", 1)
			n := i % scriptKeys
			return holds(s.Run(ctx, client, []string{env.Key(n)}, nil), env.Data.Value(n))
		}, s.Load(ctx, client)
	}
}
