package bench_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// callsAgainst is decided by a count that does not vary: one read against two, or as
// many on both sides.
func callsAgainst(antipattern int) bench.Scenario {
	s := echo()
	s.Primary, s.Metrics = s.Metrics[0], nil
	s.AntiPattern, s.Checks[1].Min, s.Checks[1].Max = reads(antipattern), float64(antipattern), float64(antipattern)
	return s
}

// fightToTheEnd runs a scenario in this process, at most so many rounds, and
// returns its result, its journal and the last that its progress said.
func fightToTheEnd(t *testing.T, s bench.Scenario, most int) (*bench.Result, *bytes.Buffer, bench.Progress) {
	t.Helper()
	c, _ := config(t, short(most, 50*time.Millisecond))
	var journal bytes.Buffer
	var last bench.Progress
	c.Settings.Early, c.Scenarios, c.Trial = true, []bench.Scenario{s}, nil
	c.Journal = bench.NewJournal(&journal)
	c.Progress = func(p bench.Progress) { last = p }
	result, err := bench.Run(t.Context(), c)
	if err != nil && s.Checks[0].Min == 1 {
		t.Fatal(err)
	}
	return result, &journal, last
}

func TestADuelThatIsDecidedEndsAtALook(t *testing.T) {
	s := callsAgainst(2)
	result, journal, last := fightToTheEnd(t, s, 12)
	d := &result.Duels[0]
	if len(d.Trials) != 12 || d.Comparison.Verdict != stats.PatternWins || d.Plan != stats.Stopping(12) || d.Partial != "" {
		t.Errorf("%d trials, %s, planned %+v, partial %q; want 12 and a win", len(d.Trials), d.Comparison.Verdict, d.Plan, d.Partial)
	}
	if want := "after 4 of 12 rounds, by the rule fixed beforehand"; !strings.HasPrefix(d.Stopped, want) {
		t.Errorf("stopped %q, want %q", d.Stopped, want)
	}
	if strings.Contains(strings.Join(d.Doubts, " "), "run at least 5") {
		t.Errorf("the doubts %q ask for more rounds than the rule", d.Doubts)
	}
	if last.Done != 11 || last.Total != 12 {
		t.Errorf("the last trial began as %d of %d, want 11 of 12", last.Done, last.Total)
	}
	rescued, err := bench.ReadJournal(journal, []bench.Scenario{s})
	if err != nil || rescued.Duels[0].Plan != d.Plan || rescued.Duels[0].Comparison != d.Comparison {
		t.Errorf("the journal gives %+v (%v), want %+v", rescued.Duels[0].Comparison, err, d.Comparison)
	}
}

func TestADuelThatIsUndecidedHasAllItsRounds(t *testing.T) {
	benchtest.Counts(t)
	result, _, last := fightToTheEnd(t, callsAgainst(1), 6)
	d := &result.Duels[0]
	if len(d.Trials) != 18 || d.Stopped != "" || d.Comparison.Verdict != stats.NoDifference {
		t.Errorf("%d trials, stopped %q, %s; want 18 and no difference", len(d.Trials), d.Stopped, d.Comparison.Verdict)
	}
	if last.Done != 17 || last.Total != 18 {
		t.Errorf("the last trial began as %d of %d, want 17 of 18", last.Done, last.Total)
	}
}

func TestADuelWhoseCheckFailedIsNotFoughtToTheEnd(t *testing.T) {
	benchtest.Counts(t)
	s := callsAgainst(2)
	s.Checks[0].Min, s.Checks[0].Max = 7, 7
	result, _, _ := fightToTheEnd(t, s, 12)
	if d := &result.Duels[0]; len(d.Trials) != 12 || d.Failed == "" || !strings.Contains(d.Stopped, "a check failed") {
		t.Errorf("%d trials, failed because of %q, stopped %q", len(d.Trials), d.Failed, d.Stopped)
	}
}

func TestADuelOfWhichNothingSucceededYetGoesOn(t *testing.T) {
	s := callsAgainst(2)
	s.Load = func(bench.Setting) load.Spec { return load.Spec{Mode: "none"} } // no trial of which can begin
	s.Checks[0].Min = 0
	result, _, _ := fightToTheEnd(t, s, 5)
	if d := &result.Duels[0]; len(d.Trials) != 15 || d.Stopped != "" {
		t.Errorf("%d trials, stopped %q; want all 15: a later one may succeed", len(d.Trials), d.Stopped)
	}
}
