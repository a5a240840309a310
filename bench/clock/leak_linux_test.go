package clock_test

import (
	"os"
	"sync"
	"testing"
	"time"

	"redisduel/bench/clock"
)

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestAHundredTimersOneAfterTheOtherUseOneDescriptor(t *testing.T) {
	c := clock.Precise()
	openAndClose(t, c)
	before := openFiles(t)
	for range 100 {
		openAndClose(t, c)
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d open files after 100 cycles, %d before", after, before)
	}
}

func TestTheDescriptorsKeptForReuseAreBounded(t *testing.T) {
	const bound = 64
	c := clock.Precise()
	before := openFiles(t)
	var timers []clock.Timer
	for range 2 * bound {
		timers = append(timers, newTimer(t, c))
	}
	for _, timer := range timers {
		if err := timer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kept := openFiles(t) - before; kept > bound {
		t.Errorf("%d descriptors are kept, want at most %d", kept, bound)
	}
}

func TestACloseDuringAWaitGivesTheDescriptorBack(t *testing.T) {
	c := clock.Precise()
	openAndClose(t, c)
	before := openFiles(t)
	for range 100 {
		timer := newTimer(t, c)
		var waiting sync.WaitGroup
		waiting.Go(func() { timer.WaitUntil(time.Now().Add(time.Hour)) })
		if err := timer.Close(); err != nil {
			t.Fatal(err)
		}
		waiting.Wait()
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d open files after 100 closed waits, %d before", after, before)
	}
}

func openAndClose(t *testing.T, c clock.Clock) {
	t.Helper()
	timer := newTimer(t, c)
	timer.WaitUntil(time.Now().Add(50 * time.Microsecond))
	if err := timer.Close(); err != nil {
		t.Fatal(err)
	}
}
