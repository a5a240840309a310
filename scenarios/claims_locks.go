package scenarios

import (
	"fmt"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

func lockStopsLoads() claim {
	const overlaps, pauses = "overlaps after expiry", "pauses"
	return claim{
		says: "a lock stops concurrent backend hits",
		counts: "Stopped is one load for each expiry; 1.1 allows for one stray load in ten expiries. " +
			"If a holder that outlives its lock is found to let others in, the claim holds only as long as the lock does.",
		grounds: grounds{near("stampede", "All metrics"), near("lock-release", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d, held := r.near("stampede"), r.near("lock-release")
			without, with := d.value(loadsPerExpiry, bench.AntiPattern), d.value(loadsPerExpiry, bench.Pattern)
			let, paused := held.value(overlaps, bench.Pattern), held.value(pauses, bench.Pattern)
			text := fmt.Sprintf("At each expiry the backend was asked %s without a lock and %s with one", times(without), times(with))
			switch {
			case with > 1.1 || !d.won():
				return bench.Refuted, text + "."
			case let > 0:
				return bench.Corrected, text + fmt.Sprintf("; but where %s holders were paused for longer than a lock lives, %s others came in meanwhile: it stops them for its time to live, and no longer.", quantity.Number(paused), quantity.Number(let))
			}
			return bench.Confirmed, text + "."
		},
	}
}

func ownedRelease() claim {
	const strangers, lost = "releases that deleted another's lock", "lost updates"
	return claim{
		says:    "release must check ownership",
		counts:  "It must if a plain DEL deletes locks of others and a release that compares first deletes none. One that still deletes some would need a better check, and so a correction.",
		grounds: grounds{near("lock-release", "Third ways")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("lock-release")
			plain, compared := d.value(strangers, bench.AntiPattern), d.value(strangers, bench.Pattern)
			text := fmt.Sprintf("After %s pauses plain DEL deleted another's lock %s and compare-and-delete %s", quantity.Number(d.value("pauses", bench.AntiPattern)), times(plain), times(compared))
			switch {
			case plain == 0 || !d.won():
				return bench.Refuted, text + "."
			case compared > 0:
				return bench.Corrected, text + ": checking is not enough."
			}
			return bench.Confirmed, text + fmt.Sprintf(". That is not all that a lock needs: %s updates were lost with plain DEL, %s with the check and %s with fencing tokens.",
				quantity.Number(d.value(lost, bench.AntiPattern)), quantity.Number(d.value(lost, bench.Pattern)), quantity.Number(d.value(lost, releaseFenced)))
		},
	}
}

// times is how often, in words.
func times(n float64) string {
	if n == 1 {
		return "once"
	}
	return quantity.Number(n) + " times"
}
