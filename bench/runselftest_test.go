package bench_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// knownTruth is decided by the calls that an op makes: what is measured
// beforehand is one, and the anti-pattern makes as many more as are added.
func knownTruth() bench.Scenario {
	s := counting()
	s.AntiPattern = reads(1)
	s.Sweeps = []bench.Sweep{{Name: bench.SelfTestSweep, Values: []float64{0, 1}, At: func(added float64) bench.Scenario {
		s := counting()
		s.AntiPattern = reads(1 + int(added))
		return s
	}}}
	return s
}

func TestASelfTestCountsWhatItsDuelsFound(t *testing.T) {
	c, _ := config(t, short(3, 50*time.Millisecond))
	c.Trial, c.Settings.Warmup = nil, 0
	plan := bench.SelfTestPlan{RTTs: []time.Duration{0}, Shares: []float64{2}, Duels: 1}
	got, err := bench.RunSelfTest(t.Context(), c, knownTruth(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Cases) != 2 || got.Partial != "" || got.Server.Version == "" {
		t.Fatalf("got %+v", got)
	}
	equal, slower := got.Cases[0], got.Cases[1]
	if len(equal.Duels) != 1 || equal.Count(stats.NoDifference) != 1 || equal.Added != 0 {
		t.Errorf("equal sides: %+v, want a duel without a difference", equal)
	}
	if len(slower.Duels) != 1 || slower.Count(stats.PatternWins) != 1 || slower.Service != 1 || slower.Added != 2 {
		t.Errorf("three calls against one: %+v, want one duel that found it", slower)
	}
	if d := slower.Duels[0]; d.Rounds != 3 || d.Effect.Estimate < 2.99 || d.Effect.Estimate > 3.01 {
		t.Errorf("found %+v, want three times as many calls over 3 rounds", d)
	}
}

func TestASelfTestEndsWhenItsTimeIsOverWithADuelOfEachKind(t *testing.T) {
	c, _ := config(t, short(1, 50*time.Millisecond))
	c.Trial, c.Settings.Warmup = nil, 0
	plan := bench.SelfTestPlan{RTTs: []time.Duration{0}, Shares: []float64{1}, Time: time.Nanosecond}
	got, err := bench.RunSelfTest(t.Context(), c, knownTruth(), plan)
	if err != nil || len(got.Cases[0].Duels) != 3 || len(got.Cases[1].Duels) != 1 {
		t.Errorf("got %+v (%v), want one lap", got.Cases, err)
	}
}

func TestASelfTestThatIsInterruptedKeepsItsDuels(t *testing.T) {
	c, _ := config(t, short(1, 50*time.Millisecond))
	c.Trial, c.Settings.Warmup = nil, 0
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("stopped by a test")
	servers, begun := c.Servers, 0
	c.Servers = func(ctx context.Context, s *bench.Scenario, set bench.Setting) (*bench.Fixture, error) {
		if begun++; begun == 3 { // the calibration, one duel, and no more
			cancel(why)
		}
		return servers(ctx, s, set)
	}
	got, err := bench.RunSelfTest(ctx, c, knownTruth(), bench.SelfTestPlan{RTTs: []time.Duration{0}, Time: time.Hour})
	if err == nil || got.Partial == "" || len(got.Cases) != 1 || len(got.Cases[0].Duels) != 1 {
		t.Errorf("got %+v (%v), want one duel and a reason", got, err)
	}
}
