package bench_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// repeated is echo whose anti-pattern reads as often as the sweep says.
func repeated() bench.Scenario {
	s := echo()
	s.Checks = nil
	s.Sweep = &bench.Sweep{
		Parameter: "reads", Values: []float64{1, 4},
		At: func(v float64) bench.Scenario {
			s := echo()
			s.Checks = nil
			s.AntiPattern = reads(int(v))
			return s
		},
		Predict: func(set bench.Setting, v float64) (float64, float64) {
			return float64(set.RTT), v * float64(set.RTT)
		},
	}
	return s
}

func TestASweepFightsADuelAtEachValue(t *testing.T) {
	s := repeated()
	r, err := bench.RunSweep(t.Context(), bench.Config{
		Settings: bench.Settings{Rounds: 2, Duration: 100 * time.Millisecond, RTT: 2 * time.Millisecond},
		Servers: func(context.Context, *bench.Scenario) (*bench.Fixture, error) {
			return benchtest.Server(t, &s), nil
		},
	}, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Points) != 2 {
		t.Fatalf("%d points, want 2", len(r.Points))
	}
	last := r.Points[1]
	if ratio := float64(last.Measured.AntiPattern / last.Measured.Pattern); ratio < 3 || ratio > 5 {
		t.Errorf("four reads took %.2f times as long as one, want about 4", ratio)
	}
	if ratio := float64(last.Predicted.AntiPattern / last.Predicted.Pattern); ratio != 4 {
		t.Errorf("predicted %.2f, want 4", ratio)
	}
}

func TestAScenarioWithoutASweepSaysSo(t *testing.T) {
	if _, err := bench.RunSweep(t.Context(), bench.Config{}, echo()); !errors.Is(err, bench.ErrUsage) {
		t.Errorf("error %v, want one about usage", err)
	}
}
