package bench_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// fight runs a scenario in this process on servers of its own.
func fight(t *testing.T, s bench.Scenario, rounds int) *bench.Duel {
	t.Helper()
	return benchtest.Fight(t, s, func(set *bench.Settings) { set.Rounds, set.Duration = rounds, 100*time.Millisecond })
}

func thrice(min, max float64) bench.Scenario {
	s := echo()
	s.Variants = []bench.Variant{{Name: "three times", About: "Reads it three times.", Impl: reads(3)}}
	s.Checks = append(s.Checks, bench.Check{Name: "GET calls per op", Side: "three times", Of: gets, Min: min, Max: max})
	return s
}

func TestAVariantRunsInTheFirstRoundsAndIsComparedWithThePattern(t *testing.T) {
	benchtest.Counts(t)
	duel := fight(t, thrice(3, 3), 4)
	if got, want := len(duel.Trials), 4*3+3; got != want {
		t.Errorf("%d trials, want %d", got, want)
	}
	calls := duel.Comparisons[1]
	if got := float64(calls.Sides["three times"]); got != 3 {
		t.Errorf("the variant called %v times, want 3", got)
	}
	c := calls.Variants["three times"]
	if got := float64(c.Effect.Estimate); math.Abs(got-3) > 1e-9 || c.Rounds != 3 {
		t.Errorf("%v times as many calls as the pattern over %d rounds, want 3 over 3", got, c.Rounds)
	}
}

func TestAVariantThatFailsItsCheckCostsTheDuelNothing(t *testing.T) {
	benchtest.Counts(t)
	duel := fight(t, thrice(7, 7), 1)
	if duel.Failed != "" {
		t.Errorf("the duel failed: %s", duel.Failed)
	}
	if got := duel.Variants[0].Failed; !strings.Contains(got, "GET calls per op") {
		t.Errorf("the variant failed because of %q, want its check", got)
	}
	if _, shown := duel.Comparisons[1].Sides["three times"]; shown {
		t.Error("a number of the failed variant is shown")
	}
}

func TestAVariantForServersOfOurOwnIsLeftOutOnAnotherAndIsNoFailure(t *testing.T) {
	benchtest.Counts(t)
	s := thrice(3, 3)
	s.Variants[0].Alone = "it would do harm"
	if duel := fight(t, s, 1); duel.Variants[0].LeftOut != "" || len(duel.Trials) != 4 {
		t.Errorf("on a server of our own: %d trials, left out: %q", len(duel.Trials), duel.Variants[0].LeftOut)
	}
	fixture := *benchtest.Server(t, &s)
	fixture.Own, fixture.Close = false, func() error { return nil }
	var last bench.Progress
	result, err := bench.Run(t.Context(), bench.Config{
		Scenarios: []bench.Scenario{s}, Settings: short(2, 100*time.Millisecond),
		Servers:  func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) { return &fixture, nil },
		Progress: func(p bench.Progress) { last = p },
	})
	if err != nil {
		t.Error(err)
	}
	duel := &result.Duels[0]
	if got := duel.Variants[0]; got.LeftOut != "it would do harm" || got.Failed != "" {
		t.Errorf("left out because of %q, failed because of %q", got.LeftOut, got.Failed)
	}
	for _, trial := range duel.Trials {
		if trial.Side == "three times" {
			t.Error("the variant ran")
		}
	}
	if len(duel.Checks) != 2 {
		t.Errorf("%d checks, want those of the twins", len(duel.Checks))
	}
	if last.Done < last.Total-2 {
		t.Errorf("the last trial began at %d of %d", last.Done, last.Total)
	}
}

func TestMoreRoundsThanAScenarioIsWorthAreFoughtOnlyWhenAskedFor(t *testing.T) {
	benchtest.Counts(t)
	s := echo()
	s.Rounds = 2
	for early, want := range map[bool]int{true: 2 * 3, false: 5 * 3} {
		d := benchtest.Fight(t, s, func(set *bench.Settings) {
			set.Rounds, set.Early, set.Duration = 5, early, 50*time.Millisecond
		})
		if got := len(d.Trials); got != want {
			t.Errorf("early %v: %d trials, want %d", early, got, want)
		}
	}
}

func TestAHostThatCannotShowADifferenceGivesNoVerdict(t *testing.T) {
	benchtest.Counts(t)
	s := echo()
	s.Metrics[0].Limit = func(h bench.Host) string { return fmt.Sprintf("%d cores are too few.", h.Cores) }
	c := fight(t, s, 2).Comparisons[1].Comparison
	if c.Verdict != stats.NotDemonstrable || !strings.Contains(c.Why, "cores are too few") {
		t.Errorf("%s because %q, want that it cannot be shown on this host", c.Verdict, c.Why)
	}
}

// book is a scenario whose sides count what they write, and whose outcome is
// looked at after each trial: the anti-pattern forgets every other write.
func book() bench.Scenario {
	s := echo()
	s.Checks = nil
	s.Topology = bench.Topology{Alone: true}
	s.Primary = bench.Counted("writes lost", "writes", stats.Lower, "lost")
	s.Metrics = []bench.Metric{bench.SpanQuantile("median pause", "pause", 0.5)}
	s.Writes = func(bench.Setting) iter.Seq[string] { return slices.Values([]string{"book"}) }
	s.Before = func(ctx context.Context, stage *bench.Stage, _ string) error {
		return stage.Client.Do(ctx, stage.Client.B().Incrby().Key(stage.Name("book")).Increment(1000).Build()).Error()
	}
	s.After = func(ctx context.Context, stage *bench.Stage, t *bench.Trial) error {
		found, err := stage.Client.Do(ctx, stage.Client.B().Get().Key(stage.Name("book")).Build()).AsInt64()
		t.Counts["lost"] = t.Counts["written"] - (found - 1000)
		return err
	}
	write := func(every int) bench.Impl {
		return func(ctx context.Context, env *bench.Env) (load.Op, error) {
			client, err := env.Client(ctx)
			env.AtEnd(func(context.Context) error { env.Peak("ended", 1); return nil })
			return func(ctx context.Context, i int) error {
				env.Count("written", 1)
				env.Observe("pause", time.Millisecond)
				if i%every != 0 {
					return nil
				}
				return client.Do(ctx, client.B().Incr().Key(env.Name("book")).Build()).Error()
			}, err
		}
	}
	s.Pattern, s.AntiPattern = write(1), write(2)
	return s
}

func TestATrialsOutcomeIsWhatIsFoundAfterIt(t *testing.T) {
	benchtest.Counts(t)
	s := book()
	duel := fight(t, s, 2)
	if got := duel.Value(s.Primary.Name, bench.Pattern); got != 0 {
		t.Errorf("the pattern lost %v writes, want 0", got)
	}
	for _, trial := range duel.Trials {
		if want := trial.Load.Attempts / 2; trial.Side == bench.AntiPattern && trial.Counts["lost"] != want {
			t.Errorf("the anti-pattern lost %d of %d writes, want %d", trial.Counts["lost"], trial.Load.Attempts, want)
		}
		if trial.Counts["ended"] != 1 {
			t.Error("what was to be done at the end was not")
		}
		if got := trial.Spans["pause"].Count(); got != trial.Load.Attempts {
			t.Errorf("%d pauses were recorded, want %d", got, trial.Load.Attempts)
		}
	}
	if c := duel.Comparison; c.Scale != stats.Difference || c.Effect.Estimate <= 0 {
		t.Errorf("effect %+v, want a difference above 0", c.Effect)
	}
}

func TestAScenarioThatNeedsAServerOfItsOwnGetsOneOrIsLeftOut(t *testing.T) {
	s := book()
	nowhere := bench.Target{URL: "redis://127.0.0.1:1"}
	_, err := bench.UserServer(nowhere, bench.Consent{}, nil)(t.Context(), &s, bench.Setting{})
	if !errors.Is(err, bench.ErrSkipped) || !strings.Contains(err.Error(), "server to itself") {
		t.Errorf("error %v, want the scenario left out, and why", err)
	}
	own := &bench.Fixture{Own: true}
	got, err := bench.UserServer(nowhere, bench.Consent{}, func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) { return own, nil })(t.Context(), &s, bench.Setting{})
	if got != own || err != nil {
		t.Errorf("fought on %v, error %v, want the server of its own", got, err)
	}
}

// leastSent is what the server sent in a trial of the pattern; a connection that
// was opened anew meanwhile costs some more.
func leastSent(d *bench.Duel) float64 {
	least := math.Inf(1)
	for _, trial := range d.Trials {
		if trial.Side != bench.AntiPattern {
			least = min(least, bench.BytesOut(trial.Evidence))
		}
	}
	return least
}

func TestNumbersOfInfoAreFollowedDuringATrial(t *testing.T) {
	s := echo()
	s.Samples = []string{"used_memory", "total_commands_processed", "no_such_field"}
	s.Load = func(bench.Setting) load.Spec {
		return load.Spec{Mode: load.Open, Rate: 200, Workers: 8, Duration: 300 * time.Millisecond}
	}
	unwatched := s
	unwatched.Samples = nil
	watched := fight(t, s, 1)
	if with, without := leastSent(watched), leastSent(fight(t, unwatched, 1)); with != without {
		t.Errorf("%v bytes were sent with samples and %v without", with, without)
	}
	for _, trial := range watched.Trials {
		if len(trial.Samples) < 2 {
			t.Fatalf("%d samples of 0.3 s, want several", len(trial.Samples))
		}
		first, last := trial.Samples[0], trial.Samples[len(trial.Samples)-1]
		if first.Values["used_memory"] <= 0 || last.Values["total_commands_processed"] <= first.Values["total_commands_processed"] {
			t.Errorf("from %v to %v, want memory and a growing number of commands", first.Values, last.Values)
		}
		if _, known := first.Values["no_such_field"]; known {
			t.Error("a field that does not exist has a value")
		}
	}
}

func TestAClustersNodesGiveEvidenceEachByItself(t *testing.T) {
	benchtest.Counts(t)
	s := echo()
	s.Topology = bench.Topology{Nodes: 3, Config: []string{"maxmemory 64mb"}}
	s.Bystander = true
	duel := fight(t, s, 1)
	if duel.Failed != "" {
		t.Fatalf("the duel failed: %s", duel.Failed)
	}
	if duel.Server.Nodes != 3 || duel.Server.Mode != "cluster" || duel.Server.Settings["maxmemory"] != "67108864" {
		t.Errorf("fought on %+v, want a cluster of 3 with 64 MiB each", duel.Server)
	}
	for _, trial := range duel.Trials {
		var sum int64
		for _, node := range trial.Nodes {
			sum += node.Commands["get"].Calls
		}
		if got := trial.Evidence.Commands["get"].Calls; len(trial.Nodes) != 3 || sum != got {
			t.Errorf("%d nodes saw %d GETs, together %d", len(trial.Nodes), sum, got)
		}
	}
}

// An op that outlasts the time of a trial would otherwise go unwatched for most of
// it, and the server's CPU time of reads that nobody made would be taken out.
func TestABystanderWatchesUntilTheSideHasEnded(t *testing.T) {
	benchtest.Counts(t)
	s := echo()
	s.Bystander, s.RoundTrips = true, 60
	s.Load = func(bench.Setting) load.Spec {
		return load.Spec{Mode: load.Open, Rate: 20, Workers: 4, Duration: 50 * time.Millisecond}
	}
	s.AntiPattern, s.Checks = reads(60), nil
	duel := benchtest.Fight(t, s, func(set *bench.Settings) { set.RTT = time.Millisecond })
	for _, trial := range duel.Trials {
		watched := trial.Bystander
		if watched.Elapsed < trial.Load.Elapsed || watched.Intended != watched.OK {
			t.Errorf("the %s lasted %v, and %d of %d reads watched it for %v", trial.Side, trial.Load.Elapsed, watched.OK, watched.Intended, watched.Elapsed)
		}
		if trial.Side == bench.AntiPattern && trial.Load.Elapsed < 60*time.Millisecond {
			t.Errorf("an op of 60 round trips lasted %v", trial.Load.Elapsed)
		}
		reads := float64(watched.Attempts) / float64(duel.Alone.Bystander.Attempts)
		if got, want := float64(trial.Evidence.Beside), reads*float64(duel.Alone.Evidence.CPU); math.Abs(got-want) > 1 {
			t.Errorf("%v ns of CPU were taken out beside the %s, want %v", got, trial.Side, want)
		}
	}
}

func TestTheSidesOfARoundShareTheirArrivalsAndRoundsDoNot(t *testing.T) {
	benchtest.Counts(t)
	s := echo()
	s.Load = func(bench.Setting) load.Spec {
		return load.Spec{Mode: load.Open, Arrivals: load.Poisson, Rate: 1000, Workers: 8}
	}
	due := map[int]map[int64]bool{} // how many fell due, by round
	for _, trial := range fight(t, s, 4).Trials {
		if due[trial.Round] == nil {
			due[trial.Round] = map[int64]bool{}
		}
		due[trial.Round][trial.Load.Intended] = true
	}
	all := map[int64]bool{}
	for round, counts := range due {
		if len(counts) != 1 {
			t.Errorf("the sides of round %d had %v ops due, want one number", round, counts)
		}
		for n := range counts {
			all[n] = true
		}
	}
	if len(all) < 2 {
		t.Errorf("each of 4 rounds had %v ops due: they share their arrivals", all)
	}
}

func TestAFirstLookIsAtTheTwinsAlone(t *testing.T) {
	duel := benchtest.Fight(t, thrice(3, 3), func(set *bench.Settings) { set.Quick, set.Duration = true, 100*time.Millisecond })
	if got, want := len(duel.Trials), 3; got != want || len(duel.Checks) != 2 {
		t.Errorf("%d trials and %d checks, want %d and 2", got, len(duel.Checks), want)
	}
}
