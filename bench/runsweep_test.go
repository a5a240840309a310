package bench_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// counting is echo decided by the calls that an op makes, which no stall changes.
func counting() bench.Scenario {
	s := echo()
	s.Checks, s.Primary = nil, bench.PerOp("calls per op", "calls", 1, bench.Calls("get"))
	s.Metrics = nil
	return s
}

// repeated is counting whose anti-pattern reads as often as the sweep says.
func repeated() bench.Scenario {
	s := counting()
	s.Sweep = &bench.Sweep{
		Parameter: "reads", Values: []float64{1, 4},
		At: func(v float64) bench.Scenario {
			s := counting()
			s.AntiPattern = reads(int(v))
			return s
		},
		Predict: func(_ bench.Setting, v float64) (float64, float64) { return 1, v },
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
	if ratio := float64(last.Measured.AntiPattern / last.Measured.Pattern); ratio != 4 {
		t.Errorf("four reads made %.2f times as many calls as one, want 4", ratio)
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
