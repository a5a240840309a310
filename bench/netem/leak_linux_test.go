package netem_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
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

func TestAHundredConnectionsLeaveNothingBehind(t *testing.T) {
	address := serveConns(t, echo)
	n := newNetwork(t, netem.Link{RTT: 500 * time.Microsecond}, clock.Precise())
	cycle := func() {
		c := dial(t, n, address)
		if _, err := c.Write(make([]byte, 1000)); err != nil {
			t.Error(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
		c.Close()
	}
	for range 100 { // fills the pools
		cycle()
	}
	before := settle(t, n)
	for range 100 {
		cycle()
	}
	after := settle(t, n)
	if after.files > before.files || after.goroutines > before.goroutines {
		t.Errorf("%+v after 100 connections, %+v before", after, before)
	}
	if grown := after.resident - before.resident; grown > 5<<20 {
		t.Errorf("the resident memory grew by %d bytes, want less than 5 MiB", grown)
	}
}

// settle takes stock once the closed connections have gone: one-way delay
// after their Close, and when the server has seen it.
func settle(t *testing.T, n *netem.Network) holdings {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	last := takeStock(t)
	for steady := 0; steady < 5; {
		if time.Now().After(deadline) {
			t.Fatalf("the connections do not end: %+v, %+v", n.Counts(), last)
		}
		time.Sleep(5 * time.Millisecond)
		now := takeStock(t)
		if n.Counts().Open == 0 && now.files == last.files && now.goroutines == last.goroutines {
			steady++
		} else {
			steady = 0
		}
		last = now
	}
	debug.FreeOSMemory()
	return takeStock(t)
}
