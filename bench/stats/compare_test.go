package stats

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

var nan = math.NaN()

// same returns n equal rounds.
func same(n int, r Round) []Round {
	rounds := make([]Round, n)
	for i := range rounds {
		rounds[i] = r
	}
	return rounds
}

func TestCompareDecidesByTheIntervalAndTheBand(t *testing.T) {
	steady := []Round{{100, 400, 101}, {101, 396, 100}, {99, 402, 100}, {100, 399, 99}}
	tests := []struct {
		name     string
		rounds   []Round
		better   Better
		want     Verdict
		scale    Scale
		complete int
		effect   float64
		why      string // part of it
	}{
		{"four times slower", steady, Lower, PatternWins, Ratio, 4, 3.9925, "lies beyond the A/A band"},
		{"four times the throughput", steady, Higher, AntiPatternWins, Ratio, 4, 1 / 3.9925, "anti-pattern's side"},
		{"alike and quiet", []Round{{100, 101, 100}, {101, 100, 99}, {99, 100, 101}}, Lower, NoDifference, Ratio, 3, 1.0034, "within 0.80× to 1.25×"},
		{"alike and noisy", []Round{{100, 180, 60}, {60, 40, 100}, {120, 100, 200}}, Lower, Inconclusive, Ratio, 3, 0.9184, "quieter host"},
		{"alike in a band wider than the interval", []Round{{100, 130, 20}, {100, 135, 500}, {100, 132, 100}}, Lower, Inconclusive, Ratio, 3, 1.3232, "reaches out of"},
		{"twice as slow on a host twice as noisy", []Round{{100, 200, 50}, {100, 201, 200}, {100, 199, 100}}, Lower, Inconclusive, Ratio, 3, 2, "overlaps"},
		{"equal everywhere", same(3, Round{7, 7, 7}), Lower, NoDifference, Ratio, 3, 1, "1.000× to 1.000×"},
		{"constant and twice", same(3, Round{7, 14, 7}), Lower, PatternWins, Ratio, 3, 2, "2.00× to 2.00×"},
		{"one bucket of the histogram apart", same(5, Round{1000, 1001, 1000}), Lower, NoDifference, Ratio, 5, 1.001, "overlaps"},
		{"zero everywhere", same(4, Round{}), Lower, NoDifference, Difference, 4, 0, "0 to 0"},
		{"none lost against some", same(4, Round{0, 12, 0}), Lower, PatternWins, Difference, 4, 12, "12 to 12 lies beyond the A/A band 0 to 0"},
		{"none won against some", same(4, Round{0, 12, 0}), Higher, AntiPatternWins, Difference, 4, -12, "-12 to -12"},
		{"one lost in one round", []Round{{}, {}, {0, 1, 0}, {}}, Lower, Inconclusive, Difference, 4, 0.25, "overlaps"},
		{"one zero makes all rounds differences", []Round{{5, 9, 5}, {5, 9, 5}, {0, 4, 0}}, Lower, PatternWins, Difference, 3, 4, "4 to 4"},
		{"negative values", same(3, Round{-5, -2, -5}), Lower, PatternWins, Difference, 3, 3, "3 to 3"},
		{"no rounds", nil, Lower, Inconclusive, Ratio, 0, nan, "0 of 0 rounds are complete; a verdict needs at least 3"},
		{"one round", same(1, Round{1, 9, 1}), Lower, Inconclusive, Ratio, 1, 9, "1 of 1 rounds are complete;"},
		{"a round without a control", append(same(3, Round{1, 2, 1}), Round{1, 9, nan}), Lower, PatternWins, Ratio, 3, 2, "3 of 4 rounds are complete: the interval"},
		{"too few rounds are left", []Round{{1, 2, 1}, {nan, 2, 1}, {1, math.Inf(1), 1}, {1, 2, 1}}, Lower, Inconclusive, Ratio, 2, 2, "2 of 4 rounds are complete; a verdict"},
		{"values at the edge of float64", []Round{{-1.7e308, 1.7e308, 0}, {1, 1, 1}, {1, 1, 1}}, Lower, Inconclusive, Difference, 3, math.Inf(1), "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Compare(tt.rounds, tt.better)
			if c.Verdict != tt.want || c.Scale != tt.scale || c.Rounds != tt.complete {
				t.Errorf("got %q on the %s scale over %d rounds (%s)", c.Verdict, c.Scale, c.Rounds, c.Why)
			}
			if !near(float64(c.Effect.Estimate), tt.effect, 1e-4) {
				t.Errorf("effect %v, want %v", c.Effect.Estimate, tt.effect)
			}
			if !strings.Contains(c.Why, tt.why) {
				t.Errorf("why %q lacks %q", c.Why, tt.why)
			}
		})
	}
}

// near compares to a relative error, or an absolute one near zero. NaN is near
// NaN, and an infinity near itself.
func near(a, b, tolerance float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) ||
		math.Abs(a-b) <= tolerance*max(1, math.Abs(a), math.Abs(b))
}

func TestTheIntervalIsStudentsT(t *testing.T) {
	// Differences 1, 2, 3: mean 2, deviation 1, t(0.975, 2) = 4.302653.
	c := Compare([]Round{{0, 1, 0}, {0, 2, 0}, {0, 3, 0}}, Lower)
	half := 4.302653 / math.Sqrt(3)
	if !near(float64(c.Effect.Low), 2-half, 1e-6) || !near(float64(c.Effect.High), 2+half, 1e-6) {
		t.Errorf("got %v to %v, want 2 ± %v", c.Effect.Low, c.Effect.High, half)
	}
}

func TestTheBandReachesAsFarAsTheControlLiesFromThePattern(t *testing.T) {
	c := Compare([]Round{{100, 400, 90}, {100, 400, 80}, {100, 400, 72}}, Lower)
	if n := c.Noise; !near(float64(n.Estimate), 0.8033, 1e-3) || !near(float64(n.Low), 0.8033, 1e-3) || !near(float64(n.High), 1.2449, 1e-3) {
		t.Errorf("got %+v, want 0.803 and the band from it to its inverse", n)
	}
}

func TestTheEffectIsThatAgainstBothTrialsOfThePattern(t *testing.T) {
	for _, tt := range []struct {
		round Round
		want  float64
	}{{Round{1, 12, 4}, 6}, {Round{0, 12, 4}, 10}} { // of the geometric mean, and from the arithmetic one
		if got := Compare(same(3, tt.round), Lower).Effect.Estimate; !near(float64(got), tt.want, 1e-9) {
			t.Errorf("%v: got %v, want %v", tt.round, got, tt.want)
		}
	}
}

func TestTheReasonNamesItsNumbers(t *testing.T) {
	c := Compare([]Round{{100, 400, 101}, {101, 396, 100}, {99, 402, 100}, {100, 399, 99}}, Lower)
	const want = "the interval 3.93× to 4.06× lies beyond the A/A band 0.999× to 1.001×"
	if c.Why != want {
		t.Errorf("got  %q\nwant %q", c.Why, want)
	}
}

func TestMissingNumbersAreNullInJSON(t *testing.T) {
	data, err := json.Marshal(Compare(nil, Lower))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"effect":{"estimate":null,"low":null,"high":null}`) {
		t.Errorf("got %s", data)
	}
	var back Comparison
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Float{back.Effect.Estimate, back.Effect.Low, back.Effect.High, back.Noise.Low} {
		if !math.IsNaN(float64(f)) {
			t.Errorf("null was read as %v", f)
		}
	}
}

func TestAComparisonSurvivesJSON(t *testing.T) {
	want := Compare([]Round{{100, 400, 101}, {101, 396, 100}, {99, 402, 100}}, Lower)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Comparison
	if err := json.Unmarshal(data, &got); err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}

func TestMedianIgnoresWhatIsMissing(t *testing.T) {
	inf := math.Inf(1)
	tests := []struct {
		name   string
		values []float64
		want   float64
	}{
		{"nothing", nil, nan},
		{"only NaN", []float64{nan, nan}, nan},
		{"odd", []float64{9, 1, 5}, 5},
		{"even", []float64{4, 1, 2, 9}, 3},
		{"NaN among them", []float64{nan, 3, nan, 1}, 2},
		{"no overflow", []float64{1.6e308, 1.6e308, 1.7e308, 1.7e308}, 1.65e308},
		{"infinite", []float64{1, inf, inf}, inf},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Median(tt.values); !near(got, tt.want, 1e-12) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestMedianLeavesTheValuesInTheirOrder(t *testing.T) {
	values := []float64{3, nan, 1, 2}
	Median(values)
	if values[0] != 3 || values[2] != 1 || values[3] != 2 {
		t.Errorf("got %v", values)
	}
}
