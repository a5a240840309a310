package bench_test

import (
	"runtime/debug"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestAHundredPreparedSidesLeaveNothingBehind(t *testing.T) {
	s := echo()
	arena := benchtest.Arena(t, &s, 0)
	cycle := func() {
		bout, err := arena.Prepare(t.Context(), bench.AntiPattern)
		if err != nil {
			t.Fatal(err)
		}
		defer bout.Close()
		if err := bout.Op(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 { // fills the pools
		cycle()
	}
	before := settled(t, nil)
	for range 100 {
		cycle()
	}
	after := settled(t, &before)
	if grown := after.Resident - before.Resident; grown > 5<<20 {
		t.Errorf("the resident memory grew by %d bytes, want less than 5 MiB", grown)
	}
}

// settled takes stock when what a closed connection leaves for a moment has
// gone: when there is no more than before, or nothing has changed for a while.
func settled(t *testing.T, before *benchtest.Holdings) (now benchtest.Holdings) {
	t.Helper()
	last, steady := benchtest.TakeStock(t), 0
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		now = benchtest.TakeStock(t)
		if now.Files == last.Files && now.Goroutines == last.Goroutines {
			steady++
		} else {
			steady = 0
		}
		last = now
		if steady >= 5 && (before == nil || now.Files <= before.Files && now.Goroutines <= before.Goroutines) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v after a hundred cycles, %+v before", now, before)
		}
	}
	debug.FreeOSMemory()
	return benchtest.TakeStock(t)
}
