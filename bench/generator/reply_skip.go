package generator

import (
	"errors"
	"fmt"
	"strconv"
)

// skipAll reads the rest of something and all that is in it. What is nested is
// only counted, so that its depth costs nothing.
func (p *replies) skipAll(kind byte, line []byte) error {
	for left := 0; ; {
		more, err := p.skip(kind, line)
		if err != nil {
			return err
		}
		if left += more; left == 0 {
			return nil
		}
		if left > maxLength {
			return malformed("too many elements")
		}
		if kind, line, err = p.head(); err != nil {
			return err
		}
		if kind == '>' {
			return malformed("a push within a reply")
		}
		if kind != '|' { // which belongs to the element after it
			left--
		}
	}
}

// skip reads the rest of one thing and says how many elements follow in it.
func (p *replies) skip(kind byte, line []byte) (elements int, err error) {
	switch kind {
	case '$', '=', '!':
		return 0, p.skipString(kind, line)
	case '*', '~', '>':
		if kind == '*' && string(line) == "-1" {
			return 0, nil
		}
		return length(line)
	case '%', '|':
		n, err := length(line)
		return 2 * n, err
	}
	return 0, scalar(kind, line)
}

// scalar checks a line that is a value by itself.
func scalar(kind byte, line []byte) error {
	switch kind {
	case '+', '-':
		return plain(line)
	case ':':
		if _, err := strconv.ParseInt(string(line), 10, 64); err != nil {
			return malformed("an integer that is none")
		}
		return digits(line)
	case '(':
		return digits(line)
	case ',':
		if _, err := strconv.ParseFloat(string(line), 64); err != nil && !errors.Is(err, strconv.ErrRange) {
			return malformed("a double that is none")
		}
		return nil
	case '#':
		if string(line) != "t" && string(line) != "f" {
			return malformed("a boolean that is none")
		}
		return nil
	case '_':
		return empty(line)
	}
	return malformed(fmt.Sprintf("a reply of an unknown type (%q)", kind))
}

// skipString reads a string of any kind.
func (p *replies) skipString(kind byte, line []byte) error {
	if kind == '$' && string(line) == "-1" {
		return nil
	}
	n, err := length(line)
	for err == nil && n > 0 {
		var piece []byte
		piece, err = p.some(n)
		n -= len(piece)
	}
	if err != nil {
		return err
	}
	return p.end()
}
