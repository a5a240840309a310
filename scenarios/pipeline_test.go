package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// The bytes that the server holds when it has run a batch are exact: 100 answers
// of 23, and one of 23.
func TestPipeliningKeepsTheContractAndTheServerHoldsTheAnswersOfAWholeBatch(t *testing.T) {
	benchtest.Counts(t)
	duel := benchtest.TestScenario(t, pipeline())
	for side, want := range map[string]float64{bench.Pattern: jobCommands * 23, bench.AntiPattern: 23} {
		if got := duel.Value(replyBuffer, side); got != want {
			t.Errorf("the server held %v bytes of answers for the %s, want %v", got, side, want)
		}
	}
}

// What the arithmetic says. The lower bound is hard: the network lets nothing
// through early. Of a hundred round trips the pipeline pays one; the test allows
// it half, since its machine may be busy. A batch of a hundred is answered when
// the last of it is, and one command by itself, so that neither has a result
// before a round trip is over. That a batch takes less than ten is for a busy host.
func TestOneCommandAtATimePaysARoundTripEachAndNothingOfABatchIsThereBeforeOneIsOver(t *testing.T) {
	benchtest.Times(t)
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
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		if took := duel.Duration(batchTime, side); took < rtt || took > 10*rtt {
			t.Errorf("a batch of the %s took %v, want one round trip of %v and little more", side, took, rtt)
		}
	}
}

func TestEachDepthOfTheSweepIsWhatItSays(t *testing.T) {
	benchtest.Times(t) // in company the deepest takes longer than an op may
	for _, depth := range []float64{1, 5000} {
		at := pipelineAt(depth)
		if duel := benchtest.Fight(t, at); duel.Failed != "" {
			t.Errorf("a depth of %g: %s", depth, duel.Failed)
		}
	}
}

// besideMget compares reading so many keys in one pipeline with one MGET.
func besideMget(keys int) bench.Scenario {
	all, pipelined := job{commands: keys}, inPipelinesOf(keys)
	s := pipelineOf(all.commands, pipelined)
	s.Pattern, s.AntiPattern = all.impl(pipelined), all.mget()
	s.Checks = []bench.Check{
		{Name: "GET calls per job", Side: bench.Pattern, Of: perOp(bench.Calls("get")), Min: float64(keys), Max: float64(keys)},
		{Name: "MGET calls per job", Side: bench.AntiPattern, Of: perOp(bench.Calls("mget")), Min: 1, Max: 1},
	}
	return s
}

// What the server reads of a client at a time is all that it runs before it
// turns to another. A job of 5,000 commands is a quarter of a megabyte, so that
// it takes eight reads at least, whatever the host does; one MGET of as many keys
// takes reads, too, but runs as one command.
func TestADeepPipelineLetsOthersInAndOneMGETDoesNot(t *testing.T) {
	benchtest.Counts(t)
	const keys = 5000
	duel := benchtest.Fight(t, besideMget(keys))
	if duel.Failed != "" {
		t.Fatal(duel.Failed)
	}
	for _, trial := range duel.Trials {
		ran := bench.Calls("get")(trial.Evidence) + bench.Calls("mget")(trial.Evidence)
		jobs, turns := float64(trial.Load.Attempts), bench.Reads(trial.Evidence)
		switch trial.Side {
		case bench.AntiPattern:
			if ran != jobs {
				t.Errorf("the MGETs ran as %v commands in %v jobs, want one each", ran, jobs)
			}
		default:
			if turns < 8*jobs {
				t.Errorf("the server read %v pipelines in %v turns, want 8 for each", jobs, turns)
			}
		}
	}
}
