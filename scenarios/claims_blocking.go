package scenarios

import (
	"fmt"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// slowCommand is from where on a wait is called blocked: what Redis itself
// enters into its slow log, unless told otherwise.
const slowCommand = 10 * time.Millisecond

const (
	blockedCounts = "Blocked is an innocent client, who only reads one small key, when it waits 10 ms or more at its worst: that long a command goes into Redis's own slow log. "
	longestWait   = "bystander's longest wait"
)

func keysBlocks() claim {
	return claim{
		says:    "KEYS blocks the whole server, SCAN does not",
		counts:  blockedCounts + "If SCAN makes it wait that long, too, half of the claim is wrong, and if a sweep finds a number of keys with which KEYS does not, it needs the number.",
		grounds: grounds{near("scan", "The bystander")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("scan")
			keys, scan := d.span(longestWait, bench.AntiPattern), d.span(longestWait, bench.Pattern)
			size := d.count(lookedAt, bench.AntiPattern)
			text := fmt.Sprintf("With %s keys the bystander waited %s behind KEYS and %s beside SCAN", quantity.Number(size), quantity.Span(keys), quantity.Span(scan))
			work := d.value("server CPU per iteration", bench.Pattern) / d.value("server CPU per iteration", bench.AntiPattern)
			switch {
			case keys < slowCommand || !d.won():
				return bench.Refuted, text + "."
			case scan >= slowCommand:
				return bench.Corrected, text + ": SCAN blocks, too, if for less."
			}
			return harmlessBelow(r.sweep("scan", "keys"), "keys", text+fmt.Sprintf(", which took the server %s times the work in all", quantity.Times(work)))
		},
	}
}

func zrangeBlocks() claim {
	return claim{
		says:    "ZRANGE 0 -1 blocks the server",
		counts:  blockedCounts + "If a sweep finds a number of members with which it does not wait that long, the claim needs the number.",
		grounds: grounds{near("range", "The bystander")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("range")
			all, pages := d.span(longestWait, bench.AntiPattern), d.span(longestWait, bench.Pattern)
			text := fmt.Sprintf("Behind a ZRANGE 0 -1 that answered %s the bystander waited %s, beside pages of 1,000 %s",
				quantity.Bytes(d.value("bytes sent by the server per reading", bench.AntiPattern)), quantity.Span(all), quantity.Span(pages))
			if all < slowCommand || !d.won() {
				return bench.Refuted, text + "."
			}
			return harmlessBelow(r.sweep("range", "members"), "members", text)
		},
	}
}

// harmlessBelow confirms a claim, or corrects it if a sweep found a number at
// which the bystander was not blocked.
func harmlessBelow(s *bench.SweepResult, of, text string) (bench.ClaimVerdict, string) {
	if p := upTo(s, func(m bench.SweepSides) bool { return float64(m.AntiPattern) < float64(slowCommand) }); p.Value > 0 {
		return bench.Corrected, text + fmt.Sprintf("; with %s %s it was not blocked: it waited %s.", quantity.Number(p.Value), of, quantity.Nanoseconds(float64(p.Measured.AntiPattern)))
	}
	return bench.Confirmed, text + "."
}
