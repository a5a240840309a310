package generator

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"redisduel/bench"
)

// A template is a command with placeholders.
type template []word

// A word is the parts of one argument in turn: text, and placeholders.
type word []part

type part struct {
	text string
	hole hole
}

type hole int

const (
	text  hole = iota
	key        // the name of the command's key
	value      // the value of that key
	count      // the number of the command
)

var holes = map[string]hole{"{key}": key, "{value}": value, "{n}": count}

// parse finds the placeholders. Other text in braces is an error, since it is
// more often a slip than meant: Redis itself gives braces a meaning in keys alone.
func parse(command []string) (template, error) {
	t := make(template, len(command))
	for i, text := range command {
		for rest := text; rest != ""; {
			open := strings.IndexByte(rest, '{')
			if open < 0 {
				t[i] = append(t[i], part{text: rest})
				break
			}
			if open > 0 {
				t[i] = append(t[i], part{text: rest[:open]})
			}
			end := strings.IndexByte(rest[open:], '}') + 1
			hole := holes[rest[open:open+max(end, 0)]]
			if hole == 0 {
				return nil, fmt.Errorf("%w: %q has a brace that begins none of {key}, {value} and {n}", bench.ErrUsage, text)
			}
			t[i] = append(t[i], part{hole: hole})
			rest = rest[open+end:]
		}
	}
	return t, nil
}

// isGet tells whether the answer must be the value of the command's key.
func (t template) isGet() bool {
	return len(t) == 2 && strings.EqualFold(t[0].constant(), "GET") && len(t[1]) == 1 && t[1][0].hole == key
}

// constant is the text of a word without placeholders, else empty.
func (w word) constant() string {
	if len(w) == 1 && w[0].hole == text {
		return w[0].text
	}
	return ""
}

// A namer appends the name of key k.
type namer func(b []byte, k int) []byte

// A line is one command that is changed in place from op to op. The words that
// change are made of its own bytes, so that a million names take no memory and
// an op allocates none. While somebody may still read the words, the line must not
// be filled again.
type line struct {
	words []string
	bytes [][]byte // of each word that changes
}

func newLine(words []string) line { return line{words: words, bytes: make([][]byte, len(words))} }

// fill writes the words of command n, whose key is k.
func (t template) fill(l line, name namer, size, k, n int) {
	for i, w := range t {
		if w.changes() {
			l.bytes[i] = w.appendTo(l.bytes[i][:0], name, size, k, n)
			l.words[i] = unsafe.String(unsafe.SliceData(l.bytes[i]), len(l.bytes[i]))
		}
	}
}

// changes tells whether the word has a placeholder.
func (w word) changes() bool { return len(w) > 1 || len(w) == 1 && w[0].hole != text }

func (w word) appendTo(b []byte, name namer, size, k, n int) []byte {
	for _, p := range w {
		switch p.hole {
		case text:
			b = append(b, p.text...)
		case key:
			b = name(b, k)
		case value:
			b = appendValue(b, size, k)
		case count:
			b = strconv.AppendInt(b, int64(n), 10)
		}
	}
	return b
}

// appendValue appends bench.Data's value of key k.
func appendValue(b []byte, size, k int) []byte {
	var digits [20]byte
	number := strconv.AppendInt(digits[:0], int64(k), 10)
	for range size - len(number) {
		b = append(b, '0')
	}
	return append(b, number...)
}
