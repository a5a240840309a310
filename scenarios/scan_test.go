package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestScanKeepsTheContract(t *testing.T) {
	benchtest.Times(t)
	benchtest.TestScenario(t, scanOf(20_000))
}

// TestKEYSStopsEverybodyAndSCANNobody relies on the scenario's check for KEYS,
// that the bystander waited as long as the slow log says. The pattern's pages
// take less than a millisecond, but a busy machine keeps a client waiting by
// itself: half of the shortest KEYS is far above that, and far below a scan
// that stops the server.
func TestKEYSStopsEverybodyAndSCANNobody(t *testing.T) {
	benchtest.Times(t)
	stalledOnlyByTheAntiPattern(t, scanOf(slowKeys), "keys")
}

// stalledOnlyByTheAntiPattern compares the bystander's longest wait beside the
// pattern with the anti-pattern's command in the slow log. A host that stands
// still keeps the bystander waiting as well: if it waited long, and no command of
// the pattern took the server half of that, the duel is fought again. A pattern
// that kept it waiting by many short commands would do so each time. Beside the
// anti-pattern it must have felt the command, unless it came late to it; the check
// of the duel itself counts no trial in which the host was busy with something else.
func stalledOnlyByTheAntiPattern(t *testing.T, s bench.Scenario, command string) {
	t.Helper()
	var wait, stop time.Duration
	var late time.Duration
	for range 10 {
		duel := benchtest.Fight(t, twinsOnly(s))
		if duel.Failed != "" {
			t.Fatal(duel.Failed)
		}
		anti := sideOf(t, duel, bench.AntiPattern)
		if late = anti.Late; late > 10*time.Millisecond {
			t.Logf("the bystander may have come %v late to the %s, once more", late, command)
			continue
		}
		if felt := stallOver(command)(anti); !(felt >= 0.8) {
			t.Fatalf("the bystander felt %v of a %s", felt, command)
		}
		stop = time.Duration(slowest(anti, command))
		wait = duel.Duration(duel.Primary.Name, bench.Pattern)
		held := longestSlow(sideOf(t, duel, bench.Pattern))
		if stop <= 0 || wait <= 0 || wait <= stop/2 || held >= wait/2 {
			break
		}
		t.Logf("the bystander waited %v, and the server was held for %v at most: the host stood still, once more", wait, held)
	}
	if late > 10*time.Millisecond || stop <= 0 || wait <= 0 || wait > stop/2 {
		t.Errorf("beside the pattern the bystander waited %v, where the anti-pattern's %s takes %v", wait, command, stop)
	}
}

// longestSlow is the longest command in the slow log of a trial.
func longestSlow(trial *bench.Trial) (longest time.Duration) {
	for _, e := range trial.Evidence.Slow {
		longest = max(longest, e.Duration)
	}
	return longest
}

func TestScanFindsItsKeysAtTheSmallestSizeOfTheSweep(t *testing.T) {
	benchtest.Counts(t)
	if duel := benchtest.Fight(t, scanAt(1000)); duel.Failed != "" {
		t.Error(duel.Failed)
	}
}
