package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math"
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
	hotNodes  = 3
	hotSize   = 16 << 10 // bytes of the hot value: a node's network gives in to such reads first
	hotReply  = hotSize + len("$16384\r\n\r\n")
	hotRate   = 600.0  // reads of it a second, one in four ops
	otherRate = 1800.0 // reads of other keys on its node: enough for a p99 of each trial
	otherKeys = 100
	otherSize = 64
	// hotUse is how much of a node's link the reads take if one node serves
	// them all.
	hotUse = 0.75
)

// hotLink is the emulated link of each node, in bytes/s.
const hotLink = int64(hotRate * float64(hotReply) / hotUse)

// The variants of the hot key.
const (
	hotTagged    = "copies {hot}:0, {hot}:1, {hot}:2"
	hotCached    = "one key, client-side cache"
	hotRewritten = "copies, rewritten"
	oneRewritten = "one key, rewritten"
	countParts   = "counter in 3 parts"
	countSingle  = "counter in 1 key"
)

// hotCopies compares reading copies of a hot value, one or more on each node, with
// reading one key, on a cluster of three or on whatever cluster the user has.
func hotCopies() bench.Scenario {
	s := hotTwins()
	s.Variants = hotVariants()
	s.Checks = append(s.Checks, hotVariantChecks(hotNodes)...)
	s.Quick = hotTwins
	s.Sweeps = hotSweeps()
	return s
}

// hotTwins are the two without third ways.
func hotTwins() bench.Scenario {
	s := hotKeyOf(hotNodes)
	s.On = hotKeyOn
	s.Commands = []string{"client|caching", "client|tracking", "exec", "exists", "getrange", "pttl"}
	return s
}

// hotKeyOf is the duel with so many copies on the pattern's side.
func hotKeyOf(copies int) bench.Scenario {
	s := hotKeyAmong(hotNodes, copies, unevenness(copies))
	s.Metrics = append(s.Metrics, hotThroughput(hotNodes+2))
	return s
}

// hotKeyOn is the duel on somebody else's cluster.
func hotKeyOn(primaries []bench.SlotRanges) *bench.Scenario {
	copies := copiesFor(primaries)
	if copies == 0 {
		return nil
	}
	s := hotKeyAmong(len(primaries), copies, 1)
	s.Metrics = append(s.Metrics, hotThroughput(0))
	s.Variants, s.On = hotVariants(), hotKeyOn
	s.Checks = append(s.Checks, hotVariantChecks(len(primaries))...)
	return &s
}

// hotKeyAmong is the duel on so many nodes, of which the busiest gets so many times
// the mean if the copies are read in turn.
func hotKeyAmong(nodes, copies int, even float64) bench.Scenario {
	return bench.Scenario{
		Name:    "hotkey",
		Title:   "hot key as copies on all nodes ↔ one hot key",
		Claim:   "One key loads one node, however many nodes there are; copies in slots of their own load them all alike.",
		Twin:    bench.Twin{File: "hotkey.go", Names: []string{"HotKey.Get", "HotKey.Set", "HotKey.write"}},
		Primary: bench.Metric{Name: hotUneven, Unit: "x", Better: stats.Lower, Of: unevenCalls, Untimed: true},
		Metrics: hotMetrics(),
		Checks: append(callsPerHotOp(), []bench.Check{
			// An incomplete round of turns weighs a percent or two in a short trial.
			{Name: "busiest node / mean, calls", Side: bench.Pattern, Of: unevenCalls, Min: even, Max: even * (1 + 0.05*max(1, float64(max(copies, nodes))/hotNodes))},
			{Name: "busiest node / mean, calls", Side: bench.AntiPattern, Of: unevenCalls, Min: nearlyAll * float64(nodes), Max: float64(nodes)},
			{Name: "other keys' reads that go to one node", Side: bench.Pattern, Of: othersOnOneNode, Min: 1, Max: 1},
			{Name: "other keys' reads that go to the busiest node", Side: bench.AntiPattern, Of: othersOnBusiest, Min: 1, Max: 1},
		}...),
		Topology:    bench.Topology{Nodes: nodes},
		Writes:      func(set bench.Setting) iter.Seq[string] { return hotWrites(set, copies) },
		Before:      func(ctx context.Context, stage *bench.Stage, _ string) error { return hotData(ctx, stage, copies) },
		After:       addsLeft(hotNodes),
		StandsFor:   shardOf,
		Load:        hotLoad,
		Bandwidth:   hotLink,
		RoundTrips:  1,
		Rounds:      5, // the imbalance is a count that hardly varies
		Pattern:     copyReads(patterns.NewHotKey, copies),
		AntiPattern: copyReads(antipatterns.NewHotKey, copies),
		Predict:     func(set bench.Setting) []bench.Prediction { return hotPredictions(set, nodes, copies, even) },
		Finding:     says(fmt.Sprintf("The busiest of %d nodes ran %%s the mean number of hot reads with one key and %%s with copies.", nodes), twins(hotUneven)...),
		Also:        hotAlso(),
	}
}

// nearlyAll is the least share of the calls for one key that its node must have.
const nearlyAll = 2.9 / 3

// shardOf is the key that a shard is one of.
func shardOf(key string) string { name, _, _ := strings.Cut(key, "#"); return name }

// Names of metrics that the predictions and the finding use.
const (
	hotUneven    = "calls on the busiest node / mean of all"
	hotOtherWait = "p99 of other keys on the hot node (emulated link)"
	hotBytes     = "bytes out of the busiest node per op"
	hotCallsName = "calls for the hot key per op"
	hotStale     = "latest read of the old value after a write began"
	hotBack      = "reads of the old value after one of the new"
)

func hotMetrics() []bench.Metric {
	return []bench.Metric{
		bench.SpanQuantile(hotOtherWait, "other", 0.99),
		bench.SpanQuantile("median for the hot key (emulated link)", "hot", 0.5),
		hotBytesOut(),
		{Name: "CPU of the busiest node per op", Unit: "ns", Better: stats.Lower, Of: onBusiest(func(d *evidence.Delta) float64 { return float64(d.CPU) })},
		bench.PerOp(hotCallsName, "calls", 1, hotCalls),
		bench.SpanQuantile(hotStale, staleSpan, 1),
		bench.Counted(hotBack, "reads", stats.Lower, backCount),
	}
}

func hotBytesOut() bench.Metric {
	return bench.Metric{Name: hotBytes, Unit: "B", Better: stats.Lower, Of: onBusiest(bench.BytesOut), Untimed: true}
}

// callsPerHotOp checks that each op that asked for the hot key cost one call for it,
// and no other op any.
func callsPerHotOp() (checks []bench.Check) {
	calls := func(t *bench.Trial) float64 { return hotCalls(t.Evidence) / bench.Count(t, hotAsked) }
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		checks = append(checks, bench.Check{Name: "calls for the hot key per op that asks for it", Side: side, Of: calls, Min: 1, Max: 1})
	}
	return checks
}

// hotThroughput says why it is no claim, first of all on a host with fewer cores
// than its nodes and the client take.
func hotThroughput(cores int) bench.Metric {
	m := bench.Throughput("ops answered", "ops/s", 1)
	m.Limit = func(h bench.Host) string {
		if h.Cores < cores {
			return fmt.Sprintf("%d nodes, the client and the rest share %d cores, so that a node that is relieved gives nothing to the others", hotNodes, h.Cores)
		}
		return "the load is a fixed rate that both sides sustain"
	}
	return m
}

// unevenCalls counts what reaches the hot key, GET and, in the variants, INCRBY.
func unevenCalls(t *bench.Trial) float64 { return bench.Imbalance(t, "get", "incrby") }

func hotCalls(d *evidence.Delta) float64 { return bench.Calls("get")(d) + bench.Calls("incrby")(d) }

// onBusiest is the largest of the nodes' numbers for each attempted op.
func onBusiest(of func(*evidence.Delta) float64) func(*bench.Trial) float64 {
	return func(t *bench.Trial) float64 {
		if len(t.Nodes) == 0 {
			return perOp(of)(t)
		}
		largest := math.NaN()
		for i := range t.Nodes {
			if n := of(&t.Nodes[i]); !(n <= largest) {
				largest = n
			}
		}
		return largest / float64(t.Load.Attempts)
	}
}

// Reads of other keys are GETRANGE, so that the server counts them apart.
func othersOnOneNode(t *bench.Trial) float64 {
	return bench.Imbalance(t, "getrange") / float64(len(t.Nodes))
}

// othersOnBusiest is the share of the other keys' reads on the node that has the
// most calls for the hot key.
func othersOnBusiest(t *bench.Trial) float64 {
	most, there, all := -1.0, 0.0, 0.0
	for i := range t.Nodes {
		others := bench.Calls("getrange")(&t.Nodes[i])
		all += others
		if n := hotCalls(&t.Nodes[i]); n > most {
			most, there = n, others
		}
	}
	return there / all
}

// hotLoad is an open loop that both sides sustain; where the network is slow it
// is as much as some fifty connections carry.
func hotLoad(set bench.Setting) load.Spec {
	const inFlight = 48
	rate := hotRate + otherRate
	if set.RTT > 0 {
		rate = min(rate, inFlight/set.RTT.Seconds())
	}
	return load.Spec{Mode: load.Open, Arrivals: load.Poisson, Rate: rate, Workers: 160 + int(2*rate*set.RTT.Seconds())}
}

// hotAlso is what copies give and cost, and what needs none.
func hotAlso() func(*bench.Duel) []string {
	return also(
		says("The 99th percentile of other keys on that node was %s with one key and %s with copies, on an emulated link of "+
			quantity.Bytes(float64(hotLink))+"/s.", twins(hotOtherWait)...),
		func(*bench.Duel) string {
			return "The price is a write of each copy for a write of the key, and copies that differ meanwhile."
		},
		says("A read that began %s after a write of all copies could still find the old value, and %s after a write of one key.", of(hotStale, hotRewritten), of(hotStale, oneRewritten)),
		says("With a client-side cache one key took %s per op instead of %s.", of(hotCallsName, hotCached), of(hotCallsName, bench.Pattern)),
		says("Copies with a common hash tag put %s the mean on the busiest node.", of(hotUneven, hotTagged)),
	)
}

// A hotReader is what both hot keys are.
type hotReader interface {
	Get(context.Context) (string, error)
	Keys() []string
}

// copyReads makes an op of a hot key: one in four reads it, the others read small
// keys on the node that holds the single key.
func copyReads[H hotReader](newHotKey func(rueidis.Client, string, int, patterns.Chooser) (H, error), copies int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		choose, err := nodesInTurn(env, client, copies)
		if err != nil {
			return nil, err
		}
		hot, err := newHotKey(client, env.Name("hot"), copies, choose)
		if err != nil {
			return nil, err
		}
		want := hotContent()
		return amongOthers(ctx, env, client, hot.Keys(), func(ctx context.Context, _ uint64) error {
			got, err := hot.Get(ctx)
			return isHot(want, got, err)
		})
	}
}

func hotContent() string { return strings.Repeat("hot value ", hotSize/10+1)[:hotSize] }

// isHot checks what a read of the hot key returned.
func isHot(want, got string, err error) error {
	if err == nil && got != want {
		return fmt.Errorf("%w: got %d bytes that are not the hot value", load.ErrWrongAnswer, len(got))
	}
	return err
}
