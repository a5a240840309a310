package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

const (
	releaseLocks   = 4  // that are contended for
	releaseWorkers = 24 // six to a lock: two work at once where it falls apart, and more wait
	releaseVisits  = 20 // of each lock in a trial
	releaseBrief   = 12 // in one of a first look
	releasePauses  = 2  // so many holders come before the one that pauses
	releaseTimes   = 5  // a lock lives for so many times what a holder needs
)

// releasePause outlasts the lock's time by half: it ends when the third one
// since is in the middle of its work.
const releasePause = 1.5

// releaseWork is what a holder's work takes, some times longer than a free lock
// waits for the next one who asks.
func releaseWork(set bench.Setting) time.Duration { return max(20*time.Millisecond, 2*set.RTT) }

func releaseTTL(set bench.Setting) time.Duration {
	return releaseTimes * (releaseWork(set) + set.RTT)
}

// The variants, by the name in the report.
const (
	releaseFenced    = "compare-and-delete, fenced resource"
	releaseFencedDEL = "plain DEL, fenced resource"
	releaseKept      = "compare-and-delete, kept alive"
)

// lockRelease compares giving back a lock that is still ours with deleting
// whatever lock there is.
func lockRelease() bench.Scenario {
	s := lockReleaseOf(releasePause, releaseVisits)
	s.Quick = func() bench.Scenario { return lockReleaseOf(releasePause, releaseBrief) }
	s.Variants = []bench.Variant{
		{Name: releaseFenced, About: "the resource refuses a write with an older fencing token than it has seen: the one way to keep data right when a holder is paused", Impl: critical(careful(), releasePause, fenced)},
		{Name: releaseFencedDEL, About: "the resource refuses old fencing tokens while the lock falls apart: no update is lost, but much work is done in vain", Impl: critical(careless(), releasePause, fenced)},
		{Name: releaseKept, About: "the lock is renewed while the work lasts: enough if the pause is slow work, no help if the whole process stops", Impl: critical(careful(), releasePause, keptAlive)},
	}
	for _, v := range s.Variants {
		s.Checks = append(s.Checks, releasePaused(v.Name))
	}
	s.Sweeps = []bench.Sweep{{
		Name:      "pause",
		Parameter: "pause", Unit: "lock times",
		// Above 1 each pause ends in the middle of somebody's work.
		Values: []float64{0.25, 0.5, 0.75, 1.3, 1.5, 2.1, 2.9},
		At:     func(v float64) bench.Scenario { return lockReleaseOf(v, releaseVisits) },
		Predict: func(_ bench.Setting, v float64) (pattern, antipattern float64) {
			return 0, releaseStrangers(v, releaseVisits)
		},
		Formula: releaseFormula(releaseVisits) + "; none while the pause ends within the lock's time",
	}}
	return s
}

func releaseFormula(visits int) string {
	return fmt.Sprintf("L·(V − p − 1 − ⌊(P − T)/(w + R)⌋): of V = %d releases of each of L = 4 locks all but the p = 2 before the pause, the last one, and those between the lock's expiry after T and the end of the pause P, with T = 5·(w + R) and work w; fewer if nobody asks in time and the chain breaks", visits)
}

// releaseStrangers is how many releases delete another's lock after a pause of
// so many times the lock's time.
func releaseStrangers(pause float64, visits int) float64 {
	if pause < 1 {
		return 0
	}
	return releaseLocks * (float64(visits) - releasePauses - 1 - math.Floor(releaseBetween(pause)))
}

// releaseBetween is how many times the lock changes hands between its expiry and
// the end of the pause.
func releaseBetween(pause float64) float64 { return max(0, pause-1) * releaseTimes }

// lockReleaseOf is lockRelease with pauses of so many times the lock's time, and so
// many visits of each lock.
func lockReleaseOf(pause float64, visits int) bench.Scenario {
	strangers := bench.Counted("releases that deleted another's lock", "releases", stats.Lower, "strangers")
	cascades := bench.Counted("overlaps after such a release", "overlaps", stats.Lower, "cascades")
	expiries := bench.Counted("overlaps after expiry", "overlaps", stats.Lower, "expiries")
	lost := bench.Counted("lost updates", "updates", stats.Lower, "lost")
	rate := bench.Throughput("jobs under a lock", "jobs/s", 1)
	return bench.Scenario{
		Name:    "lock-release",
		Title:   "release by compare-and-delete ↔ plain DEL",
		Claim:   "A holder that was paused for longer than its lock lives deletes the next one's lock with a plain DEL, which then deletes that of the one after it; compare-and-delete deletes nobody else's.",
		Twin:    bench.Twin{File: "lock.go", Names: []string{"lockRelease", "Lock.Release"}},
		Primary: strangers,
		Metrics: []bench.Metric{
			cascades, expiries, lost,
			bench.Counted("writes refused by the resource", "writes", stats.Lower, "refused"),
			bench.Counted("releases that found the lock lost", "releases", stats.Lower, "gone"),
			bench.Counted("pauses", "pauses", stats.Lower, "pauses"),
			rate,
		},
		Checks: []bench.Check{
			releasePaused(bench.Pattern), releasePaused(bench.AntiPattern),
			// The script compares by GET; nothing else in this scenario does.
			{Name: "comparisons per release", Side: bench.Pattern, Of: perOp(bench.Calls("get")), Min: 1, Max: 1},
			{Name: "comparisons per release", Side: bench.AntiPattern, Of: perOp(bench.Calls("get")), Min: 0, Max: 0},
		},
		Writes: releaseNames,
		Before: startFences,
		Load: func(bench.Setting) load.Spec {
			// A duration of its own means no warm-up, whose ops would pause, too.
			return load.Spec{Mode: load.Job, Ops: releaseLocks * visits, Workers: releaseWorkers, Duration: 500 * time.Millisecond}
		},
		Commands:    []string{"del", "eval", "evalsha", "exists", "incr", "pexpire"},
		RoundTrips:  100, // most of them asking for a lock that is held
		Pattern:     critical(careful(), pause),
		AntiPattern: critical(careless(), pause),
		Predict: func(bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: strangers.Name, Value: 0, Formula: "a token is compared before its lock is deleted"},
				{Side: bench.AntiPattern, Metric: strangers.Name, Value: stats.Float(releaseStrangers(pause, visits)), Formula: releaseFormula(visits)},
				{Side: bench.Pattern, Metric: cascades.Name, Value: 0, Formula: "no lock is deleted by a stranger"},
				{Side: bench.AntiPattern, Metric: cascades.Name, Value: stats.Float(max(0, releaseStrangers(pause, visits)-releaseLocks)), Formula: "one for each deletion, which lets in the next one, but for the last of each lock, when nobody is left"},
				{Side: bench.Pattern, Metric: expiries.Name, Value: stats.Float(releaseLocks * math.Ceil(releaseBetween(pause))), Formula: "L·⌈(P − T)/(w + R)⌉: those who enter while the paused one is inside"},
				{Side: bench.AntiPattern, Metric: expiries.Name, Value: stats.Float(releaseLocks * math.Ceil(releaseBetween(pause))), Formula: "the same"},
				{Side: bench.Pattern, Metric: lost.Name, Value: stats.Float(releaseLocks * min(1, math.Ceil(releaseBetween(pause)))), Formula: "one for each pause: who works when it ends has read the value already, and overwrites"},
				{Side: releaseFenced, Metric: lost.Name, Value: 0, Formula: "who is overtaken cannot write"},
				{Side: releaseFencedDEL, Metric: lost.Name, Value: 0, Formula: "who is overtaken cannot write, whatever became of the lock"},
			}
		},
		Finding: says("After %s, %s by plain DEL deleted another's lock and %s by compare-and-delete.",
			append([]figure{of("pauses", bench.AntiPattern)}, twins(strangers.Name)...)...),
		Also: also(
			says("Plain DEL lost %s, and compare-and-delete %s: a pause can outlive any lock.", twins(lost.Name)...),
			says("With fencing tokens, which the resource checks, compare-and-delete lost %s and plain DEL %s.", of(lost.Name, releaseFenced), of(lost.Name, releaseFencedDEL)),
			says("Plain DEL got %s done and compare-and-delete %s: a lock that falls apart delays nobody.", twins(rate.Name)...),
		),
	}
}

// pauses says which holder of a lock pauses, by its fencing token, that is by
// the order in which they got the lock: those who wait get it in any order.
func pauses(fence int64) bool { return fence%releaseVisits == releasePauses+1 }

// releaseName has a hash tag, so that the counter of fencing tokens is this name
// with a word added, under the run's prefix like every key.
func releaseName(lock int) string { return "{lock:" + strconv.Itoa(lock) + "}" }

func releaseNames(bench.Setting) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range releaseLocks {
			if !yield(releaseName(n)) || !yield(releaseName(n)+":fence") {
				return
			}
		}
	}
}

// startFences sets the counters, which never expire by themselves, so that they
// do on somebody else's server.
func startFences(ctx context.Context, stage *bench.Stage, _ string) error {
	return stage.Do(ctx, func(yield func(rueidis.Completed) bool) {
		for n := range releaseLocks {
			counter := stage.Name(releaseName(n) + ":fence")
			if !yield(stage.Client.B().Arbitrary("SET").Keys(counter).Args("0").Args(stage.Expiry()...).Build()) {
				return
			}
		}
	})
}

func releasePaused(side string) bench.Check {
	return bench.Check{Name: "pauses", Side: side, Of: func(t *bench.Trial) float64 { return bench.Count(t, "pauses") }, Min: releaseLocks, Max: releaseLocks}
}
