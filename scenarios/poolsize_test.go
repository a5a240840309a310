package scenarios

import (
	"math"
	"slices"
	"testing"
	"time"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestPoolSizeKeepsTheContract(t *testing.T) {
	benchtest.Counts(t)
	benchtest.TestScenario(t, poolSize())
}

// calmThink is how long a request computes in this test: at an eighth of the rate,
// on the same pools, what a busy host adds to a request is small beside it, too.
const calmThink = 8 * sizeThink

// The model says that at p95 requests wait twenty times as long for a connection
// of the small pool. Each stall of a busy host adds to both sides and pulls the
// ratio towards 1, so that a factor of 2 is asked for. With a connection, a
// request does the same on both sides, nearly all of it a precise pause; a wait that
// hid in there, behind the pool's own, would be of the size of the others.
func TestASmallPoolMakesRequestsWaitAndNotWorkLonger(t *testing.T) {
	benchtest.Times(t)
	small, large := undisturbed(t)
	for _, q := range []float64{0.9, 0.95} {
		if a, b := small.Spans[waitSpan].At(q), large.Spans[waitSpan].At(q); a < 2*b || a == 0 {
			t.Errorf("p%g of the wait for a connection: %v in the small pool and %v in the large one", 100*q, a, b)
		}
	}
	if a, b := small.Spans[holdSpan].At(0.5), large.Spans[holdSpan].At(0.5); (a - b).Abs() > calmThink/10 {
		t.Errorf("requests held a connection for %v in the small pool and %v in the large one", a, b)
	}
	if use := poolUse(small); use < 0.85 || use > 1 {
		t.Errorf("the small pool was in use for %.2f, want 0.91", use)
	}
}

// undisturbed returns the twins' trials of a duel in which
// requests held their connections for no more than a sixth longer than the
// scenario reckons with. On a host so busy that they do, the large pool becomes
// a small one. Nor may the host have stood still: the dozen requests of a trial
// that then hold their connections make twice as many wait, whatever the pool.
func undisturbed(t *testing.T) (small, large *bench.Trial) {
	t.Helper()
	hold, s := sizeHold(0, calmThink), poolSizeOf(antipatterns.PoolSize, calmThink)
	s.Load = longer(s.Load, 2*time.Second) // of some 370 requests
	for range 10 {
		duel := benchtest.Fight(t, s)
		small, large = sideOf(t, duel, bench.AntiPattern), sideOf(t, duel, bench.Pattern)
		a, _ := small.Spans[holdSpan].Mean()
		b, _ := large.Spans[holdSpan].Mean()
		stall := max(small.Spans[holdSpan].At(0.995)-a, large.Spans[holdSpan].At(0.995)-b)
		if max(a, b) < hold+hold/6 && stall < calmThink/2 {
			return small, large
		}
	}
	t.Fatal("in ten duels the host was too busy for the load")
	return nil, nil
}

func sideOf(t *testing.T, duel *bench.Duel, side string) *bench.Trial {
	t.Helper()
	i := slices.IndexFunc(duel.Trials, func(trial bench.Trial) bool { return trial.Side == side })
	if i < 0 || duel.Trials[i].Load == nil {
		t.Fatalf("there is no trial of the %s", side)
	}
	return &duel.Trials[i]
}

func TestErlangsFormulaGivesTheKnownValues(t *testing.T) {
	for _, test := range []struct {
		connections int
		inUse, want float64
	}{
		{1, 0.5, 0.5}, // with one connection the share that waits is the share of time it is lent
		{2, 1, 1. / 3},
		{10, 9.1, 0.6987},
		{14, 9.1, 0.0959},
		{10, 10, 1},
		{10, 0, 0},
	} {
		if got := erlangC(test.connections, test.inUse); math.Abs(got-test.want) > 1e-4 {
			t.Errorf("%d connections, %v in use: %v wait, want %v", test.connections, test.inUse, got, test.want)
		}
	}
	if got := waitP99(140, 9.1, time.Second); got != 0 {
		t.Errorf("the p99 of the wait for one of 140 connections is %v", got)
	}
}
