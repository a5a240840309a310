package load

import (
	"math"
	"slices"
	"testing"
	"time"
)

// moments returns the first n moments of the schedule of s.
func moments(s Spec, n int) []time.Duration {
	list := make([]time.Duration, n)
	schedule := newSchedule(s)
	for i := range list {
		list[i] = schedule.pop().due
	}
	return list
}

func TestAConstantRateDoesNotDrift(t *testing.T) {
	const rate, seconds = 3333, 3600
	schedule := newSchedule(Spec{Arrivals: Constant, Rate: rate})
	for i := range rate * seconds {
		due := schedule.pop().due
		if i%rate == 0 && due != time.Duration(i/rate)*time.Second {
			t.Fatalf("operation %d is due at %v, want exactly %ds", i, due, i/rate)
		}
		// 3333 does not divide a second: each moment is rounded by itself.
		if i%rate == 1 && due%time.Second != 300_030*time.Nanosecond {
			t.Fatalf("operation %d is due at %v, want 300.03µs into its second", i, due)
		}
	}
	if next := schedule.pop(); next.due != time.Hour || next.i != rate*seconds {
		t.Errorf("after an hour comes %+v, want operation %d at 1h", next, rate*seconds)
	}
}

func TestPoissonGapsAreExponential(t *testing.T) {
	const rate, n = 1000, 100_000
	list := moments(Spec{Arrivals: Poisson, Rate: rate, Seed: 42}, n)
	mean, spread := meanAndSpread(list)
	// An exponential distribution's mean and standard deviation are equal. The
	// standard error is 1/√n = 0.3 % of the mean, and √(8/n)/2 = 0.45 % for the
	// spread; the bounds are about four of those.
	if math.Abs(mean*rate-1) > 0.012 {
		t.Errorf("the mean gap is %.4f of 1/rate, want 1 ± 0.012", mean*rate)
	}
	if math.Abs(spread*rate-1) > 0.018 {
		t.Errorf("the gaps' standard deviation is %.4f of 1/rate, want 1 ± 0.018", spread*rate)
	}
	// e⁻¹ of the gaps are longer than the mean; the standard error is 0.0015.
	if share := shareOver(list, time.Second/rate); math.Abs(share-1/math.E) > 0.006 {
		t.Errorf("%.4f of the gaps exceed the mean, want 0.3679 ± 0.006", share)
	}
}

func TestTheSeedDecidesTheSchedule(t *testing.T) {
	s := Spec{Arrivals: Poisson, Rate: 100, Seed: 1}
	other := s
	other.Seed = 2
	if !slices.Equal(moments(s, 1000), moments(s, 1000)) {
		t.Error("the same seed gave two schedules")
	}
	if slices.Equal(moments(s, 1000), moments(other, 1000)) {
		t.Error("two seeds gave the same schedule")
	}
}

// meanAndSpread returns the mean and the standard deviation of the gaps, in s.
func meanAndSpread(list []time.Duration) (mean, spread float64) {
	n := float64(len(list))
	var sum, squares float64
	for _, gap := range gaps(list) {
		if gap < 0 {
			return math.NaN(), math.NaN()
		}
		sum += gap.Seconds()
		squares += gap.Seconds() * gap.Seconds()
	}
	mean = sum / n
	return mean, math.Sqrt(squares/n - mean*mean)
}

func shareOver(list []time.Duration, d time.Duration) float64 {
	n := 0
	for _, gap := range gaps(list) {
		if gap > d {
			n++
		}
	}
	return float64(n) / float64(len(list))
}

// gaps returns the distances of the moments, the first from the start.
func gaps(list []time.Duration) []time.Duration {
	gaps := slices.Clone(list)
	for i := range gaps[1:] {
		gaps[i+1] = list[i+1] - list[i]
	}
	return gaps
}
