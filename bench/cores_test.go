package bench_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestOnlyWithoutAnEmulatedNetworkHasOurServerACoreOfItsOwn(t *testing.T) {
	benchtest.Counts(t)
	all := runtime.NumCPU()
	rest := all
	if runtime.GOOS == "linux" && all > 1 { // elsewhere a process cannot choose for another
		rest--
	}
	for _, test := range []struct {
		name    string
		rtt     time.Duration
		ours    bool
		clients int
	}{
		{"no network", 0, true, rest},
		{"a millisecond", time.Millisecond, true, all},
		{"no network and a server that is not ours to move", 0, false, all},
	} {
		set := short(1, 50*time.Millisecond)
		set.RTT = test.rtt
		c, fixture := config(t, set)
		if !test.ours {
			there := benchtest.At(fixture.Target)
			there.Close = func() error { return nil } // the test closes it
			c.Servers = func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) { return there, nil }
		}
		result, err := bench.Run(t.Context(), c)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		duel := result.Duels[0]
		if divided := duel.Cores != nil; divided != (test.clients < all) {
			t.Errorf("%s: of %d cores the division is %v", test.name, all, duel.Cores)
		}
		for _, trial := range duel.Trials {
			if got := trial.Counts["cores"]; got != int64(test.clients) {
				t.Errorf("%s: the %s may use %d cores of %d, want %d", test.name, trial.Side, got, all, test.clients)
			}
		}
	}
}
