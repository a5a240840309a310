package generator

import (
	"fmt"
	"strconv"
)

// A request is a command as it goes out: what stays the same was encoded once.
type request struct {
	pieces []piece
	word   []byte // the last one made
}

// A piece is bytes, and a word that changes after them unless it is the last.
type piece struct {
	bytes string
	word  word
}

func newRequest(t template) request {
	var r request
	text := fmt.Sprintf("*%d\r\n", len(t))
	for _, w := range t {
		if !w.changes() {
			text += fmt.Sprintf("$%d\r\n%s\r\n", len(w.constant()), w.constant())
			continue
		}
		r.pieces = append(r.pieces, piece{bytes: text + "$", word: w})
		text = "\r\n"
	}
	r.pieces = append(r.pieces, piece{bytes: text})
	return r
}

// appendTo appends command n, whose key is k. It allocates nothing once b and the
// word are as large as they get.
func (r *request) appendTo(b []byte, name namer, size, k, n int) []byte {
	for _, p := range r.pieces {
		b = append(b, p.bytes...)
		if p.word == nil {
			continue
		}
		r.word = p.word.appendTo(r.word[:0], name, size, k, n)
		b = strconv.AppendInt(b, int64(len(r.word)), 10)
		b = append(append(b, "\r\n"...), r.word...)
	}
	return b
}
