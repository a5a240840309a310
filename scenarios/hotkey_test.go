package scenarios

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
)

func TestHotKey(t *testing.T) {
	benchtest.Times(t) // a key that is rewritten by the clock needs a host that keeps up
	duel := benchtest.TestScenario(t, hotCopies())
	// In turn, three copies differ by one call of some fifty; one key has all.
	for side, want := range map[string][2]float64{bench.Pattern: {1, 1.05}, bench.AntiPattern: {2.9, 3}, hotTagged: {2.9, 3}} {
		if got := duel.Value(hotUneven, side); !(got >= want[0] && got <= want[1]) {
			t.Errorf("%s: the busiest of three nodes has %.3f times the mean, want %v", side, got, want)
		}
	}
	// The bytes are counts too: the prediction errs by whom chance gave a read more.
	for _, p := range duel.Predictions {
		if got := duel.Value(p.Metric, p.Side); p.Metric == hotBytes && math.Abs(got/float64(p.Value)-1) > 0.2 {
			t.Errorf("%s: %s out per op, predicted %s", p.Side, quantity.Bytes(got), quantity.Bytes(float64(p.Value)))
		}
	}
	t.Log(duel.Finding)
}

// Of ten thousand the share deviates by 0.0043.
func TestOneOpInFourAsksForTheHotKey(t *testing.T) {
	for seed := range uint64(20) {
		hot := 0.
		for i := range 10_000 {
			if asks, _ := roll(i, seed); asks {
				hot++
			}
		}
		if share := hot / 10_000; math.Abs(share-0.25) > 4*0.0043 {
			t.Errorf("with seed %d %.4f of the ops ask for the hot key, want a quarter", seed, share)
		}
	}
}

func TestOnASingleServerCopiesGainNothing(t *testing.T) {
	benchtest.Times(t) // in company there are too few ops to average over
	duel := benchtest.TestScenario(t, hotSingle())
	// By call for the hot key, since the sides need not complete the same ops: chance
	// gives one more of them that ask for it. The other bytes are too few to matter.
	perCall := func(side string) float64 { return duel.Value(hotBytes, side) / duel.Value(hotCallsName, side) }
	if one, copies := perCall(bench.AntiPattern), perCall(bench.Pattern); !(math.Abs(copies/one-1) < 0.02) {
		t.Errorf("the one server sends %s for each hot call with copies and %s with one key; on a cluster it is a third", quantity.Bytes(copies), quantity.Bytes(one))
	}
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		if got := duel.Value(hotCallsName, side); !(got > 0.2 && got < 0.3) {
			t.Errorf("%s: %g calls for the hot key per op, want one in four", side, got)
		}
	}
	predicted := map[string]float64{}
	for _, p := range duel.Predictions {
		predicted[p.Metric] += map[string]float64{bench.Pattern: 1, bench.AntiPattern: -1}[p.Side] * float64(p.Value)
	}
	for metric, difference := range predicted {
		if difference != 0 {
			t.Errorf("the model says that copies change %q by %g", metric, difference)
		}
	}
}

func TestACounterInPartsCostsTheBusiestNodeWhatTheModelSays(t *testing.T) {
	benchtest.Counts(t)
	duel := benchtest.TestScenario(t, visitsOf(6, 0.2))
	for _, p := range duel.Predictions { // counts: adds in turn differ by one call of some hundred
		if got := duel.Value(p.Metric, p.Side); !(math.Abs(got/float64(p.Value)-1) < 0.01) {
			t.Errorf("%s: %.3f calls per op on the busiest node, predicted %.3f", p.Side, got, float64(p.Value))
		}
	}
}

func TestTheModelBreaksEvenWhereTheRuleSays(t *testing.T) {
	for _, parts := range []int{3, 6, 9, 12, 24} {
		for reads := 0.0; reads <= 1; reads += 0.05 {
			const m = hotNodes
			wins := reads*(float64(parts)/m-1) < (1-reads)*(1-1./m)-1e-9
			if got := busiestCalls(parts, reads) < 1-1e-9; got != wins {
				t.Errorf("%d parts and %.0f %% reads: the rule says %v, the model %.3f calls", parts, 100*reads, wins, busiestCalls(parts, reads))
			}
		}
	}
}

func TestTheWaitInAQueueIsThatOfTheTables(t *testing.T) {
	// The mean of the M/D/1 queue is ρ/2(1 − ρ), by Pollaczek and Khinchine.
	for _, use := range []float64{0.1, 0.25, 0.5, 0.75} {
		mean := 0.0
		const step = 0.001
		for x := 0.0; x < 20; x += step {
			mean += (1 - waited(use, x)) * step
		}
		if want := use / (2 * (1 - use)); math.Abs(mean-want) > 0.01*want+step {
			t.Errorf("at %g the mean wait is %.4f services, want %.4f", use, mean, want)
		}
	}
}

// A scripted key returns what the test put there.
type scripted struct{ value string }

func (s *scripted) Get(context.Context) (string, error)              { return s.value, nil }
func (s *scripted) Set(context.Context, string, time.Duration) error { return nil }
func (s *scripted) Keys() []string                                   { return nil }

func TestAReaderWhoIsTakenBackIsCountedAndOneWhoMissesAWholeWriteIsWrong(t *testing.T) {
	key, env := &scripted{versionOf(0)}, &bench.Env{}
	h := &history{key: key, env: env, begun: []time.Time{time.Now()}}
	read := func(version int) error {
		t.Helper()
		key.value = versionOf(version)
		return h.read(t.Context())
	}
	if err := h.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.begun = append(h.begun, time.Now()) // version 2, which has not ended
	for _, version := range []int{1, 2, 1} {
		if err := read(version); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
	}
	if h.seen != 2 || h.back != 1 {
		t.Errorf("the newest version that was seen is %d, and %d reads went back; want 2 and 1", h.seen, h.back)
	}
	h.ended = 2
	for _, version := range []int{0, 1, 3} {
		if err := read(version); !errors.Is(err, load.ErrWrongAnswer) {
			t.Errorf("version %d passed although 2 was written whole and 3 never: %v", version, err)
		}
	}
	key.value = "version 2 of nothing"
	if err := h.read(t.Context()); !errors.Is(err, load.ErrWrongAnswer) {
		t.Errorf("a value that nobody wrote passed: %v", err)
	}
}
