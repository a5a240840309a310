package bench

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// answered is the result of an open loop of n ops of a length, each of which
// started late; the harness or the server is to blame.
func answered(n int, took, late time.Duration, blame load.Late) *load.Result {
	r := &load.Result{
		Intended: int64(n), OK: int64(n), Attempts: int64(n), Elapsed: time.Second, Late: blame,
		Response: latency.New(), Service: latency.New(), Lateness: latency.New(),
	}
	for range n {
		r.Response.Record(took + late)
		r.Service.Record(took)
		r.Lateness.Record(late)
	}
	return r
}

// duel is five rounds of an open loop in which the anti-pattern takes twice as
// long; spoil may change a trial.
func duelOf(spoil func(*Trial)) (*Duel, *Scenario) {
	s := &Scenario{
		Primary: MedianResponse("median response time"),
		Finding: func(*Duel) string { return "It took longer." },
	}
	d := &Duel{Load: load.Spec{Mode: load.Open, Rate: 1000}}
	for round := 1; round <= 5; round++ {
		for slot, side := range order(round, arms) {
			took := time.Millisecond
			if side == AntiPattern {
				took *= 2
			}
			trial := Trial{Round: round, Slot: slot + 1, Side: side, Outcome: Completed, Load: answered(1000, took, 0, load.Late{})}
			spoil(&trial)
			d.Trials = append(d.Trials, trial)
		}
	}
	return d, s
}

func TestASideWithoutANumberLeavesNothingToBeFound(t *testing.T) {
	d, s := duelOf(func(*Trial) {})
	s.Also = func(*Duel) []string { return []string{"It was quiet."} }
	if Judge(d, s, Host{}); d.Finding == "" || len(d.Also) != 1 {
		t.Errorf("found %q, and also %q", d.Finding, d.Also)
	}
	s.Primary.Of = func(trial *Trial) float64 {
		if trial.Side == AntiPattern {
			return math.NaN()
		}
		return 1
	}
	if Judge(d, s, Host{}); d.Finding != "" || d.Also != nil || d.Failed != "" {
		t.Errorf("without a number found %q, and also %q; failed: %q", d.Finding, d.Also, d.Failed)
	}
}

func TestAValueReadsWithItsUnit(t *testing.T) {
	d := &Duel{
		Primary: Metric{Name: "wait", Unit: "ns"}, Metrics: []Metric{{Name: "sent", Unit: "B"}},
		Comparisons: []MetricResult{
			{Metric: "wait", Sides: map[string]stats.Float{Pattern: 1.5e6, AntiPattern: nan}},
			{Metric: "sent", Sides: map[string]stats.Float{Pattern: 12}},
		},
	}
	for _, want := range [][3]string{
		{"wait", Pattern, "1.50 ms"}, {"wait", AntiPattern, "n/a"}, {"wait", "MGET", "n/a"}, {"sent", Pattern, "12 B"}, {"calls", Pattern, "n/a"},
	} {
		if got := d.Text(want[0], want[1]); got != want[2] {
			t.Errorf("%s of %s reads %q, want %q", want[0], want[1], got, want[2])
		}
	}
}

func TestARoundInWhichTheGeneratorWasLateDoesNotCount(t *testing.T) {
	d, s := duelOf(func(trial *Trial) {
		if trial.Round == 2 && trial.Side == AntiPattern {
			trial.Load = answered(1000, 2*time.Millisecond, 50*time.Millisecond, load.Late{Harness: time.Second})
		}
	})
	Judge(d, s, Host{})
	if d.Comparison.Verdict != stats.PatternWins || d.Comparison.Rounds != 4 {
		t.Errorf("%s over %d rounds, want a win of the pattern over 4", d.Comparison.Verdict, d.Comparison.Rounds)
	}
	if ratio := float64(d.Comparison.Effect.Estimate); math.Abs(ratio-2) > 0.01 {
		t.Errorf("ratio %v, want 2: the lateness is not the anti-pattern's", ratio)
	}
	if !strings.Contains(strings.Join(d.Doubts, " "), "in 1 of 5 rounds the generator") {
		t.Errorf("the doubts %q do not tell of the round", d.Doubts)
	}
}

func TestAGeneratorThatIsMostlyLateGivesNoVerdict(t *testing.T) {
	d, s := duelOf(func(trial *Trial) {
		if trial.Round <= 3 && trial.Side == Control {
			trial.Load = answered(1000, time.Millisecond, 2*time.Millisecond, load.Late{Harness: time.Second})
		}
	})
	Judge(d, s, Host{})
	if d.Comparison.Verdict != stats.Inconclusive || !strings.Contains(d.Comparison.Why, "generator") {
		t.Errorf("%s because %q, want inconclusive because of the generator", d.Comparison.Verdict, d.Comparison.Why)
	}
}

// overwhelmed is an anti-pattern that does not sustain its rate. In some rounds the
// generator stood still besides.
func overwhelmed(disturbed ...int) (*Duel, *Scenario) {
	d, s := duelOf(func(trial *Trial) {
		switch {
		case trial.Side != AntiPattern:
		case slices.Contains(disturbed, trial.Round):
			trial.Load = answered(1000, 2*time.Millisecond, time.Second, load.Late{Harness: time.Hour})
		default:
			trial.Load = answered(1000, 2*time.Millisecond, 50*time.Millisecond, load.Late{Server: time.Minute})
		}
	})
	s.Metrics = []Metric{Throughput("throughput", "ops/s", 1), PerOp("calls per op", "calls", 1, Calls("get"))}
	s.Metrics[1].Of = func(t *Trial) float64 { return map[string]float64{AntiPattern: 2}[t.Side] + 1 }
	return d, s
}

func TestAGeneratorThatStoodStillOnceDoesNotHideASideThatDoesNotKeepUp(t *testing.T) {
	for _, disturbed := range [][]int{nil, {5}} {
		d, s := overwhelmed(disturbed...)
		if Judge(d, s, Host{}); d.Comparison.Verdict != stats.Saturated {
			t.Errorf("late in rounds %v: %s because %q, want saturated", disturbed, d.Comparison.Verdict, d.Comparison.Why)
		}
	}
}

func TestNoTimeOrRateOfASideThatDoesNotKeepUpHasAVerdictAndACountKeepsIts(t *testing.T) {
	d, s := overwhelmed()
	Judge(d, s, Host{})
	var got []stats.Verdict
	for _, c := range d.Comparisons {
		got = append(got, c.Comparison.Verdict)
	}
	if want := []stats.Verdict{stats.Saturated, stats.Saturated, stats.PatternWins}; !slices.Equal(got, want) {
		t.Errorf("verdicts %v, want %v", got, want)
	}
}

func TestTheMedianOfASideIsOverTheTrialsThatCountIfAnyDoes(t *testing.T) {
	for late, want := range map[int]time.Duration{0: 2 * time.Millisecond, 3: 2 * time.Millisecond, 5: 52 * time.Millisecond} {
		d, s := duelOf(func(trial *Trial) {
			if trial.Side == AntiPattern && trial.Round <= late {
				trial.Load = answered(1000, 2*time.Millisecond, 50*time.Millisecond, load.Late{Harness: time.Second})
			}
		})
		Judge(d, s, Host{})
		if got := d.Value(s.Primary.Name, AntiPattern); math.Abs(got/float64(want)-1) > 0.01 {
			t.Errorf("late in %d of 5 rounds: %v, want %v", late, time.Duration(got), want)
		}
	}
}

func TestAFewTrialsWithANumberAreNoSampleOfThoseWithout(t *testing.T) {
	for without, want := range map[int]float64{0: 1, 2: 1, 3: math.NaN()} {
		d, s := duelOf(func(*Trial) {})
		s.Primary.Of = func(t *Trial) float64 {
			if t.Side == AntiPattern && t.Round <= without {
				return math.NaN()
			}
			return 1
		}
		Judge(d, s, Host{})
		if got := d.Value(s.Primary.Name, AntiPattern); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%d of 5 trials without a number: %v, want %v", without, got, want)
		}
	}
}

func TestABystanderThatWasItselfLateCostsTheRound(t *testing.T) {
	d, s := duelOf(func(trial *Trial) {
		trial.Bystander = answered(1000, time.Millisecond, 0, load.Late{})
		if trial.Round == 2 && trial.Side == AntiPattern {
			trial.Bystander = answered(1000, time.Millisecond, 300*time.Millisecond, load.Late{Harness: time.Second})
		}
	})
	s.Primary = BystanderMax("longest wait")
	if Judge(d, s, Host{}); d.Comparison.Rounds != 4 || d.Comparison.Verdict == stats.PatternWins {
		t.Errorf("%s over %d rounds, want no win over the 4 in which it was not", d.Comparison.Verdict, d.Comparison.Rounds)
	}
}

func TestATrialThatBeganLateIsNoWitnessOfATimedCheck(t *testing.T) {
	d, s := duelOf(func(trial *Trial) {
		trial.Counts = map[string]int64{"stall": 10}
		if trial.Round == 3 {
			trial.Late, trial.Counts["stall"] = time.Second, 1
		}
	})
	s.Checks = []Check{{Name: "stall", Side: Pattern, Of: func(t *Trial) float64 { return Count(t, "stall") }, Min: 9, Max: 11, Timed: true}}
	Judge(d, s, Host{})
	if d.Failed != "" || d.Comparison.Rounds != 4 {
		t.Errorf("failed because of %q, %d rounds; want 4 that count", d.Failed, d.Comparison.Rounds)
	}
	s.Checks[0].Timed = false
	if Judge(d, s, Host{}); d.Failed == "" {
		t.Error("a check that is not timed passed over a trial")
	}
}

func TestACountDoesNotDependOnWhenOpsBegan(t *testing.T) {
	late := func(trial *Trial) {
		trial.Load = answered(1000, time.Millisecond, 2*time.Millisecond, load.Late{Harness: time.Second})
		trial.Counts = map[string]int64{"lost": 1}
		if trial.Side == AntiPattern {
			trial.Counts["lost"] = 10
		}
	}
	d, s := duelOf(late)
	s.Primary = Counted("lost", "updates", stats.Lower, "lost")
	Judge(d, s, Host{})
	if d.Comparison.Verdict != stats.PatternWins || d.Comparison.Rounds != 5 {
		t.Errorf("%s over %d rounds, want a win of the pattern over 5", d.Comparison.Verdict, d.Comparison.Rounds)
	}
	if !strings.Contains(strings.Join(d.Doubts, " "), "the generator") {
		t.Errorf("the doubts %q do not tell of the late generator", d.Doubts)
	}
}

func TestASideThatCannotKeepUpIsSaturated(t *testing.T) {
	d, s := duelOf(func(trial *Trial) {
		if trial.Side == AntiPattern {
			trial.Load = answered(1000, 2*time.Millisecond, 20*time.Millisecond, load.Late{Server: time.Second})
		}
	})
	Judge(d, s, Host{})
	if d.Comparison.Verdict != stats.Saturated || !strings.Contains(d.Comparison.Why, "anti-pattern does not sustain 1000 ops/s") {
		t.Errorf("%s because %q, want the anti-pattern saturated", d.Comparison.Verdict, d.Comparison.Why)
	}
}

func TestOneWrongAnswerFailsADuelAndSoDoManyErrors(t *testing.T) {
	for _, c := range []struct {
		class string
		lost  int64
		want  string
	}{
		{load.ClassWrong, 1, "1 wrong answers"},
		{load.ClassTimeout, 500, "500 of the pattern's 10500 ops failed"},
		{load.ClassTimeout, 1, ""}, // a doubt is enough
	} {
		d, s := duelOf(func(trial *Trial) {
			if trial.Round == 1 && trial.Side == Pattern {
				trial.Load.Intended += c.lost
				trial.Load.Attempts += c.lost
				trial.Load.Failed = c.lost
				trial.Load.Errors = map[string]int64{c.class: c.lost}
			}
		})
		Judge(d, s, Host{})
		if !strings.Contains(d.Failed, c.want) || (d.Failed == "") != (c.want == "") {
			t.Errorf("%d of %q: failed because %q, want %q", c.lost, c.class, d.Failed, c.want)
		}
		if (d.Finding == "") != (c.want != "") {
			t.Errorf("%d of %q: the finding is %q", c.lost, c.class, d.Finding)
		}
	}
}
