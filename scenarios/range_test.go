package scenarios

import (
	"testing"

	"redisduel/bench/benchtest"
)

func TestRangeKeepsTheContract(t *testing.T) {
	benchtest.Times(t)
	benchtest.TestScenario(t, rangesOf(20_000))
}

// TestOneCallForTheWholeSetStopsEverybodyAndPagesNobody relies on the
// scenario's check that beside ZRANGE 0 -1 the bystander waited as long as the
// slow log says. What the test allows the pages is explained where SCAN is
// tested.
func TestOneCallForTheWholeSetStopsEverybodyAndPagesNobody(t *testing.T) {
	benchtest.Times(t)
	stalledOnlyByTheAntiPattern(t, rangesOf(slowKeys), "zrange")
}
