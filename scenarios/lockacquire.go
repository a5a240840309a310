package scenarios

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	acquireLocks   = 60 // that are taken in turn
	acquireWorkers = 16 // far fewer than locks: a live holder is hardly ever in the way
	acquireCrash   = 6  // one lock in so many has a holder that crashes, once
	acquireCrashes = acquireLocks / acquireCrash
)

// The variants, by the name in the report.
const (
	acquireInMulti   = "SETNX and PEXPIRE NX in MULTI"
	acquireProlonged = "SETNX and PEXPIRE in MULTI"
	acquireInLua     = "SETNX and PEXPIRE in Lua"
)

// lockAcquire compares taking a lock in one command with taking it in two, when
// clients die.
func lockAcquire() bench.Scenario {
	s := lockAcquireOf(1)
	s.Variants = []bench.Variant{
		{Name: acquireInMulti, About: "both commands as one transaction: as safe as one command, at the price of four", Impl: acquisitions(acquireTransaction(true), 1)},
		{Name: acquireProlonged, About: "the same without NX: each one who asks in vain prolongs the dead holder's lock, so it ends only when nobody has asked for a whole time to live", Impl: acquisitions(acquireTransaction(false), 1)},
		{Name: acquireInLua, About: "both commands in a script: as safe as one command, and the choice where more has to happen with it", Impl: acquisitions(acquireByScript, 1)},
	}
	for _, v := range s.Variants {
		s.Checks = append(s.Checks, acquireCrashed(v.Name), acquireCalls(v.Name, "setnx", 1))
	}
	s.Sweeps = []bench.Sweep{{
		Name:      "answers",
		Parameter: "commands answered before the client dies",
		Values:    []float64{1, 2, 3},
		At:        func(v float64) bench.Scenario { return lockAcquireOf(int(v)) },
		Predict: func(_ bench.Setting, v float64) (pattern, antipattern float64) {
			if v == 1 {
				return 0, acquireCrashes
			}
			return 0, 0
		},
		Formula: "each client that dies between SETNX and PEXPIRE leaves one lock for ever; after one answer it is between them, after two it is not",
	}}
	return s
}

// lockAcquireOf is lockAcquire with clients that die after so many answers.
func lockAcquireOf(answers int) bench.Scenario {
	immortal := bench.Counted("locks that never expire", "locks", stats.Lower, "immortal")
	refused := bench.Counted("refused attempts", "attempts", stats.Lower, "refused")
	took := bench.MedianResponse("median time to take a lock and give it back")
	return bench.Scenario{
		Name:    "lock-acquire",
		Title:   "SET NX PX ↔ SETNX, then EXPIRE",
		Claim:   "A client that dies between SETNX and EXPIRE leaves a lock that never expires; SET NX PX leaves no such gap.",
		Twin:    bench.Twin{File: "acquire.go", Names: []string{"Acquire"}},
		Primary: immortal,
		Metrics: []bench.Metric{
			refused, took,
			bench.Counted("clients that died", "clients", stats.Lower, "crashes"),
			bench.Counted("locks left to expire", "locks", stats.Lower, "expiring"),
		},
		Checks: []bench.Check{
			acquireCrashed(bench.Pattern), acquireCalls(bench.Pattern, "set", 1), acquireCalls(bench.Pattern, "setnx", 0),
			acquireCrashed(bench.AntiPattern), acquireCalls(bench.AntiPattern, "set", 0), acquireCalls(bench.AntiPattern, "setnx", 1),
		},
		Topology: bench.Topology{Alone: true}, // keys without a time to live are the point
		Writes:   acquireNames,
		After:    countImmortals,
		Load:     acquireLoad,
		// A client that dies asks again while its lock is held by another.
		RoundTrips:  20,
		Pattern:     acquisitions(patterns.Acquire, answers),
		AntiPattern: acquisitions(antipatterns.Acquire, answers),
		Predict: func(set bench.Setting) []bench.Prediction {
			visits := float64(acquireVisits(set))
			again := float64(acquireTTL(set)) * acquireWorkers / acquireLocks / float64(2*set.RTT)
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: immortal.Name, Value: 0, Formula: "lock and expiry are one command"},
				{Side: bench.AntiPattern, Metric: immortal.Name, Value: acquireCrashes, Formula: "C, one for each client that dies between the two commands"},
				{Side: bench.Pattern, Metric: refused.Name, Value: stats.Float(acquireCrashes * min(again, visits-2)), Formula: "C·min(T·W/(n·2R), V − 2): a lock is asked for every n·2R/W until its time T has passed, with W = 16 workers, n = 60 locks, and V rounds of all locks"},
				{Side: bench.AntiPattern, Metric: refused.Name, Value: stats.Float(acquireCrashes * (visits - 2)), Formula: "C·(V − 2): every attempt after the crash, which is in the second of V rounds of all locks"},
				{Side: bench.Pattern, Metric: took.Name, Value: ns(2 * set.RTT), Formula: "2·R: SET, and a script that gives back"},
				{Side: bench.AntiPattern, Metric: took.Name, Value: ns(3 * set.RTT), Formula: "3·R: SETNX, PEXPIRE, and a script that gives back"},
			}
		},
		Finding: says("%s that died left %s that never expire with SETNX, then EXPIRE, and %s with SET NX PX.",
			append([]figure{of("clients that died", bench.AntiPattern)}, twins(immortal.Name)...)...),
		Also: also(
			says("Later attempts on those locks were refused: %s with SETNX, then EXPIRE, and %s with SET NX PX.", twins(refused.Name)...),
			says("Both commands in one transaction left %s, and in one script %s.", of(immortal.Name, acquireInMulti), of(immortal.Name, acquireInLua)),
			says("To take a lock and give it back took %s with SETNX, then EXPIRE, and %s with SET NX PX.", twins(took.Name)...),
		),
	}
}

// acquireLoad takes every lock in turn so many times, whatever the time that
// takes: both sides crash in the same ops.
func acquireLoad(set bench.Setting) load.Spec {
	// A duration of its own means no warm-up, whose ops would crash, too.
	return load.Spec{Mode: load.Job, Ops: acquireLocks * acquireVisits(set), Workers: acquireWorkers, Duration: 200 * time.Millisecond}
}

// acquireVisits is how many times each lock is asked for: often enough to see a
// dead client's lock expire, and fewer times where a round trip is long.
func acquireVisits(set bench.Setting) int {
	if set.RTT > 15*time.Millisecond {
		return 6
	}
	return 20
}

// acquireTTL is far above the time a holder needs.
func acquireTTL(set bench.Setting) time.Duration { return max(50*time.Millisecond, 20*set.RTT) }

func acquireName(lock int) string { return "lock:" + strconv.Itoa(lock) }

func acquireNames(bench.Setting) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range acquireLocks {
			if !yield(acquireName(n)) {
				return
			}
		}
	}
}

// crashes says which ops crash: of every sixth lock the second visit.
func crashes(i int) bool { return i%acquireCrash == 0 && i/acquireLocks == 1 }

type acquire = func(ctx context.Context, client rueidis.Client, key, token string, ttl time.Duration) (bool, error)

// acquisitions makes an op of a way to take a lock: each op takes one and gives
// it back, or finds it taken and lets it be; some crash.
func acquisitions(take acquire, answers int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		for _, counter := range []string{"crashes", "refused"} {
			env.Count(counter, 0)
		}
		l := &lockUser{env: env, option: env.Option(), client: client, take: take, answers: answers, ttl: acquireTTL(env.Setting)}
		return l.op, loadScripts(ctx, client, acquireBoth, giveBack)
	}
}

// countImmortals counts the locks that are left, by whether they will expire.
func countImmortals(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	var ask rueidis.Commands
	for name := range acquireNames(stage.Setting) {
		ask = append(ask, stage.Client.B().Pttl().Key(stage.Name(name)).Build())
	}
	trial.Counts["immortal"], trial.Counts["expiring"] = 0, 0
	for _, result := range stage.Client.DoMulti(ctx, ask...) {
		switch ttl, err := result.AsInt64(); {
		case err != nil:
			return err
		case ttl == -1:
			trial.Counts["immortal"]++
		case ttl >= 0:
			trial.Counts["expiring"]++
		}
	}
	return nil
}

func acquireCrashed(side string) bench.Check {
	return bench.Check{Name: "clients that died", Side: side, Of: func(t *bench.Trial) float64 { return bench.Count(t, "crashes") }, Min: acquireCrashes, Max: acquireCrashes}
}

// acquireCalls checks how often a command is called in each attempt to take a
// lock; clients that die may ask more than once.
func acquireCalls(side, command string, want float64) bench.Check {
	return bench.Check{Name: command + " calls per attempt", Side: side, Of: perOp(bench.Calls(command)), Min: want, Max: want * 1.1}
}
