package scenarios

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestEvictionSavesACacheAndLosesRecordsAndLocks(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, eviction())
	if got := duel.Value(refusedWrites().Name, bench.Pattern); got != 0 {
		t.Errorf("allkeys-lfu refused %v %% of a cache's writes", got)
	}
	if got := duel.Value(refusedWrites().Name, bench.AntiPattern); !(got >= mostWrites) {
		t.Errorf("noeviction refused %v %% of a cache's writes, want most of them", got)
	}
	for _, kind := range []string{"records", "locks"} {
		if got := duel.Value(kind+" lost", mixedLFU); !(got > 0) {
			t.Errorf("allkeys-lfu lost %v %s, want some", got, kind)
		}
		if got := duel.Value(kind+" lost", mixedNone); got != 0 {
			t.Errorf("noeviction lost %v %s", got, kind)
		}
	}
	if got := duel.Value(refusedWrites().Name, mixedNone); !(got >= mostWrites) {
		t.Errorf("noeviction refused %v %% of the writes beside records, want most of them: they are how somebody hears of it", got)
	}
}
