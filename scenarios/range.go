package scenarios

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	rangeMembers      = 500_000 // of the sorted set
	rangeQuickMembers = 200_000 // for a first look

	readingTime = "median time to read the set"
	memoryField = "used_memory"
)

// perMember is what Redis takes to put a member and its score into an answer,
// as far as the predictions go: Redis 7.0 on the machine where this was written
// took 280 ns by INFO commandstats, whether in pages or in one go.
const perMember = 280 * time.Nanosecond

// ranges compares reading a sorted set in pages with reading it in one call.
func ranges() bench.Scenario {
	s := rangesOf(rangeMembers)
	s.Quick = func() bench.Scenario { return twinsOnly(rangesOf(rangeQuickMembers)) }
	s.Sweeps = []bench.Sweep{rangeSizes(), rangePages()}
	return s
}

// rangesOf is ranges on a set of so many members.
func rangesOf(members int) bench.Scenario {
	stall := bench.BystanderMax("bystander's longest wait")
	return bench.Scenario{
		Name:    "range",
		Title:   "a sorted set in pages ↔ ZRANGE 0 -1",
		Claim:   "ZRANGE 0 -1 stops the server for everybody while it walks the whole set, and holds the whole answer in memory; pages of 1,000 do neither.",
		Twin:    bench.Twin{File: "range.go", Names: []string{"Members", "membersFrom"}},
		Primary: stall,
		Metrics: []bench.Metric{
			bench.BystanderQuantile("bystander's p90 response time", 0.9),
			memoryRise("rise of the server's memory"),
			bench.MedianResponse(readingTime),
			bench.PerOp("ZRANGE calls per reading", "calls", 1, bench.Calls("zrange")),
			bench.PerOp("bytes sent by the server per reading", "B", 1, bench.BytesOut),
			bench.ServerTime("server CPU per reading", 1),
			bench.ClientTime("client CPU per reading", 1),
		},
		Checks: rangeChecks(members, patterns.RangePage),
		// The set lies under the one key of Data, which the harness removes at
		// the end like any other.
		Data:        bench.Data{Keys: 1, Size: 1},
		Before:      func(ctx context.Context, stage *bench.Stage, _ string) error { return writeSet(ctx, stage, members) },
		Load:        scanLoad,
		Commands:    []string{"expire", "slowlog|get", "zadd", "zcard", "zrange", "zscan"},
		RoundTrips:  pagesOf(members, patterns.RangePage),
		Rounds:      6, // a reading by the pattern takes long, and the sides lie far apart
		Samples:     []string{memoryField},
		Bystander:   true,
		Blocking:    true,
		Pattern:     readings(members, patterns.Members),
		AntiPattern: readings(members, antipatterns.Members),
		Variants:    rangeVariants(members),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: stall.Name, Value: ns(set.RTT + patterns.RangePage*perMember), Formula: "R + 1,000·s, with s = 280 ns for each member of a page"},
				{Side: bench.AntiPattern, Metric: stall.Name, Value: ns(set.RTT + time.Duration(members)*perMember), Formula: "R + M·s, with M = " + quantity.Count(int64(members)) + " members and s = 280 ns for each"},
				{Side: bench.Pattern, Metric: readingTime, Value: ns(time.Duration(pagesOf(members, patterns.RangePage))*set.RTT + time.Duration(members)*perMember), Formula: "⌈M/1,000⌉·R + M·s, without the client's time"},
			}
		},
		Finding: says("Beside ZRANGE 0 -1 of "+quantity.Count(int64(members))+" members another client waited up to %s, beside pages %s (median round).", twins(stall.Name)...),
		Also: also(
			besideNobody,
			says("The reading itself took %s with ZRANGE 0 -1 and %s in pages.", twins(readingTime)...),
			says("The server's memory rose by %s with ZRANGE 0 -1 and by %s with pages.", twins("rise of the server's memory")...),
			says("The first page alone, which is what a list of the best needs, took %s.", of(readingTime, firstPage)),
		),
	}
}

func rangeChecks(members, page int) []bench.Check {
	calls, pages := perOp(bench.Calls("zrange")), float64(pagesOf(members, page))
	checks := []bench.Check{
		{Name: "ZRANGE calls per reading", Side: bench.Pattern, Of: calls, Min: pages, Max: pages},
		{Name: "ZRANGE calls per reading", Side: bench.AntiPattern, Of: calls, Min: 1, Max: 1},
	}
	if members >= slowKeys {
		checks = append(checks, bench.Check{Name: "bystander's longest wait / longest ZRANGE in the slow log", Side: bench.AntiPattern, Of: stallOver("zrange"), Min: 0.8, Max: 2, Timed: true})
	}
	return append(checks, rangeVariantChecks(members)...)
}

// pagesOf is the number of pages that a set takes; an empty page is one, too.
func pagesOf(members, page int) int { return max(1, (members+page-1)/page) }

// memoryRise is how far the server's memory rose above where it was at the
// lowest: mostly answers that wait to be sent. It is looked at every twentieth
// of a second, so that what lasts shorter may go unseen.
func memoryRise(name string) bench.Metric {
	return bench.Metric{Name: name, Unit: "B", Better: stats.Lower, Untimed: true, Of: func(t *bench.Trial) float64 {
		if len(t.Samples) < 2 {
			return math.NaN()
		}
		low, high := math.Inf(1), 0.0
		for _, s := range t.Samples {
			low, high = min(low, s.Values[memoryField]), max(high, s.Values[memoryField])
		}
		return high - low
	}}
}

// readings makes an op of a function that reads a sorted set: each op must find
// all members, in order.
func readings(members int, all membersFunc) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ int) error {
			found, last := 0, rueidis.ZScore{Score: -1}
			for member, err := range all(ctx, client, env.Key(0)) {
				if err != nil {
					return err
				}
				if member.Score < last.Score || member.Score == last.Score && member.Member <= last.Member {
					return fmt.Errorf("%w: %v came after %v", load.ErrWrongAnswer, member, last)
				}
				found, last = found+1, member
			}
			return foundAll(found, members)
		}, nil
	}
}
