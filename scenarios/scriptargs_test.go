package scenarios

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/evidence"
)

func TestPastedValuesMakeAScriptEachAndArgumentsNone(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, scriptArgs())
	const kept = "scripts kept at the end"
	if got := duel.Value(kept, bench.Pattern); got != 1 {
		t.Errorf("the server kept %v scripts for one script with arguments", got)
	}
	// That there is one for each value is a check of the scenario; that there are
	// many takes no more than a call in 3 ms.
	if got := duel.Value(kept, bench.AntiPattern); got < 100 {
		t.Errorf("the server kept %v scripts after 0.35 s of new values", got)
	}
}

func TestAScriptThatTheServerDroppedForOthersIsCountedAsMade(t *testing.T) {
	for _, tt := range []struct {
		what          string
		kept, dropped int64
		want          float64
	}{
		{"as Redis 7.2 and Valkey 7.2 keep them", 600, 0, 1},
		{"as Redis 7.4 and Valkey 8.0 do", 500, 100, 1},
		{"one script for all values", 1, 0, 1. / 600},
	} {
		trial := &bench.Trial{
			Counts:   map[string]int64{"number_of_cached_scripts": tt.kept, "values": 600},
			Evidence: &evidence.Delta{Counters: map[string]int64{"evicted_scripts": tt.dropped}},
		}
		if got := newScripts(bench.AntiPattern).Of(trial); got != tt.want {
			t.Errorf("%s: %v scripts per new value, want %v", tt.what, got, tt.want)
		}
	}
}
