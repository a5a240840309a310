package scenarios

import (
	"math"
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestLFU(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, lfu())
	// Two thirds against less than three fifths are expected. Chance moves a hit
	// ratio of some 2,700 reads by 1 %, and the models are approximations.
	for _, p := range duel.Predictions {
		if got := duel.Value(p.Metric, p.Side); !(math.Abs(got-float64(p.Value)) < 5) {
			t.Errorf("%s: the hit ratio is %.1f %%, predicted %.1f %%", p.Side, got, float64(p.Value))
		}
	}
	lfu, lru := duel.Value(lfuHits, bench.Pattern), duel.Value(lfuHits, bench.AntiPattern)
	if !(lfu > lru+4) {
		t.Errorf("under a scan LFU answered %.1f %% of the popular reads and LRU %.1f %%", lfu, lru)
	}
}

func TestByTheModelLRUIsTheBetterOneOnlyWhenMostKeysGiveWay(t *testing.T) {
	for moved, want := range map[float64]bool{0: false, 0.5: false, 1: true} {
		w := workload{scan: lfuScan, moved: moved}
		if lfu, lru := w.underLFU(), w.underLRU(); lru > lfu != want {
			t.Errorf("when %g of the keys give way, the model says %.3f of LFU and %.3f of LRU", moved, lfu, lru)
		}
	}
}
