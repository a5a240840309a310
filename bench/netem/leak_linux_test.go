package netem_test

import (
	"runtime/debug"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

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
	if after.Files > before.Files || after.Goroutines > before.Goroutines {
		t.Errorf("%+v after 100 connections, %+v before", after, before)
	}
	if grown := after.Resident - before.Resident; grown > 5<<20 {
		t.Errorf("the resident memory grew by %d bytes, want less than 5 MiB", grown)
	}
}

// settle takes stock once the closed connections have gone: one-way delay
// after their Close, and when the server has seen it.
func settle(t *testing.T, n *netem.Network) benchtest.Holdings {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	last := benchtest.TakeStock(t)
	for steady := 0; steady < 5; {
		if time.Now().After(deadline) {
			t.Fatalf("the connections do not end: %+v, %+v", n.Counts(), last)
		}
		time.Sleep(5 * time.Millisecond)
		now := benchtest.TakeStock(t)
		if n.Counts().Open == 0 && now.Files == last.Files && now.Goroutines == last.Goroutines {
			steady++
		} else {
			steady = 0
		}
		last = now
	}
	debug.FreeOSMemory()
	return benchtest.TakeStock(t)
}
