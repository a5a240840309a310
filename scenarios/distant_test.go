package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/patterns"
)

func TestHandshakesOpensAConnectionForEachCommandOrNone(t *testing.T) {
	benchtest.Counts(t)
	benchtest.TestScenario(t, handshakes())
}

func TestTheWidePoolHasAConnectionForEachCaller(t *testing.T) {
	benchtest.Counts(t)
	duel := benchtest.TestScenario(t, widePool())
	if got := duel.Value("connections open", bench.Pattern); got != widePoolSize+1 {
		t.Errorf("%v connections were open, want %d", got, widePoolSize+1)
	}
}

// The emulated network never delivers early, so that no side can be faster than
// its round trips allow, on a host however busy.
func TestNoSideIsFasterThanItsRoundTripsAllow(t *testing.T) {
	benchtest.Counts(t)
	const rtt = 20 * time.Millisecond
	far := func(set *bench.Settings) { set.RTT = rtt }
	one := benchtest.Fight(t, handshakes(), far)
	many := benchtest.Fight(t, widePool(), far)
	for _, c := range []struct {
		duel *bench.Duel
		side string
		most float64 // commands in a round trip
	}{
		{one, bench.Pattern, 1}, {one, bareSocket, 1. / 2}, {one, bench.AntiPattern, 1. / 4}, {one, byDefault, 1. / 4},
		{many, bench.Pattern, widePoolSize}, {many, narrowPool, patterns.DefaultPoolSize}, {many, bench.AntiPattern, widePoolSize / 4},
	} {
		got := c.duel.Value(perSecond, c.side) * rtt.Seconds()
		if !(got > 0 && got <= c.most) {
			t.Errorf("%s, %s: %v commands in a round trip, want at most %v", c.duel.Scenario, c.side, got, c.most)
		}
	}
}
