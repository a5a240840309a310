package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestPipeliningScriptsKeepsTheContract(t *testing.T) {
	benchtest.Counts(t)
	benchtest.TestScenario(t, scriptPipeline())
}

func TestAPipelineOfScriptCallsTakesOneRoundTripAndOneAtATimeAHundred(t *testing.T) {
	benchtest.Times(t)
	const rtt = 2 * time.Millisecond
	s := scriptPipeline()
	s.Variants = nil
	duel := benchtest.Fight(t, s, func(set *bench.Settings) { set.RTT, set.Duration = rtt, 500*time.Millisecond })
	one, all := duel.Duration(s.Primary.Name, bench.AntiPattern), duel.Duration(s.Primary.Name, bench.Pattern)
	// No call is answered before a round trip is over: that bound is hard. The
	// pipeline may take ten round trips on a busy host, and still not a hundred.
	if one < scriptJob*rtt {
		t.Errorf("100 calls one at a time took %v, less than 100 round trips of %v", one, rtt)
	}
	if all < rtt || all > 10*rtt {
		t.Errorf("100 calls as a pipeline took %v, want one round trip of %v and a little", all, rtt)
	}
}
