package scenarios

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/evidence"
)

func TestPastedValuesCostACompileAndAScriptEachArgumentsNeither(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, scriptArgs())
	const kept, held = "scripts kept at the end", "server's time in the command"
	if got := duel.Value(kept, bench.Pattern); got != 1 {
		t.Errorf("the server kept %v scripts for one script with arguments", got)
	}
	// That there is one for each value is a check of the scenario; that there are
	// many takes no more than a call in 3 ms.
	if got := duel.Value(kept, bench.AntiPattern); got < 100 {
		t.Errorf("the server kept %v scripts after 0.35 s of new values", got)
	}
	// Cold caches make running a script expensive, compiling it less so: 2.3 was
	// measured for calls that come alone, and more for calls in a pipeline. A
	// server that compiled nothing would be at 1.
	if ratio := duel.Value(held, bench.AntiPattern) / duel.Value(held, bench.Pattern); ratio < 1.5 {
		t.Errorf("a call with pasted values held the server %.3g times as long, want 1.5 at least", ratio)
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
