package scenarios

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// The stream fills the room in half of a trial, so without TTL and eviction
// about three quarters of the writes are refused (see pace.refused); half is
// still most of them, and leaves room for a host that is so busy that part of
// the stream is missing.
const mostWrites = 50

func TestACacheSurvivesByTTLOrByEvictionAndNotWithoutBoth(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, ttl())
	refused := func(side string) float64 { return duel.Value(refusedWrites().Name, side) }
	if got := refused(bench.Pattern); got != 0 {
		t.Errorf("with a TTL and allkeys-lfu %v %% of the writes were refused", got)
	}
	for _, side := range []string{bench.AntiPattern, "no TTL, volatile-lru"} {
		if got := refused(side); !(got >= mostWrites) {
			t.Errorf("%s: %v %% of the writes were refused, want most of them", side, got)
		}
	}
	for _, side := range []string{eternalLFU, "no TTL, allkeys-lru", expiringNone, "TTL, volatile-lru", "TTL, allkeys-lru"} {
		if got := refused(side); got != 0 {
			t.Errorf("%s: %v %% of the writes were refused, want none", side, got)
		}
	}
	// What is always in demand is loaded once if it never expires; the first
	// load is due at 5 ms, the last request at 585 of 600 ms.
	if with, without := duel.Duration("oldest answer", bench.Pattern), duel.Duration("oldest answer", "no TTL, allkeys-lru"); with >= without/2 {
		t.Errorf("the oldest answer is %v with a TTL and %v without", with, without)
	}
}

func TestTheStreamAsksForEachKeySoManyTimesAndNoMore(t *testing.T) {
	requests := map[string]int{}
	for i := range 10 * streamEvery * streamGroup * streamAsks {
		requests[streamKey(i)]++
	}
	hot := 0
	for key, n := range requests {
		switch {
		case n > streamAsks:
			hot++
		case n != streamAsks:
			t.Errorf("%s is asked for %d times, want %d", key, n, streamAsks)
		}
	}
	if hot != streamHot {
		t.Errorf("%d keys stay in demand, want %d", hot, streamHot)
	}
}

func TestAStreamThatLeavesRoomIsNotRefused(t *testing.T) {
	p := paceOf(bench.Setting{})
	if got := p.refused(p.full() * 0.99); got != 0 {
		t.Errorf("%v %% refused although keys expire before the room is used up", got)
	}
	if short, long := p.refused(p.full()*1.2), p.refused(never); !(0 < short && short < long) {
		t.Errorf("%v %% are refused if keys expire too late, and %v %% if never", short, long)
	}
}
