package generator

import (
	"fmt"
	"strconv"
	"strings"

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

// uses tells whether a placeholder occurs.
func (t template) uses(h hole) bool {
	for _, w := range t {
		for _, p := range w {
			if p.hole == h {
				return true
			}
		}
	}
	return false
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

// fill writes the words of command n into args, which keeps those that never
// change. It allocates for what has to be put together, and not for a key alone.
func (t template) fill(args []string, names []string, size, k int, n int) {
	for i, w := range t {
		switch {
		case len(w) == 1 && w[0].hole == text:
		case len(w) == 1 && w[0].hole == key:
			args[i] = names[k]
		default:
			args[i] = string(w.appendTo(nil, names, size, k, n))
		}
	}
}

func (w word) appendTo(b []byte, names []string, size, k int, n int) []byte {
	for _, p := range w {
		switch p.hole {
		case text:
			b = append(b, p.text...)
		case key:
			b = append(b, names[k]...)
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
