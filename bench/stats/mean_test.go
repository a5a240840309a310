package stats_test

import (
	"math"
	"testing"

	"redisduel/bench/stats"
)

func TestAMeanHasStudentsInterval(t *testing.T) {
	half := 4.302652729911275 / math.Sqrt(3) // t(0.975, 2) · s/√n, with s = 1
	tests := map[string]struct {
		values []float64
		scale  stats.Scale
		want   [3]float64
	}{
		"differences":         {[]float64{-1, 0, 1}, stats.Difference, [3]float64{0, -half, half}},
		"ratios":              {[]float64{1 / math.E, 1, math.E}, stats.Ratio, [3]float64{1, math.Exp(-half), math.Exp(half)}},
		"what is not there":   {[]float64{-1, math.NaN(), 0, math.Inf(1), 1}, stats.Difference, [3]float64{0, -half, half}},
		"one value":           {[]float64{7}, stats.Difference, [3]float64{7, math.NaN(), math.NaN()}},
		"none":                {nil, stats.Ratio, [3]float64{math.NaN(), math.NaN(), math.NaN()}},
		"values that are one": {[]float64{2, 2}, stats.Ratio, [3]float64{2, 2, 2}},
	}
	for name, tt := range tests {
		m := stats.Mean(tt.values, tt.scale)
		for i, got := range []stats.Float{m.Estimate, m.Low, m.High} {
			if d := math.Abs(float64(got) - tt.want[i]); d > 1e-8 || math.IsNaN(float64(got)) != math.IsNaN(tt.want[i]) {
				t.Errorf("%s: got %+v, want %v", name, m, tt.want)
			}
		}
	}
}
