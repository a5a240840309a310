package peers

import (
	"testing"
	"time"

	"redisduel/bench/stats"
)

func TestATargetIsMetOnlyIfTheWholeIntervalLiesWithinIt(t *testing.T) {
	c := Comparison{Min: bound(-20), Max: bound(20)}
	for _, tt := range []struct {
		low, high float64
		want      Verdict
	}{
		{-20, 20, Met}, {-3, 20.1, Undecided}, {-21, 0, Undecided}, {20.1, 30, Missed}, {-30, -20.1, Missed}, {-30, 30, Undecided},
	} {
		if got := c.Judge(stats.Interval{Low: stats.Float(tt.low), High: stats.Float(tt.high)}); got != tt.want {
			t.Errorf("%v to %v is %q, want %q", tt.low, tt.high, got, tt.want)
		}
	}
}

func TestOneRoundDecidesNoTarget(t *testing.T) {
	m := Measure{Ways: []Way{{"a", []stats.Float{1}}, {"b", []stats.Float{1}}}}
	c := Comparison{Of: "a", Against: "b", Scale: stats.Ratio, Min: bound(0.5)}
	if got := c.Judge(m.Effect(c)); got != Undecided {
		t.Errorf("the verdict is %q, want %q", got, Undecided)
	}
}

func TestAnEffectIsTakenRoundByRound(t *testing.T) {
	m := Measure{Ways: []Way{{"a", []stats.Float{110, 220, 440}}, {"b", []stats.Float{100, 200, 400}}}}
	for _, tt := range []struct {
		c    Comparison
		want float64
	}{
		{Comparison{Of: "a", Against: "b", Scale: stats.Ratio}, 1.1},
		{Comparison{Of: "a", Against: "b", Scale: stats.Difference, Less: 10}, 40.0 / 3},
	} {
		if got := float64(m.Effect(tt.c).Estimate); got < tt.want*0.999999 || got > tt.want*1.000001 {
			t.Errorf("the effect is %v, want %v", got, tt.want)
		}
	}
}

func TestAStallOfTwoSecondsInTenIsInEveryQuantileAboveEightyPerCent(t *testing.T) {
	for q, want := range map[float64]time.Duration{
		0.5: 0, 0.8: 0, 0.95: 1500 * time.Millisecond, 0.99: 1900 * time.Millisecond, 1: 2 * time.Second,
	} {
		if got := stalled(q, 2*time.Second, 10*time.Second); got.Round(time.Microsecond) != want {
			t.Errorf("at %v it is %v, want %v", q, got, want)
		}
	}
}
