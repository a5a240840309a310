package report

import (
	"math"
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// pageOf is a page of a duel, to draw its charts.
func pageOf(t *testing.T, d *bench.Duel) *page {
	t.Helper()
	sides, err := sidesOf(d)
	if err != nil {
		t.Fatal(err)
	}
	return &page{duel: d, sides: sides}
}

func waysOf(t *testing.T, d *bench.Duel) []byte {
	t.Helper()
	picture, err := drawWays(pageOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestTheThirdWaysLookAsTheyDid(t *testing.T) {
	d := pipelining()
	d.Trials[9].Disturbed = "the generator was late"
	sharply(t)
	like(t, "pipelining-ways.png", waysOf(t, &d))
}

func TestTheThirdWaysAreCountedInTheTitle(t *testing.T) {
	for want, verdicts := range map[string][]stats.Verdict{
		"By job time, the third way is better than the pattern":                           {stats.AntiPatternWins},
		"By job time, the third way is not measurably different from the pattern":         {stats.NoDifference},
		"By job time, both third ways are worse than the pattern":                         {stats.PatternWins, stats.PatternWins},
		"By job time, all 3 third ways are inconclusive":                                  {stats.Inconclusive, stats.Saturated, ""},
		"By job time, of 2 third ways: 1 better than the pattern, 1 worse":                {stats.PatternWins, stats.AntiPatternWins},
		"By job time, of 3 third ways: 2 without a measurable difference, 1 inconclusive": {stats.NoDifference, stats.Inconclusive, stats.NoDifference},
	} {
		d := pipelining()
		ways := []way{{}, {}} // the twins do not count
		for i, v := range verdicts {
			name := string(rune('a' + i))
			d.Comparisons[0].Variants[name] = stats.Comparison{Verdict: v}
			ways = append(ways, way{against: against(&d, name)})
		}
		if got := waysTitle(d.Primary.Name, ways); got != want {
			t.Errorf("the title is %q, want %q", got, want)
		}
	}
}

func TestWithoutAThirdWayOrThePatternThereIsNoPictureOfThem(t *testing.T) {
	for _, missing := range []string{"mget", bench.Pattern} {
		d := pipelining()
		for i := range d.Trials {
			if d.Trials[i].Side == missing {
				d.Trials[i].Values = nil
			}
		}
		if picture := waysOf(t, &d); picture != nil {
			t.Errorf("without %s it drew %d bytes", missing, len(picture))
		}
	}
}

func TestAnyValueOfAThirdWayCanBeDrawn(t *testing.T) {
	for _, v := range []float64{0, -5, 5e-324, math.MaxFloat64, math.Inf(1), math.NaN(), 106} {
		for _, only := range []string{"mget", ""} {
			d := pipelining()
			d.Trials = d.Trials[:4] // a single round
			d.Predictions[0].Value = stats.Float(v)
			for i := range d.Trials {
				if trial := &d.Trials[i]; only == "" || trial.Side == only {
					trial.Values[d.Primary.Name] = stats.Float(v)
					d.Comparisons[0].Sides[trial.Side] = stats.Float(v)
				}
			}
			waysOf(t, &d)
		}
	}
}
