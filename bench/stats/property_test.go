package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// anyRounds draws up to twelve rounds, now and then with values that have no
// log or are missing.
func anyRounds(t *rapid.T) []Round {
	odd := rapid.SampledFrom([]float64{0, -1, nan, math.Inf(1)})
	value := rapid.Float64Range(1e-6, 1e12)
	if rapid.Bool().Draw(t, "odd values") {
		value = rapid.OneOf(value, value, value, odd)
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Round {
		return Round{value.Draw(t, "pattern"), value.Draw(t, "anti-pattern"), value.Draw(t, "control")}
	}), 0, 12).Draw(t, "rounds")
}

// mirrored is the interval seen from the other side.
func mirrored(i Interval, s Scale) Interval {
	if s == Ratio {
		return Interval{1 / i.Estimate, 1 / i.High, 1 / i.Low}
	}
	return Interval{-i.Estimate, -i.High, -i.Low}
}

func checkNear(t *rapid.T, got, want Interval) {
	for _, pair := range [][2]Float{{got.Estimate, want.Estimate}, {got.Low, want.Low}, {got.High, want.High}} {
		if !near(float64(pair[0]), float64(pair[1]), 1e-6) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestSwappingTheSidesMirrorsTheEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rounds := anyRounds(t)
		swapped := make([]Round, len(rounds))
		for i, r := range rounds {
			rounds[i].Control = r.Pattern
			swapped[i] = Round{r.AntiPattern, r.Pattern, r.AntiPattern}
		}
		c, mirror := Compare(rounds, Lower), Compare(swapped, Lower)
		if mirror.Scale != c.Scale || mirror.Rounds != c.Rounds {
			t.Fatalf("got %+v, want the mirror of %+v", mirror, c)
		}
		checkNear(t, mirror.Effect, mirrored(c.Effect, c.Scale))
	})
}

func TestTheControlCountsForAsMuchAsThePattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rounds := anyRounds(t)
		c := Compare(rounds, Lower)
		for i, r := range rounds {
			rounds[i].Pattern, rounds[i].Control = r.Control, r.Pattern
		}
		swapped := Compare(rounds, Lower)
		if swapped.Verdict != c.Verdict {
			t.Fatalf("got %q, want %q: %s; %s", swapped.Verdict, c.Verdict, swapped.Why, c.Why)
		}
		checkNear(t, swapped.Effect, c.Effect)
	})
}

func TestTheOtherDirectionGivesTheOtherWinner(t *testing.T) {
	other := map[Verdict]Verdict{PatternWins: AntiPatternWins, AntiPatternWins: PatternWins}
	rapid.Check(t, func(t *rapid.T) {
		rounds := anyRounds(t)
		low, high := Compare(rounds, Lower), Compare(rounds, Higher)
		checkNear(t, high.Effect, mirrored(low.Effect, low.Scale))
		checkNear(t, high.Noise, mirrored(low.Noise, low.Scale))
		want, wins := other[low.Verdict]
		if !wins {
			want = low.Verdict
		}
		if high.Verdict != want {
			t.Fatalf("got %q, want %q: %s; %s", high.Verdict, want, low.Why, high.Why)
		}
	})
}

func TestTheUnitOfTheMetricDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rounds := anyRounds(t)
		c := Compare(rounds, Lower)
		unit := rapid.SampledFrom([]float64{1e-9, 0.001, 1000, 1e9}).Draw(t, "unit")
		for i, r := range rounds {
			rounds[i] = Round{r.Pattern * unit, r.AntiPattern * unit, r.Control * unit}
		}
		scaled := Compare(rounds, Lower)
		if scaled.Verdict != c.Verdict {
			t.Fatalf("got %q, want %q: %s; %s", scaled.Verdict, c.Verdict, scaled.Why, c.Why)
		}
		if c.Scale == Ratio {
			checkNear(t, scaled.Effect, c.Effect)
		}
	})
}

func TestTheVerdictAgreesWithTheInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Compare(anyRounds(t), Lower)
		none := Float(0)
		if c.Scale == Ratio {
			none = 1
		}
		switch {
		case c.Verdict == PatternWins && !(c.Effect.Low > none && c.Effect.Low > c.Noise.High),
			c.Verdict == AntiPatternWins && !(c.Effect.High < none && c.Effect.High < c.Noise.Low):
			t.Fatalf("%+v", c)
		case c.Why == "":
			t.Fatalf("no reason: %+v", c)
		}
	})
}
