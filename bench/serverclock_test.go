package bench_test

import (
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/scenarios"
)

func TestTheClockOfAServerOnThisMachineIsOurOwn(t *testing.T) {
	s := scenarios.All()[0]
	arena := benchtest.Arena(t, &s, 0)
	c := arena.ServerClock(t.Context())
	if c == nil || c.Within <= 0 || c.Within > time.Minute {
		t.Fatalf("%+v, want a comparison and how good it is", c)
	}
	// Both read one clock, and the server did so between our two looks.
	if c.Ahead.Abs() > c.Within {
		t.Errorf("the server's clock is said to be %v ahead, give or take %v", c.Ahead, c.Within)
	}
}
