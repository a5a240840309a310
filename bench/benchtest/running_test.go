package benchtest

import (
	"strings"
	"testing"
)

func TestWhatAFightLeavesRunningIsToldFromWhatOthersRun(t *testing.T) {
	end := make(chan struct{})
	ended := make(chan struct{}, 2)
	wait := func() { <-end; ended <- struct{}{} }
	go wait() // of somebody else
	leavesNothingRunning(t, func() {
		go func() { go wait() }() // by a goroutine that has ended
		if kinds := running(t.Name()); len(kinds) == 0 || !strings.Contains(strings.Join(kinds, ""), "running_test.go") {
			t.Errorf("running are %q, want the goroutine of the fight", kinds)
		}
		close(end)
	})
	<-ended
	<-ended
}
