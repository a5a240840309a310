package generator

import (
	"strconv"
	"strings"
)

// Stored is the value of a key, which is known and never built: zeros, and then
// the key's number.
type stored struct {
	size   int
	number [20]byte // its digits are the last ones
	first  int      // of them
}

// zeros is compared with and copied from, so many bytes at once.
var zeros = strings.Repeat("0", 4<<10)

// set makes it bench.Data's value of key k.
func (v *stored) set(size, k int) {
	var digits [20]byte
	d := strconv.AppendInt(digits[:0], int64(k), 10)
	v.first = len(v.number) - len(d)
	copy(v.number[v.first:], d)
	v.size = max(size, len(d))
}

// holds tells whether piece is what lies at offset at. It must not reach beyond
// the end.
func (v *stored) holds(piece []byte, at int) bool {
	digits := v.number[v.first:]
	for before := v.size - len(digits); at < before && len(piece) > 0; {
		n := min(before-at, len(piece), len(zeros))
		if string(piece[:n]) != zeros[:n] {
			return false
		}
		piece, at = piece[n:], at+n
	}
	if len(piece) == 0 {
		return true
	}
	from := at - (v.size - len(digits))
	return string(piece) == string(digits[from:from+len(piece)])
}

// like tells what to think of a whole value; nil wants none in particular.
func (v *stored) like(whole []byte) outcome {
	if v == nil || v.size == len(whole) && v.holds(whole, 0) {
		return answered
	}
	return wrong
}
