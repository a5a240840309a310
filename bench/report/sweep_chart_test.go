package report

import (
	"math"
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

func TestAnyValueOfASweepCanBeDrawn(t *testing.T) {
	for _, v := range []float64{0, -5, 5e-324, 1e300, math.MaxFloat64, math.Inf(1), math.NaN()} {
		for name, s := range map[string]bench.SweepResult{"ratios": batches(), "differences": losses()} {
			for i := range s.Points {
				p, f := &s.Points[i], stats.Float(v)
				p.Measured, p.Predicted = bench.SweepSides{Pattern: f, AntiPattern: f}, bench.SweepSides{Pattern: f, AntiPattern: f}
				if i%2 == 0 {
					p.Comparison.Effect = stats.Interval{Estimate: f, Low: f, High: f}
				}
			}
			if _, err := drawSweep(&s); err != nil {
				t.Errorf("%s of %g: %v", name, v, err)
			}
		}
	}
}

func TestAnIntervalOfManyDecadesDoesNotPressTheOthersFlat(t *testing.T) {
	s := batches()
	_, before := effects(&s, s.Points)
	s.Points[2].Comparison.Effect.Low, s.Points[2].Comparison.Effect.High = 1e-7, 1e7
	if low, high := effects(&s, s.Points); low < 0.1 || high > 10*before {
		t.Errorf("the axis reaches from %g to %g, want it near the estimates, 1 to 100", low, high)
	}
}

func TestACrossingOfManyDigitsIsGrouped(t *testing.T) {
	s := batches()
	for i, v := range []float64{10, 100, 1000, 10_000, 100_000} {
		s.Points[i].Value = v
	}
	for want, v := range map[string]float64{"30 000": 29_812, "4900": 4_904, "43": 43.2} {
		if got := legible(figure(&s, v)); got != want {
			t.Errorf("%g is written %q, want %q", v, got, want)
		}
	}
}
