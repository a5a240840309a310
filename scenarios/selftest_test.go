package scenarios

import (
	"slices"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestTheTimeThatIsAddedIsInEveryOp(t *testing.T) {
	const added = 3 * time.Millisecond // well above what a GET takes without an emulated network
	d := benchtest.Fight(t, selfTestOf(added))
	for _, trial := range d.Trials {
		shortest := trial.Load.Service.At(0)
		if slowed := trial.Side == bench.AntiPattern; slowed && shortest < added*999/1000 { // the histogram keeps three figures
			t.Errorf("an op took %v, less than the %v that are added", shortest, added)
		} else if !slowed && shortest >= added {
			t.Errorf("the shortest op of the %s took %v without anything added", trial.Side, shortest)
		}
	}
}

func TestTheSelfTestStandsInNoList(t *testing.T) {
	if slices.ContainsFunc(Known(), func(s bench.Scenario) bool { return s.Name == SelfTest().Name }) {
		t.Error("it can be run like a duel")
	}
}
