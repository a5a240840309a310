package bench

import (
	"math"
	"testing"
	"time"

	"redisduel/bench/stats"
)

// swept is a sweep whose effect at each value is given, with the interval's
// half width as a factor.
func swept(factor float64, effects map[float64]float64, values ...float64) *SweepResult {
	r := &SweepResult{Primary: Metric{Name: "time", Better: stats.Lower}}
	for _, v := range values {
		e := effects[v]
		r.Points = append(r.Points, SweepPoint{
			Value: v, Predicted: SweepSides{Pattern: 1, AntiPattern: number(v / 10)},
			Comparison: stats.Comparison{Scale: stats.Ratio, Effect: stats.Interval{
				Estimate: number(e), Low: number(e / factor), High: number(e * factor),
			}},
		})
	}
	r.cross()
	return r
}

func near(got stats.Float, want float64) bool { return math.Abs(float64(got)/want-1) < 1e-9 }

func TestASweepFindsWhereTheSidesBreakEvenByInterpolation(t *testing.T) {
	// The effect is v/4, so it crosses 1 at 4; with an interval of a factor of
	// two it crosses between 2 and 8.
	effect := map[float64]float64{1: 0.25, 2: 0.5, 8: 2, 16: 4, 32: 8}
	r := swept(2, effect, 1, 2, 8, 16, 32)
	if len(r.Crossings) != 1 {
		t.Fatalf("%d crossings, want 1", len(r.Crossings))
	}
	c := r.Crossings[0]
	if !near(c.At, 4) || !near(c.Low, 2) || !near(c.High, 8) || !near(c.Predicted, 10) || !c.Rising {
		t.Errorf("crossing %+v, want at 4 between 2 and 8, rising, predicted at 10", c)
	}
}

func TestASweepThatStaysOnOneSideHasNoCrossing(t *testing.T) {
	r := swept(1.1, map[float64]float64{1: 2, 10: 3, 100: 5}, 1, 10, 100)
	if len(r.Crossings) != 0 {
		t.Errorf("crossings %+v, want none", r.Crossings)
	}
}

func TestAZeroThatMayBeNoiseIsNoCrossing(t *testing.T) {
	if r := swept(100, map[float64]float64{1: 4, 4: 0.25}, 1, 4); len(r.Crossings) != 0 {
		t.Errorf("crossings %+v, want none: no point is sure", r.Crossings)
	}
	if r := swept(1.5, map[float64]float64{1: 0.1, 2: 1.1, 3: 0.9, 4: 1.1, 8: 10}, 1, 2, 3, 4, 8); len(r.Crossings) != 1 {
		t.Errorf("crossings %+v, want one: the zeros lie in one interval", r.Crossings)
	}
}

func TestOnALinearAxisAZeroLiesBetweenItsNeighboursByTheirDistance(t *testing.T) {
	r := swept(1.5, map[float64]float64{0: 0.5, 1: 2}, 0, 1)
	r.Linear = true
	r.cross()
	if len(r.Crossings) != 1 || !near(r.Crossings[0].At, 0.5) {
		t.Errorf("crossings %+v, want one at 0.5", r.Crossings)
	}
}

func TestAPointThatFailedIsPassedOver(t *testing.T) {
	r := swept(2, map[float64]float64{1: 0.25, 2: 1000, 16: 4}, 1, 2, 16)
	r.Points[1].Failed = "a check failed"
	r.cross()
	if len(r.Crossings) != 1 || !near(r.Crossings[0].At, 4) {
		t.Errorf("crossings %+v, want one at 4", r.Crossings)
	}
}

func TestPointsThatFailedDoNotDecideOnTheScale(t *testing.T) {
	r := swept(1, map[float64]float64{1: -3, 2: 5}, 1, 2, 4, 8)
	for i := range r.Points {
		if p := &r.Points[i]; i < 2 {
			p.Comparison.Scale = stats.Difference
		} else {
			p.Failed = "a check failed"
		}
	}
	if r.cross(); len(r.Crossings) != 1 {
		t.Errorf("crossings %+v, want one", r.Crossings)
	}
}

func TestTheTimeLeftOfASweepCountsTheValuesThatItHasNotBegun(t *testing.T) {
	var got Progress
	c := at(Config{Progress: func(p Progress) { got = p }}, &Sweep{Values: []float64{1, 2, 3}}, 1)
	c.Progress(Progress{Phase: "round 2", Done: 4, Total: 6, Remaining: 2 * time.Second})
	// Two trials of a second each are left of this value, and six of the last.
	want := Progress{Phase: "at 2: round 2", Done: 10, Total: 18, Remaining: 8 * time.Second}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
