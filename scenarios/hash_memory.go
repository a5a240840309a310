package scenarios

import (
	"encoding/json"
	"math/bits"
	"strconv"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// Arithmetic on the two forms of a record, as Redis 7 keeps and sends them on a
// machine of 64 bits.
const (
	compactFields = 512 // most fields of a HASH in its compact form (hash-max-listpack-entries)
	compactSize   = 64  // most bytes of a value in it (hash-max-listpack-value)

	object    = 16                   // what any value takes besides its content
	dictEntry = 24                   // of a hash table, besides its slot of 8 bytes
	hashTable = 56                   // an empty one
	keyBytes  = dictEntry + 2*object // the entry of a key in the keyspace, and a name of 15 to 30 bytes
)

const (
	memoryFormula = "each allocation rounded up to a class of jemalloc. JSON: the text. HASH, compact up to 512 fields and values of 64 B: 7 + for each name and value its length and 2, or 3 from 64 B on; " +
		"beyond that a table: 8 for each slot, a power of two, and for each field 24 and its two texts (while it has just grown, its old slots, too; Valkey 9 takes less). Besides, 16 for the value and 56 for the key"
	replyFormula = "the length of the reply in RESP: the values that were asked for, with all names if that is all of them, against the whole text"
)

// predictions are what can be reckoned of reading the record.
func (r recordShape) predictions(bench.Setting) []bench.Prediction {
	return []bench.Prediction{
		{Side: bench.Pattern, Metric: recordMemory, Value: stats.Float(r.hashMemory()), Formula: memoryFormula},
		{Side: bench.AntiPattern, Metric: recordMemory, Value: stats.Float(r.jsonMemory()), Formula: memoryFormula},
		{Side: bench.Pattern, Metric: replyBytes, Value: stats.Float(r.hashReply()), Formula: replyFormula},
		{Side: bench.AntiPattern, Metric: replyBytes, Value: stats.Float(r.jsonReply()), Formula: replyFormula},
	}
}

// json is the text of the record.
func (r recordShape) json() string {
	text, _ := json.Marshal(r.content()) // of texts, which cannot fail
	return string(text)
}

func (r recordShape) jsonReply() int { return bulk(r.json()) }

// hashReply is an array of values, or a map of names and values.
func (r recordShape) hashReply() int {
	n := header(r.read)
	for i := range r.read {
		n += bulk(r.value(i))
		if r.whole() {
			n += bulk(r.name(i))
		}
	}
	return n
}

func (r recordShape) jsonMemory() int { return keyBytes + object + text(len(r.json())) }

func (r recordShape) hashMemory() int {
	if r.fields <= compactFields && r.size <= compactSize {
		return keyBytes + object + r.listpack()
	}
	slots := 1 << bits.Len(uint(r.fields-1))
	n := keyBytes + object + hashTable + 8*slots
	for i := range r.fields {
		n += dictEntry + text(len(r.name(i))) + text(r.size)
	}
	return n
}

// listpack is the compact form: one allocation with all names and values in it.
func (r recordShape) listpack() int {
	const frame = 7
	n := frame
	for i := range r.fields {
		n += packed(len(r.name(i))) + packed(r.size)
	}
	return allocated(n)
}

// packed is an entry of a listpack: its length before it and after it.
func packed(length int) int {
	if length < 64 {
		return length + 2
	}
	return length + 3
}

// text is a text of its own: a header by its length, and a zero at its end.
func text(length int) int {
	switch {
	case length < 1<<5:
		return allocated(length + 2)
	case length < 1<<8:
		return allocated(length + 4)
	case length < 1<<16:
		return allocated(length + 6)
	}
	return allocated(length + 10)
}

// allocated is the size class of jemalloc that n bytes fall into: multiples of
// 16 up to 128, and then four to each doubling.
func allocated(n int) int {
	step := 16
	if n <= 8 {
		return 8
	}
	if n > 128 {
		step = 1 << (bits.Len(uint(n-1)) - 3)
	}
	return (n + step - 1) / step * step
}

// bulk is the length of a text in RESP, and header that of the line before an
// array or a map.
func bulk(text string) int { return header(len(text)) + len(text) + len("\r\n") }
func header(n int) int     { return len("*\r\n") + len(strconv.Itoa(n)) }
