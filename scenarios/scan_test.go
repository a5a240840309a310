package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// TestKEYSStopsEverybodyAndSCANNobody relies on the scenario's check for KEYS,
// that the bystander waited as long as the slow log says. The pattern's pages
// take less than a millisecond, but a busy machine keeps a client waiting by
// itself: half of the shortest KEYS is far above that, and far below a scan
// that stops the server.
func TestKEYSStopsEverybodyAndSCANNobody(t *testing.T) {
	duel := benchtest.TestScenario(t, scanOf(slowKeys))
	stalledOnlyByTheAntiPattern(t, duel, "keys")
}

// stalledOnlyByTheAntiPattern compares the bystander's longest wait beside the
// pattern with the anti-pattern's command in the slow log.
func stalledOnlyByTheAntiPattern(t *testing.T, duel *bench.Duel, command string) {
	t.Helper()
	stop := time.Duration(0)
	for i := range duel.Trials {
		if trial := &duel.Trials[i]; trial.Side == bench.AntiPattern && trial.Evidence != nil {
			stop = time.Duration(slowest(trial, command))
		}
	}
	if wait := duel.Duration(duel.Primary.Name, bench.Pattern); stop <= 0 || wait <= 0 || wait > stop/2 {
		t.Errorf("beside the pattern the bystander waited %v, where the anti-pattern's %s takes %v", wait, command, stop)
	}
}

func TestScanFindsItsKeysAtEverySizeOfTheSweep(t *testing.T) {
	for _, keys := range []float64{1e3, 1e4} {
		if duel := benchtest.Fight(t, scanAt(keys)); duel.Failed != "" {
			t.Errorf("%g keys: %s", keys, duel.Failed)
		}
	}
}
