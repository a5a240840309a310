package report

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// outcomeDuel is a duel whose effect is a difference.
func outcomeDuel(name, metric, unit string, pattern, anti float64, v stats.Verdict) bench.Duel {
	d := duel(name, name)
	d.Primary = bench.Metric{Name: metric, Unit: unit, Better: stats.Lower}
	effect := stats.Float(anti - pattern)
	d.Comparison = stats.Comparison{
		Scale: stats.Difference, Rounds: 4, Verdict: v,
		Effect: stats.Interval{Estimate: effect, Low: effect - 0.4, High: effect + 0.4},
		Noise:  stats.Interval{Low: -0.2, High: 0.2},
	}
	d.Comparisons = []bench.MetricResult{{
		Metric: metric, Comparison: d.Comparison,
		Sides: map[string]stats.Float{bench.Pattern: stats.Float(pattern), bench.AntiPattern: stats.Float(anti)},
	}}
	return d
}

func mixed() []bench.Duel {
	failed := outcomeDuel("hash", "lost updates", "of 100 updates", 0, 82, stats.PatternWins)
	failed.Failed = "a check failed"
	return []bench.Duel{
		connection(),
		outcomeDuel("ttl", "cache writes refused", "%", 0, 71.2, stats.PatternWins),
		outcomeDuel("locks", "locks that never expire", "locks", 10, 0, stats.AntiPatternWins),
		outcomeDuel("release", "lost updates", "updates", 3, 3.1, stats.NoDifference),
		outcomeDuel("hotkey", "busiest node", "x", 1, 3, stats.Saturated),
		failed,
	}
}

func TestDuelsWithoutARatioHaveARowOfTheirOwn(t *testing.T) {
	sharply(t)
	picture, err := forest(mixed())
	if err != nil {
		t.Fatal(err)
	}
	like(t, "outcomes.png", picture)
}

func TestTheTitleOfThePictureCountsAllDuels(t *testing.T) {
	ratios, others := apart(mixed())
	got := forestTitle(append(ratios, others...))
	if want := "The pattern wins 2 of 6 duels, the anti-pattern 1"; got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
}

func TestValuesStandForADifference(t *testing.T) {
	for i, want := range []string{
		"4.75 ms against 1.21 ms", "71.2 % against none", "none against 10 locks", "3.10 updates against 3 updates", "", "",
	} {
		if got := legible(values(&mixed()[i])); got != want {
			t.Errorf("the values of duel %d are %q, want %q", i, got, want)
		}
	}
}

func TestWithoutANumberThereIsNoPicture(t *testing.T) {
	picture, err := forest(mixed()[4:])
	if err != nil || picture != nil {
		t.Errorf("drew %d bytes, %v; want no picture", len(picture), err)
	}
}
