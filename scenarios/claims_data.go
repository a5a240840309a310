package scenarios

import (
	"fmt"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

func recordsInJSON() claim {
	const lost, in, out = "lost updates of 100", "bytes to the server per update", "bytes from the server per update"
	const readThenWrite, watched = "HGET, then HSET", "JSON, WATCH and retry"
	return claim{
		says: "JSON strings need the whole read-modify-write cycle, HASH updates are atomic",
		counts: "The whole cycle shows as at least twice the bytes of an update, both ways, and as updates that writers undo. Atomic is no update lost, of those that were acknowledged. " +
			"If some way to change a HASH loses updates, the claim needs to say which does not.",
		grounds: grounds{near("hash", "Third ways")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("hash")
			carried := func(side string) float64 { return d.value(in, side) + d.value(out, side) }
			json, hash, apart := d.value(lost, bench.AntiPattern), d.value(lost, bench.Pattern), d.value(lost, readThenWrite)
			text := fmt.Sprintf("An update of a JSON string carried %s and writers lost %s of 100; HINCRBY carried %s and lost %s",
				quantity.Bytes(carried(bench.AntiPattern)), quantity.Number(json), quantity.Bytes(carried(bench.Pattern)), quantity.Number(hash))
			switch {
			case hash > 0 || json == 0 || carried(bench.AntiPattern) < 2*carried(bench.Pattern):
				return bench.Refuted, text + "."
			case apart > 0:
				return bench.Corrected, text + fmt.Sprintf(", but HGET and then HSET lost %s: a HASH command is atomic, two are not. With WATCH and retries JSON lost %s.", quantity.Number(apart), quantity.Number(d.value(lost, watched)))
			}
			return bench.Confirmed, text + "."
		},
	}
}

func shardedKey() claim {
	// even is how much more than the mean the busiest node may do: the keys of a
	// cluster at large lie no more evenly.
	const even = 1.2
	return claim{
		says: "sharding a hot key spreads its load",
		counts: "Spread is a busiest node with at most 1.2 times the mean of the nodes' calls: few clusters are more even by themselves. " +
			"If there are shards that spread nothing, the claim needs to say which do.",
		grounds: grounds{near("hotkey", "Third ways"), near("hotkey", "Load of the nodes")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("hotkey")
			one, copies, tagged := d.value(hotUneven, bench.AntiPattern), d.value(hotUneven, bench.Pattern), d.value(hotUneven, hotTagged)
			text := fmt.Sprintf("On a cluster of %d the busiest node ran %s times the mean of the hot reads with one key and %s times with copies in slots of different nodes",
				d.Server.Nodes, quantity.Times(one), quantity.Times(copies))
			switch {
			case copies > even || !d.won():
				return bench.Refuted, text + "."
			case tagged > even:
				return bench.Corrected, text + fmt.Sprintf(", but %s times with copies that share a hash tag: shards spread the load only if their slots are on different nodes, and so on a cluster alone.", quantity.Times(tagged))
			}
			return bench.Confirmed, text + "."
		},
	}
}

func digestSaves() claim {
	return claim{
		says:    "EVALSHA saves bandwidth",
		counts:  "Saving is fewer bytes to the server for each call, by the duel's own verdict. If a sweep finds scripts that are so short that nothing is saved, the length belongs into the claim.",
		grounds: grounds{near("evalsha", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			const bytes = "bytes in per call"
			d := r.near("evalsha")
			text := fmt.Sprintf("A call of a script of %d bytes sent %s by EVALSHA and %s by EVAL", scriptBytes, quantity.Bytes(d.value(bytes, bench.Pattern)), quantity.Bytes(d.value(bytes, bench.AntiPattern)))
			text += fmt.Sprintf(", at a median response of %s and %s", quantity.Span(d.span(medianResponse, bench.Pattern)), quantity.Span(d.span(medianResponse, bench.AntiPattern)))
			if !d.won() {
				return bench.Refuted, text + "."
			}
			swept := r.sweep("evalsha", "length")
			if p := upTo(swept, func(m bench.SweepSides) bool { return m.AntiPattern <= m.Pattern }); p.Value > 0 {
				return bench.Corrected, text + fmt.Sprintf("; a script of up to %s saved none.", quantity.Bytes(p.Value))
			}
			return bench.Confirmed, text + "."
		},
	}
}
