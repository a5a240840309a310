package bench_test

import (
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
)

// TestAStepOfTheWallClockLeavesATrialAsLongAsItWas gives a trial the order to
// start at a time of day, the only one that crosses from process to process, as
// it looks when the clock is set by an hour right after the order.
func TestAStepOfTheWallClockLeavesATrialAsLongAsItWas(t *testing.T) {
	s := echo()
	fixture := benchtest.Server(t, &s)
	arena := benchtest.ArenaOn(t, &s, fixture, 0)
	for name, step := range map[string]time.Duration{"set forward": -time.Hour, "not set": 0, "set back": time.Hour} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			result := tried(t, fixture.Target, arena.Prefix(), begin.Add(step))
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("the trial took %v, want less than a second", took)
			}
			if result.Intended != 40 || result.OK+result.Failed+result.Unknown != 40 {
				t.Errorf("of the 40 ops of 0.2 s, %d were intended, %d ok", result.Intended, result.OK)
			}
			// The last one is due 5 ms before the end.
			if result.Elapsed < 195*time.Millisecond || result.Response.Max() > 5*time.Second || result.Lateness.Max() > 5*time.Second {
				t.Errorf("elapsed %v, response up to %v, lateness up to %v", result.Elapsed, result.Response.Max(), result.Lateness.Max())
			}
		})
	}
}

// tried is what a trial reports that is told to start at a moment.
func tried(t *testing.T, target bench.Target, prefix string, at time.Time) *load.Result {
	t.Helper()
	orders, in := io.Pipe()
	out, answers := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- bench.ServeTrial(context.Background(), orders, answers, []bench.Scenario{echo()}) }()
	order, replies := json.NewEncoder(in), json.NewDecoder(out)
	var answer struct {
		Ready  bool
		Error  string
		Report struct{ Load *load.Result }
	}
	spec := load.Spec{Mode: load.Open, Rate: 200, Workers: 8, Duration: 200 * time.Millisecond}
	for _, line := range []any{
		map[string]any{"scenario": "echo", "side": bench.Pattern, "target": target, "prefix": prefix, "load": spec},
		map[string]any{"at": at},
	} {
		if err := order.Encode(line); err != nil {
			t.Fatal(err)
		}
		if err := replies.Decode(&answer); err != nil || answer.Error != "" {
			t.Fatalf("%v %s", err, answer.Error)
		}
	}
	_ = in.Close() // a pipe in memory does not fail
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return answer.Report.Load
}
