package bench_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/stats"
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
	s.Sweeps = []bench.Sweep{{
		Name: "reads", Parameter: "reads", Values: []float64{1, 4},
		At: func(v float64) bench.Scenario {
			s := counting()
			s.AntiPattern = reads(int(v))
			return s
		},
		Predict: func(_ bench.Setting, v float64) (float64, float64) { return 1, v },
	}, {
		Name: "rtt", Parameter: "round trip", Unit: "ms", Values: []float64{0, 4}, Linear: true,
		At: func(v float64) bench.Scenario {
			s := counting()
			s.Primary, s.RTT = bench.MedianResponse("median response time"), new(time.Duration(v*float64(time.Millisecond)))
			return s
		},
		Predict: func(set bench.Setting, _ float64) (float64, float64) { return float64(set.RTT), float64(set.RTT) },
	}}
	return s
}

func TestASweepFightsADuelAtEachValue(t *testing.T) {
	benchtest.Counts(t)
	r := sweepRepeated(t, "reads")
	if r.Sweep != "reads" || r.Primary.Name != "calls per op" {
		t.Errorf("the sweep %q decides by %q, want reads and calls", r.Sweep, r.Primary.Name)
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

func TestASweepMayVaryTheRoundTripAndDecideByAnotherMetric(t *testing.T) {
	r := sweepRepeated(t, "rtt")
	if r.Primary.Name != "median response time" {
		t.Errorf("it decides by %q", r.Primary.Name)
	}
	if len(r.Points) != 2 {
		t.Fatalf("%d points, want 2", len(r.Points))
	}
	near, far := r.Points[0], r.Points[1]
	if near.RTTMeasured > 4*time.Millisecond || far.RTTMeasured < 4*time.Millisecond {
		t.Errorf("round trips of %v and %v, want next to none and 4 ms", near.RTTMeasured, far.RTTMeasured)
	}
	if got := far.Measured.Pattern; got < 4e6 || far.Predicted.Pattern != stats.Float(far.RTTMeasured) {
		t.Errorf("an op took %v ns, predicted %v, at %v", got, far.Predicted.Pattern, far.RTTMeasured)
	}
}

// sweepRepeated runs a sweep of repeated in this process, at another round trip
// than its own.
func sweepRepeated(t *testing.T, name string) *bench.SweepResult {
	t.Helper()
	s := repeated()
	r, err := bench.RunSweep(t.Context(), bench.Config{
		Settings: bench.Settings{Rounds: 2, Duration: 100 * time.Millisecond, RTT: 2 * time.Millisecond},
		Servers: func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) {
			return benchtest.Server(t, &s), nil
		},
	}, s, name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASweepThatAScenarioDoesNotHaveIsAnError(t *testing.T) {
	if _, err := bench.RunSweep(t.Context(), bench.Config{}, repeated(), "writes"); !errors.Is(err, bench.ErrUsage) {
		t.Errorf("error %v, want one about usage", err)
	}
}
