package scenarios

import (
	"strconv"
	"strings"
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestReadingARecordKeepsTheContract(t *testing.T) {
	benchtest.Counts(t)
	for name, shape := range map[string]recordShape{"a part": sharedRecord(10), "the whole": sharedRecord(100)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			benchtest.TestScenario(t, shape.reads(replyBytes))
		})
	}
}

func TestAReplyIsAsLongAsItsRESPAndJSONsIsTheShorterOneOnlyForTheWhole(t *testing.T) {
	benchtest.Counts(t)
	sweep := replySweep()
	for _, read := range sweep.Values {
		duel := benchtest.Fight(t, sweep.At(read))
		onHash, onJSON := sweep.Predict(bench.Setting{}, read)
		if got := duel.Value(replyBytes, bench.Pattern); got != onHash {
			t.Errorf("%g fields of a HASH came in %g bytes, want %g to the byte", read, got, onHash)
		}
		if got := duel.Value(replyBytes, bench.AntiPattern); got != onJSON {
			t.Errorf("a record in JSON came in %g bytes, want %g to the byte", got, onJSON)
		}
		if shorter := onJSON < onHash; shorter != (read == 100) {
			t.Errorf("for %g of 100 fields JSON's reply is the shorter one: %v", read, shorter)
		}
	}
}

// The server walks over a compact record for each field that is named, and over
// all of it for HGETALL; a GET hands out one text. It took some 20 times as long
// for all fields and 50 for half of them; a factor of three is left for other
// builds and for what a busy machine does to the processor's caches. The server's
// clock runs on while the host stands still, so that a round in which it did says
// nothing: the median of three counts.
func TestHalfOfARecordAndAllOfItTakeTheServersThreadLessTimeAsJSON(t *testing.T) {
	benchtest.Times(t)
	for _, read := range []float64{50, 100} {
		duel := benchtest.Fight(t, sharedRecord(read).reads(readTime), func(set *bench.Settings) { set.Rounds = 3 })
		onHash, onJSON := duel.Value(commandTime, bench.Pattern), duel.Value(commandTime, bench.AntiPattern)
		t.Logf("%g of 100 fields took %.0f ns of a HASH and %.0f ns of JSON in the command", read, onHash, onJSON)
		if !(onHash > 3*onJSON) {
			t.Errorf("%g of 100 fields took %.0f ns of a HASH and %.0f ns of JSON, want less than a third", read, onHash, onJSON)
		}
	}
}

// The model knows jemalloc's classes and how Redis 7 keeps both forms. Another
// allocator rounds less or more, by a quarter of a small block at most, and a
// table that has just grown keeps its old slots until they have moved: 15 % for
// both. A leaner table takes a third less.
func TestARecordTakesTheMemoryThatItsFormSays(t *testing.T) {
	benchtest.Counts(t)
	for _, sweep := range hashSweeps() {
		if sweep.At(sweep.Values[0]).Primary.Name != recordMemory {
			continue
		}
		for _, v := range sweep.Values {
			duel := benchtest.Fight(t, sweep.At(v))
			onHash, onJSON := sweep.Predict(bench.Setting{}, v)
			for side, want := range map[string]float64{bench.Pattern: onHash, bench.AntiPattern: onJSON} {
				least := 0.85
				if side == bench.Pattern && leaner(duel) {
					least = 0.6
				}
				if got := duel.Value(recordMemory, side); !(got > want*least && got < want*1.15) {
					t.Errorf("%s at %g: the %s took %g B, want about %g", sweep.Name, v, side, got, want)
				}
			}
		}
	}
}

// The 513th field, or a 65th byte of one value, turns the compact form into a
// table, which takes at least 24 bytes for an entry, 8 for its slot and some for
// two texts of their own, or some 28 for all of it where tables are leaner; JSON
// grows by what was added.
func TestAHashTakesAboutWhatJSONTakesUntilItOutgrowsItsCompactForm(t *testing.T) {
	benchtest.Counts(t)
	perField := 32.
	memory := func(fields, size int) (onHash, onJSON float64) {
		duel := benchtest.Fight(t, briefly(recordShape{fields: fields, size: size, read: fields}.reads(recordMemory)))
		if leaner(duel) {
			perField = 16
		}
		return duel.Value(recordMemory, bench.Pattern), duel.Value(recordMemory, bench.AntiPattern)
	}
	for name, c := range map[string]struct{ before, after recordShape }{
		"the 513th field": {recordShape{fields: 512, size: 16}, recordShape{fields: 513, size: 16}},
		"the 65th byte":   {recordShape{fields: 20, size: 64}, recordShape{fields: 20, size: 65}},
	} {
		hashBefore, jsonBefore := memory(c.before.fields, c.before.size)
		hashAfter, jsonAfter := memory(c.after.fields, c.after.size)
		if ratio := hashBefore / jsonBefore; !(ratio > 0.75 && ratio < 1.25) { // a size class apart at most
			t.Errorf("before %s a HASH takes %.2f times what JSON takes", name, ratio)
		}
		if hashAfter-hashBefore < float64(c.after.fields)*perField || jsonAfter-jsonBefore > 0.25*jsonBefore {
			t.Errorf("%s: a HASH grows from %g B to %g, and JSON from %g to %g", name, hashBefore, hashAfter, jsonBefore, jsonAfter)
		}
	}
}

// leaner reports whether the server keeps a table in less than Redis 7 does, as
// Valkey 9 does.
func leaner(d *bench.Duel) bool {
	major, _, _ := strings.Cut(d.Server.Version, ".")
	n, err := strconv.Atoi(major)
	return err == nil && d.Server.Software == "valkey" && n >= 9
}
