package scenarios

import (
	"context"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

const (
	singleRate = "ops a second that one server carries (emulated link)"
	singleCPU  = "server CPU per op"
	copiesRead = "keys of the hot value that were read"
)

// hotSingle is the duel of the hot key where copies cannot win it: on one server,
// as fast as it goes.
func hotSingle() bench.Scenario {
	s := hotKeyOf(hotNodes)
	s.Name = "hotkey-single"
	s.Title = "hot key as copies on one server ↔ one hot key"
	s.Claim = "On a single server copies of a hot key gain nothing, since they share its one thread and its network."
	s.Primary = bench.Throughput(singleRate, "ops/s", 1)
	s.Metrics = []bench.Metric{bench.ServerTime(singleCPU, 1), hotBytesOut(), bench.PerOp(hotCallsName, "calls", 1, hotCalls)}
	s.Checks = append(callsPerHotOp(), keysRead(bench.Pattern, hotNodes), keysRead(bench.AntiPattern, 1))
	// A policy that counts accesses tells which keys were read. Without a limit to
	// the memory nothing is evicted.
	s.Topology = bench.Topology{Config: []string{"maxmemory-policy allkeys-lfu", "lfu-decay-time 0"}}
	s.After = countKeysRead
	s.Load, s.Bandwidth = singleLoad, singleLink
	s.Predict = func(bench.Setting) []bench.Prediction {
		return append(singlePredictions(bench.Pattern), singlePredictions(bench.AntiPattern)...)
	}
	s.Finding = says("One server answered %s with one hot key and %s with three copies of it.", twins(singleRate)...)
	s.Also = also(
		says("An op took %s of the server's CPU with one key and %s with copies.", twins(singleCPU)...),
		func(*bench.Duel) string {
			return "What limits both is an emulated link of " + quantity.Bytes(float64(singleLink)) + "/s."
		},
		func(*bench.Duel) string {
			return "The copies cost a write of each of them for a write of the key all the same."
		},
	)
	return s
}

// singleLink is slower than a node's of the cluster, in bytes/s, so that it is
// full long before the client's processor is.
const singleLink = hotLink / 2

// singleLoad is a closed loop of just so many callers that the link is always
// busy, and long against a call: the last ones end after the time is up.
func singleLoad(set bench.Setting) load.Spec {
	whole := 400 * time.Millisecond
	if set.Quick {
		whole /= 2
	}
	return load.Spec{
		Mode: load.Closed, Workers: 16 + int(linkOps()*set.RTT.Seconds()),
		Warmup: whole/4 + 2*set.RTT, Duration: whole*3/4 + 10*set.RTT,
	}
}

// linkOps is how many ops a second fill the link.
func linkOps() float64 { return float64(singleLink) / sentPerOp(1) }

func singlePredictions(side string) []bench.Prediction {
	return []bench.Prediction{
		{Side: side, Metric: singleRate, Value: stats.Float(linkOps()), Formula: "the link's bytes a second / bytes per op: whichever keys they are of"},
		{Side: side, Metric: hotBytes, Value: stats.Float(sentPerOp(1)), Formula: sentFormula},
	}
}

func keysRead(side string, keys float64) bench.Check {
	return bench.Check{Name: copiesRead, Side: side, Of: tallied(copiesRead), Min: keys, Max: keys}
}

// countKeysRead counts the keys with the hot value that the trial has read: a
// key is written with the access frequency 5, and the first read makes that 6.
func countKeysRead(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	names, err := hotNames(stage.Name, hotNodes)
	if err != nil {
		return err
	}
	trial.Counts[copiesRead] = 0
	for _, name := range names {
		frequency, err := stage.Client.Do(ctx, stage.Client.B().ObjectFreq().Key(name).Build()).AsInt64()
		if err != nil {
			return err
		}
		if frequency > 5 {
			trial.Counts[copiesRead]++
		}
	}
	return nil
}
