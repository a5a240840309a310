package scenarios

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

const lostUpdates = "lost updates of 100"

func TestTheHashPairKeepsTheContract(t *testing.T) {
	duel := benchtest.TestScenario(t, hash())
	for _, side := range []string{bench.Pattern, bench.Control, jsonWatched, jsonSwapped} {
		if got := duel.Value(lostUpdates, side); got != 0 {
			t.Errorf("the %s lost %g of 100 updates", side, got)
		}
	}
	// Two writers are at the same counter, give or take one.
	if got, want := duel.Value(lostUpdates, hashFetched), lostOutOfStep(hashWriters/hashCounters); !(got > want-15 && got < want+15) {
		t.Errorf("a HASH whose counters the client computes lost %.3g of 100 updates, want about %.3g", got, want)
	}
	for _, side := range []string{jsonWatched, jsonSwapped} {
		if got := duel.Value("retries per update", side); !(got > 0) {
			t.Errorf("%s made %g retries an update, although writers met", side, got)
		}
	}
}

// In one round of reading and writing at least one update of JSON lasts, when
// all writers march in step, and at most two, since a chain of updates takes a
// round trip from the read to the write of each. The three points beyond are
// for the unevenness of a busy machine: a writer that stalls puts an old record
// back, and one that is faster than the others succeeds more often.
func TestJSONLosesWhatTheModelsSay(t *testing.T) {
	duel := benchtest.Fight(t, hashOf(hashWriters), func(set *bench.Settings) { set.RTT = time.Millisecond })
	low, high := 100*(1-2./hashWriters)-3, lostInStep(hashWriters)+3
	if got := duel.Value(lostUpdates, bench.AntiPattern); !(got >= low && got <= high) || duel.Failed != "" {
		t.Errorf("JSON lost %.3g of 100 updates, want %.3g to %.3g; %s", got, low, high, duel.Failed)
	}
	if got := duel.Value(lostUpdates, bench.Pattern); got != 0 {
		t.Errorf("a HASH lost %g of 100 updates", got)
	}
}

func TestTheModelsOfLostUpdatesAgreeWithEachOther(t *testing.T) {
	if out, in := lostOutOfStep(1), lostInStep(1); out != 0 || in != 0 {
		t.Errorf("a single writer loses %g or %g of 100 updates", out, in)
	}
	for n := 2.; n < 100; n++ {
		if out, in := lostOutOfStep(n), lostInStep(n); out >= in || out < 100*(1-2/n) {
			t.Errorf("%g writers lose %g out of step and %g in step", n, out, in)
		}
	}
}

// TestAHashTakesLessMemoryThanJSONUntilItOutgrowsItsCompactForm shows the two
// cliffs: the 513th field, and the 65th byte of a value.
func TestAHashTakesLessMemoryThanJSONUntilItOutgrowsItsCompactForm(t *testing.T) {
	client := recordClient(t)
	for _, test := range []struct {
		fields, size int
		low, high    float64 // memory of the HASH over that of JSON
	}{
		{20, 64, 0.5, 1.1}, {512, 8, 0.5, 1.1},
		{513, 8, 2, 5}, {20, 65, 1.3, 3},
	} {
		asHash, asJSON := recordSize(t, client, "hash", test.fields, test.size), recordSize(t, client, "json", test.fields, test.size)
		ratio := asHash / asJSON
		t.Logf("%d fields of %d B: %g B as a HASH, %g B as JSON", test.fields, test.size, asHash, asJSON)
		if ratio < test.low || ratio > test.high {
			t.Errorf("%d fields of %d B: a HASH takes %.2f times what JSON takes, want %g to %g", test.fields, test.size, ratio, test.low, test.high)
		}
	}
}
