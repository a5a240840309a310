package peers

import (
	"math"
	"os"
	"testing"
	"time"

	"redisduel/bench"
)

func TestTheCPUTimeOfAProcessIsWhatItSaysItself(t *testing.T) {
	for end := bench.CPUTime() + 50*time.Millisecond; bench.CPUTime() < end; { // some to see
	}
	before := float64(bench.CPUTime())
	got := cpuOf(os.Getpid())
	after := float64(bench.CPUTime())
	if got < before-2*tick || got > after { // user and system time are in whole ticks
		t.Errorf("it is %v ns, want from %v to %v", got, before, after)
	}
}

func TestTheCPUTimeOfAProcessThatHasEndedIsUnknown(t *testing.T) {
	d, err := start(t.Context(), "true")
	if err != nil {
		t.Fatal(err)
	}
	<-d.done
	if got := cpuOf(d.cmd.Process.Pid); !math.IsNaN(got) {
		t.Errorf("it is %v, want none", got)
	}
}
