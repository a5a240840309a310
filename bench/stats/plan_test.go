package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// most is the number of rounds that the simulated plans end with.
const most = 12

// foughtOut simulates a duel that ends by the rule, and returns what is then
// reported and after how many rounds.
func foughtOut(r *rand.Rand, plan Plan, ratio float64, of noise) (c Comparison, rounds int) {
	all := simulate(r, plan.Rounds, ratio, of)
	rounds = endOf(plan, all)
	return plan.Compare(all[:rounds], Lower), rounds
}

// endOf is the number of rounds that a duel of such rounds has by the rule.
func endOf(plan Plan, all []Round) int {
	n := plan.Next(0)
	for n < plan.Rounds && !plan.Enough(plan.Compare(all[:n], Lower)) {
		n = plan.Next(n)
	}
	return n
}

func TestEqualSidesSeldomWinAtAnyLook(t *testing.T) {
	for _, of := range slices.Concat(noises(), counts()) {
		t.Run(of.name, func(t *testing.T) {
			plan := Stopping(most)
			got, margin := share(func(r *rand.Rand) bool {
				all := simulate(r, most, 1, of)
				for n := plan.Next(0); ; n = plan.Next(n) {
					// Whether or not the rounds would end there: any win at a look.
					if v := plan.Compare(all[:n], Lower).Verdict; v == PatternWins || v == AntiPatternWins {
						return true
					}
					if n == most {
						return false
					}
				}
			}, 21, 1-confidence)
			t.Logf("wins %.4f", got)
			if got > 1-confidence+margin {
				t.Errorf("%.4f of equal sides win, want at most %.4f", got, 1-confidence+margin)
			}
		})
	}
}

func TestTheIntervalThatIsReportedAfterAStopHoldsTheTruth(t *testing.T) {
	// From no effect over those that one look or another finds to a sure win.
	for _, ratio := range []float64{1, 1.05, 1.3, 2} {
		for _, of := range noises() {
			t.Run(fmt.Sprintf("%s/ratio=%v", of.name, ratio), func(t *testing.T) {
				rounds := 0
				got, margin := share(func(r *rand.Rand) bool {
					c, n := foughtOut(r, Stopping(most), ratio, of)
					rounds += n
					return float64(c.Effect.Low) <= ratio && ratio <= float64(c.Effect.High)
				}, 22, confidence)
				t.Logf("covers %.3f after %.1f rounds", got, float64(rounds)/simulated)
				if got < confidence-margin {
					t.Errorf("covers %.3f, want at least %.3f", got, confidence-margin)
				}
			})
		}
	}
}

// pairs is noise in which two trials of one side differ by a standard deviation
// of sd in their logs.
func pairs(sd float64) noise {
	return noise{fmt.Sprintf("pairs %v apart", sd), func(r *rand.Rand) float64 { return math.Exp(sd / math.Sqrt2 * r.NormFloat64()) }}
}

// What a host of two cores was seen to do: trials of half a second lie about
// 0.01 apart at a round trip of 1 ms, and about 0.09 without an emulated network.
func TestASmallEffectIsFound(t *testing.T) {
	for _, tt := range []struct{ sd, ratio float64 }{{0.01, 1.03}, {0.09, 1.15}} {
		t.Run(fmt.Sprintf("sd=%v/ratio=%v", tt.sd, tt.ratio), func(t *testing.T) {
			rounds := 0
			got, _ := share(func(r *rand.Rand) bool {
				c, n := foughtOut(r, Stopping(most), tt.ratio, pairs(tt.sd))
				rounds += n
				return c.Verdict == PatternWins
			}, 23, 0.9)
			t.Logf("wins %.3f after %.1f rounds", got, float64(rounds)/simulated)
			if got < 0.9 {
				t.Errorf("wins %.3f, want at least 0.9", got)
			}
		})
	}
}

func TestALargeEffectEndsAtTheFirstLook(t *testing.T) {
	got, _ := share(func(r *rand.Rand) bool {
		_, n := foughtOut(r, Stopping(most), 10, noises()[0])
		return n == lookEvery
	}, 24, 0.99)
	if got < 0.99 {
		t.Errorf("%.3f end after %d rounds, want at least 0.99", got, lookEvery)
	}
}

func TestTheRoundsOfSeveralRunsJoinedHoldTheTruth(t *testing.T) {
	plan := Stopping(most)
	for _, ratio := range []float64{1, 1.3} {
		for _, of := range noises() {
			t.Run(fmt.Sprintf("%s/ratio=%v", of.name, ratio), func(t *testing.T) {
				got, margin := share(func(r *rand.Rand) bool {
					var joined []Round
					for range 2 {
						all := simulate(r, plan.Rounds, ratio, of)
						joined = append(joined, all[:endOf(plan, all)]...)
					}
					c := plan.Then(plan).Compare(joined, Lower)
					return float64(c.Effect.Low) <= ratio && ratio <= float64(c.Effect.High)
				}, 25, confidence)
				if got < confidence-margin {
					t.Errorf("covers %.3f, want at least %.3f", got, confidence-margin)
				}
			})
		}
	}
}

func TestALookIsDueAfterEveryFourthRoundAndTheLast(t *testing.T) {
	for _, tt := range []struct {
		plan Plan
		want []int
	}{
		{Stopping(12), []int{4, 8, 12}},
		{Stopping(6), []int{4, 6}},
		{Stopping(5), []int{4, 5}},
		{Stopping(4), []int{4}},
		{Stopping(3), []int{3}},
		{Fixed(12), []int{12}},
		{Plan{Rounds: 8}, []int{8}}, // of a result from before there were plans
	} {
		var got []int
		for n := 0; n < tt.plan.Rounds; {
			n = tt.plan.Next(n)
			got = append(got, n)
		}
		if !slices.Equal(got, tt.want) || len(got) != max(tt.plan.Looks, 1) {
			t.Errorf("%+v looks after the rounds %v, want %v", tt.plan, got, tt.want)
		}
	}
}

func TestTheRoundsEndOnlyWhenASideWinsByAnAmountThatIsKnown(t *testing.T) {
	of := func(s Scale, v Verdict, low, mid, high Float) Comparison {
		return Comparison{Scale: s, Verdict: v, Effect: Interval{Estimate: mid, Low: low, High: high}}
	}
	tests := []struct {
		name string
		c    Comparison
		want bool
	}{
		{"a sure win", of(Ratio, PatternWins, 90, 92, 94), true},
		{"of the anti-pattern", of(Ratio, AntiPatternWins, 0.45, 0.5, 0.55), true},
		{"by two or by twenty", of(Ratio, PatternWins, 2, 6.3, 20), false},
		{"no difference", of(Ratio, NoDifference, 0.99, 1, 1.01), false},
		{"inconclusive", of(Ratio, Inconclusive, 0.9, 1.2, 1.6), false},
		{"saturated", of(Ratio, Saturated, 90, 92, 94), false},
		{"a difference without noise", of(Difference, PatternWins, 60, 60, 60), true},
		{"a difference of ten to seventy", of(Difference, PatternWins, 10, 40, 70), false},
		{"to the anti-pattern's good", of(Difference, AntiPatternWins, -42, -40, -38), true},
	}
	for _, tt := range tests {
		if got := Stopping(most).Enough(tt.c); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What ends the rounds is a ratio, and what two runs are compared by is one side.
func TestEqualRunsThatEndedEarlySeldomCrossTheThreshold(t *testing.T) {
	for _, of := range noises() {
		for _, ratio := range []float64{1.3, 2} {
			t.Run(fmt.Sprintf("%s/ratio=%v", of.name, ratio), func(t *testing.T) {
				got, margin := share(func(r *rand.Rand) bool {
					return Changed(antipatterns(r, ratio, of), antipatterns(r, ratio, of), Lower, 0.05).Beyond
				}, 26, 0.025)
				t.Logf("%.4f cross it", got)
				if got > 0.025+margin {
					t.Errorf("%.4f of equal runs cross it, want at most one in forty", got)
				}
			})
		}
	}
}

// antipatterns are the values of one side of a duel that ended by the rule, on a
// host whose speed does not drift: drift would drown what the end does to them.
func antipatterns(r *rand.Rand, ratio float64, of noise) (values []float64) {
	rounds := make([]Round, most)
	for i := range rounds {
		rounds[i] = Round{of.draw(r), ratio * of.draw(r), of.draw(r)}
	}
	for _, round := range rounds[:endOf(Stopping(most), rounds)] {
		values = append(values, round.AntiPattern)
	}
	return values
}
