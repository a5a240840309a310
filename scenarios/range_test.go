package scenarios

import (
	"testing"

	"redisduel/bench/benchtest"
)

// TestOneCallForTheWholeSetStopsEverybodyAndPagesNobody relies on the
// scenario's check that beside ZRANGE 0 -1 the bystander waited as long as the
// slow log says. What the test allows the pages is explained where SCAN is
// tested.
func TestOneCallForTheWholeSetStopsEverybodyAndPagesNobody(t *testing.T) {
	duel := benchtest.TestScenario(t, rangeOf(slowKeys))
	stalledOnlyByTheAntiPattern(t, duel, "zrange")
}

func TestRangesOfEverySizeOfTheSweepAreRead(t *testing.T) {
	for _, members := range []float64{10, 1e4} {
		if duel := benchtest.Fight(t, rangeAt(members)); duel.Failed != "" {
			t.Errorf("%g members: %s", members, duel.Failed)
		}
	}
}
