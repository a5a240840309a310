package scenarios

import (
	"math"
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestJitterSpreadsAnExpiryStorm(t *testing.T) {
	benchtest.Times(t)
	s := jitter()
	duel := benchtest.TestScenario(t, jitter())
	with, without := duel.Value(s.Primary.Name, bench.Pattern), duel.Value(s.Primary.Name, bench.AntiPattern)
	// Without jitter 55 of the busiest 80 requests are expected to miss, with a
	// standard deviation of 4; with 20 % of it 10, and chance makes that 16 in
	// the busiest window. A stall of the host delays loads, and what is asked for
	// again meanwhile is a miss too: hence the distance on that side.
	if low, high := 35/stormWindow.Seconds(), 40/stormWindow.Seconds(); without < low || with > high || with >= without {
		t.Errorf("%v misses a second with jitter, want at most %v; %v without, want at least %v", with, high, without, low)
	}
}

func TestTheModelOfAStormLosesNoKey(t *testing.T) {
	s := stormOf(bench.Setting{})
	for _, width := range []float64{0, 0.001, 0.2} {
		if got := s.missed(10, width); math.Abs(got-s.keys) > 1e-6 {
			t.Errorf("%v of %v keys are missed in the end", got, s.keys)
		}
	}
	if a, b := s.peak(0), s.peak(1e-6); math.Abs(a-b) > 0.001*a {
		t.Errorf("the peak is %v without jitter and %v with next to none", a, b)
	}
	if a, b := s.peak(0.1), s.peak(0.3); a <= b {
		t.Errorf("more jitter raises the peak from %v to %v", a, b)
	}
}
