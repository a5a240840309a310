package bench_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// holdings is what the process has of the things that leak.
type holdings struct {
	files, goroutines int
	resident          int64 // bytes
}

func takeStock(t *testing.T) (h holdings) {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return holdings{len(files), runtime.NumGoroutine(), resident * int64(os.Getpagesize())}
}

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
	if grown := after.resident - before.resident; grown > 5<<20 {
		t.Errorf("the resident memory grew by %d bytes, want less than 5 MiB", grown)
	}
}

// settled takes stock when what a closed connection leaves for a moment has
// gone: when there is no more than before, or nothing has changed for a while.
func settled(t *testing.T, before *holdings) (now holdings) {
	t.Helper()
	last, steady := takeStock(t), 0
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		now = takeStock(t)
		if now.files == last.files && now.goroutines == last.goroutines {
			steady++
		} else {
			steady = 0
		}
		last = now
		if steady >= 5 && (before == nil || now.files <= before.files && now.goroutines <= before.goroutines) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v after a hundred cycles, %+v before", now, before)
		}
	}
	debug.FreeOSMemory()
	return takeStock(t)
}
