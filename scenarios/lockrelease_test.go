package scenarios

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// That nobody deletes another's lock, and that a fenced resource loses nothing,
// holds however slow the host is. How far the cascade goes depends on who asks
// when, so the test asks only for more deletions than locks: one for each lock
// is the paused holder's own.
func TestAPlainDELTurnsAPauseIntoACascadeAndCompareAndDeleteDoesNot(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, lockRelease())
	const strangers, cascades, lost = "releases that deleted another's lock", "overlaps after such a release", "lost updates"
	for _, side := range []string{bench.Pattern, releaseFenced, releaseKept} {
		for _, metric := range []string{strangers, cascades} {
			if got := duel.Value(metric, side); got != 0 {
				t.Errorf("%s: %g %s", side, got, metric)
			}
		}
	}
	for _, side := range []string{bench.AntiPattern, releaseFencedDEL} {
		if deleted, overlapped := duel.Value(strangers, side), duel.Value(cascades, side); !(deleted > releaseLocks) || !(overlapped > 0) {
			t.Errorf("%s: %g locks of others deleted, %g overlaps after it", side, deleted, overlapped)
		}
	}
	for _, side := range []string{releaseFenced, releaseFencedDEL} {
		if got := duel.Value(lost, side); got != 0 {
			t.Errorf("%s: %g updates lost", side, got)
		}
	}
	if got := duel.Value("overlaps after expiry", bench.Pattern); !(got > 0) {
		t.Errorf("%g overlaps after expiry: compare-and-delete cannot prevent those", got)
	}
}

// A host that stalls a holder for longer than its lock lives makes a pause of its
// own; three such in a row are no chance.
func TestAPauseWithinTheLocksTimeDoesNoHarm(t *testing.T) {
	benchtest.Times(t)
	for range 3 {
		duel := benchtest.Fight(t, lockRelease().Sweeps[0].At(0.25))
		if duel.Failed != "" {
			t.Fatal(duel.Failed)
		}
		if duel.Value("overlaps after expiry", bench.AntiPattern) > 0 || duel.Value("releases that found the lock lost", bench.AntiPattern) > 0 {
			continue
		}
		if got := duel.Value(duel.Primary.Name, bench.AntiPattern); got != 0 {
			t.Errorf("%g locks of others deleted", got)
		}
		return
	}
	t.Error("in each of three trials a lock expired before its holder was done")
}
