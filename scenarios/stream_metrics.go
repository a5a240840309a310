package scenarios

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// refusedWrites is the primary metric of what happens when memory is full.
func refusedWrites() bench.Metric {
	return bench.Metric{Name: "cache writes refused", Unit: "%", Better: stats.Lower, Untimed: true, Of: func(t *bench.Trial) float64 {
		return 100 * bench.Count(t, streamRefused) / bench.Count(t, streamLoads)
	}}
}

// streamMetrics are those beside it.
func streamMetrics() []bench.Metric {
	return []bench.Metric{
		{Name: "memory in use at most, of the limit", Unit: "%", Better: stats.Lower, Of: peakMemory},
		{Name: "hit ratio", Unit: "%", Better: stats.Higher, Of: func(t *bench.Trial) float64 {
			return 100 * bench.Count(t, streamHits) / float64(t.Load.Attempts)
		}},
		bench.CountedPerOp("backend loads per request", "loads", stats.Lower, streamLoads),
		bench.SpanQuantile("oldest answer", streamAge, 1),
		counted("keys evicted", stats.Lower, "evicted_keys"),
		counted("keys expired", stats.Higher, "expired_keys"),
	}
}

func counted(name string, better stats.Better, counter string) bench.Metric {
	return bench.Metric{Name: name, Unit: "keys", Better: better, Untimed: true, Of: counterOf(counter)}
}

// counterOf is a counter of the server over a trial.
func counterOf(name string) func(*bench.Trial) float64 {
	return func(t *bench.Trial) float64 {
		if t.Evidence == nil {
			return math.NaN()
		}
		return bench.Counter(name)(t.Evidence)
	}
}

// streamSamples is what is followed during a trial.
var streamSamples = []string{"used_memory", "maxmemory", "evicted_keys", "expired_keys", "errorstat_OOM"}

// peakMemory is the largest sample of used memory, in percent of the limit.
func peakMemory(t *bench.Trial) float64 {
	peak := math.NaN()
	for _, s := range t.Samples {
		share := 100 * s.Values["used_memory"] / s.Values["maxmemory"]
		if !(share <= peak) {
			peak = share
		}
	}
	return peak
}

// streamLeft looks at the keys that a trial left, and at the policy that the
// server says it followed.
func streamLeft(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	text, err := stage.Client.Do(ctx, stage.Client.B().Info().Section("memory").Build()).ToString()
	if err != nil {
		return err
	}
	_, policy, _ := strings.Cut(text, "maxmemory_policy:")
	policy, _, _ = strings.Cut(policy, "\r\n")
	trial.Counts[followed(policy)] = 1
	trial.Counts[streamForever] = 0
	var ask []rueidis.Completed
	for _, key := range slices.Compact(slices.Sorted(streamKeys(stage.Setting))) {
		ask = append(ask, stage.Client.B().Pttl().Key(stage.Name(key)).Build())
	}
	for _, answer := range stage.Client.DoMulti(ctx, ask...) {
		switch left, err := answer.AsInt64(); {
		case err != nil:
			return err
		case left == -1:
			trial.Counts[streamForever]++
		}
	}
	return nil
}

// followed is the counter that is 1 if the server followed a policy.
func followed(policy string) string { return "maxmemory-policy " + policy }

// follows checks that a side's server followed the policy and counted the same
// refusals as the side did.
func follows(side, policy string) []bench.Check {
	return []bench.Check{
		{Name: "server follows " + policy, Side: side, Of: func(t *bench.Trial) float64 { return bench.Count(t, followed(policy)) }, Min: 1, Max: 1},
		{Name: "OOM errors, the server's count less the side's", Side: side, Of: func(t *bench.Trial) float64 {
			return counterOf("errorstat_OOM")(t) - bench.Count(t, streamRefused)
		}, Min: 0, Max: 0},
	}
}

// forever checks how many keys without a TTL a side left.
func forever(side string, low, high float64) bench.Check {
	return bench.Check{Name: "keys left without a TTL", Side: side, Min: low, Max: high,
		Of: func(t *bench.Trial) float64 { return bench.Count(t, streamForever) }}
}
