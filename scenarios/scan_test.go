package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestScanKeepsTheContract(t *testing.T) { benchtest.TestScenario(t, scanOf(20_000)) }

// TestKEYSStopsEverybodyAndSCANNobody relies on the scenario's check for KEYS,
// that the bystander waited as long as the slow log says. The pattern's pages
// take less than a millisecond, but a busy machine keeps a client waiting by
// itself: half of the shortest KEYS is far above that, and far below a scan
// that stops the server.
func TestKEYSStopsEverybodyAndSCANNobody(t *testing.T) {
	stalledOnlyByTheAntiPattern(t, scanOf(slowKeys), "keys")
}

// stalledOnlyByTheAntiPattern compares the bystander's longest wait beside the
// pattern with the anti-pattern's command in the slow log.
func stalledOnlyByTheAntiPattern(t *testing.T, s bench.Scenario, command string) {
	t.Helper()
	duel := benchtest.Fight(t, twinsOnly(s))
	if duel.Failed != "" {
		t.Fatal(duel.Failed)
	}
	stop := time.Duration(0)
	for i := range duel.Trials {
		if trial := &duel.Trials[i]; trial.Side == bench.AntiPattern {
			stop = time.Duration(slowest(trial, command))
		}
	}
	if wait := duel.Duration(duel.Primary.Name, bench.Pattern); stop <= 0 || wait <= 0 || wait > stop/2 {
		t.Errorf("beside the pattern the bystander waited %v, where the anti-pattern's %s takes %v", wait, command, stop)
	}
}

func TestScanFindsItsKeysAtTheSmallestSizeOfTheSweep(t *testing.T) {
	if duel := benchtest.Fight(t, scanAt(1000)); duel.Failed != "" {
		t.Error(duel.Failed)
	}
}
