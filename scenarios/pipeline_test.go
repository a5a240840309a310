package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestPipeliningKeepsTheContract(t *testing.T) { benchtest.TestScenario(t, pipeline()) }

// TestOneCommandAtATimePaysARoundTripEach asserts what the arithmetic says. The
// lower bound is hard: the network lets nothing through early. Of a hundred
// round trips the pipeline pays one; the test allows it half, since its machine
// may be busy.
func TestOneCommandAtATimePaysARoundTripEach(t *testing.T) {
	const rtt = 4 * time.Millisecond
	duel := benchtest.Fight(t, twinsOnly(pipeline()), func(set *bench.Settings) { set.RTT = rtt })
	if duel.Failed != "" {
		t.Fatal(duel.Failed)
	}
	if took := duel.Duration(jobTime, bench.AntiPattern); took < jobCommands*rtt {
		t.Errorf("100 commands one at a time took %v, less than 100 round trips of %v", took, rtt)
	}
	if took := duel.Duration(jobTime, bench.Pattern); took < rtt || took > jobCommands*rtt/2 {
		t.Errorf("100 commands in a pipeline took %v, want one round trip of %v and little more", took, rtt)
	}
}

func TestEachDepthOfTheSweepIsWhatItSays(t *testing.T) {
	for _, depth := range []float64{1, 5000} {
		at := pipelineAt(depth)
		if duel := benchtest.Fight(t, at); duel.Failed != "" {
			t.Errorf("a depth of %g: %s", depth, duel.Failed)
		}
	}
}
