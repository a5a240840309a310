package stats

import (
	"math"
	"testing"
)

func TestTheIntervalOfAShareIsClopperAndPearsons(t *testing.T) {
	for _, tt := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 100, 0, 0.036217}, // 1 − 0.025^(1/100)
		{100, 100, 0.963783, 1},
		{5, 10, 0.187086, 0.812914},
		{1, 2, 0.012579, 0.987421},
	} {
		got := Proportion(tt.k, tt.n)
		if !near(float64(got.Low), tt.low, 1e-5) || !near(float64(got.High), tt.high, 1e-5) || float64(got.Estimate) != float64(tt.k)/float64(tt.n) {
			t.Errorf("%d of %d: got %+v, want %v to %v", tt.k, tt.n, got, tt.low, tt.high)
		}
	}
	if got := Proportion(0, 0); !math.IsNaN(float64(got.Estimate)) || !math.IsNaN(float64(got.Low)) {
		t.Errorf("of nothing: got %+v", got)
	}
}
