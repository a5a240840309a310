package bench_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
)

// panicAt in the environment has op number so many of the anti-pattern panic.
const panicAt = "REDISDUEL_TEST_PANIC_AT"

// echo is a small scenario: the pattern reads a key, and the anti-pattern
// reads it twice.
func echo() bench.Scenario {
	return bench.Scenario{
		Name: "echo", Title: "once ↔ twice", Claim: "Reading twice takes twice as long.",
		Primary: bench.MedianResponse("median response time"),
		Metrics: []bench.Metric{bench.PerOp("calls per op", "calls", 1, bench.Calls("get"))},
		Checks: []bench.Check{
			{Name: "GET calls per op", Side: bench.Pattern, Of: gets, Min: 1, Max: 1},
			{Name: "GET calls per op", Side: bench.AntiPattern, Of: gets, Min: 2, Max: 2},
		},
		Data: bench.Data{Keys: 10, Size: 8},
		Load: func(bench.Setting) load.Spec {
			return load.Spec{Mode: load.Open, Arrivals: load.Constant, Rate: 200, Workers: 8}
		},
		RoundTrips:  2,
		Pattern:     reads(1),
		AntiPattern: reads(2),
		Predict:     func(bench.Setting) []bench.Prediction { return nil },
		Finding:     func(*bench.Duel) string { return "Reading twice took longer." },
	}
}

func gets(t *bench.Trial) float64 {
	return float64(t.Evidence.Commands["get"].Calls) / float64(t.Load.Attempts)
}

func reads(times int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		env.Peak("cores", int64(runtime.NumCPU())) // that this process may use
		last, err := strconv.Atoi(os.Getenv(panicAt))
		if err != nil {
			last = -1
		}
		return func(ctx context.Context, i int) error {
			if times == 2 && i == last {
				panic("asked to by a test")
			}
			for range times {
				got, err := client.Do(ctx, client.B().Get().Key(env.Key(i%10)).Build()).ToString()
				if err != nil {
					return err
				}
				if got != env.Data.Value(i%10) {
					return fmt.Errorf("%w: %q", load.ErrWrongAnswer, got)
				}
			}
			return nil
		}, nil
	}
}

// settings of a run that is over soon.
func short(rounds int, duration time.Duration) bench.Settings {
	return bench.Settings{Rounds: rounds, Duration: duration, Warmup: 50 * time.Millisecond, RTT: time.Millisecond, Seed: 1}
}

// config runs the echo scenario in processes of its own on a server that ends
// with the test.
func config(t *testing.T, set bench.Settings) (bench.Config, *bench.Fixture) {
	t.Helper()
	s := echo()
	fixture := benchtest.Server(t, &s)
	kept := *fixture
	kept.Close = func() error { return nil } // the test closes it
	return bench.Config{
		Scenarios: []bench.Scenario{s}, Settings: set, Trial: []string{os.Args[0]},
		Servers: func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) { return &kept, nil },
	}, fixture
}
