package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// An outcome is what a reply says of its command.
type outcome int

const (
	answered outcome = iota
	null             // there is no such value
	refused          // an error; replies.said is its text
	wrong            // not the value that was wanted
)

// Replies reads what a server answers, in RESP2 and RESP3, and builds none of it:
// a value is compared where it lies, piece by piece if it is larger than the
// buffer, and all else is skipped. It is strict, since after a byte that is not
// as it must be no later one can be trusted. Streamed strings and aggregates, which
// no server sends, are not taken.
type replies struct {
	source io.Reader
	buf    []byte // grows for a longer line alone
	r, w   int    // what is read lies between
	said   string // the text of the last error
}

// The limits of what is taken for a reply.
const (
	maxLine   = 1 << 20 // bytes of a simple string or an error, which are kept
	maxLength = 1 << 32 // bytes of a string, elements of an aggregate, which are not
)

var errMalformed = errors.New("the server's reply breaks the protocol")

func malformed(what string) error { return fmt.Errorf("%w: %s", errMalformed, what) }

func newReplies(source io.Reader, size int) replies {
	return replies{source: source, buf: make([]byte, size)}
}

// next reads the next reply. If want is not nil the reply must be that value, or
// null. An error means that nothing more can be read.
func (p *replies) next(want *stored) (outcome, error) {
	for {
		kind, line, err := p.head()
		switch {
		case err != nil:
			return 0, err
		case kind == '>', kind == '|': // a reply is yet to come
			if err := p.skipAll(kind, line); err != nil {
				return 0, err
			}
		default:
			return p.judge(kind, line, want)
		}
	}
}

// judge reads the rest of a reply.
func (p *replies) judge(kind byte, line []byte, want *stored) (outcome, error) {
	switch kind {
	case '$':
		return p.bulk(line, want)
	case '-':
		p.said = string(line)
		return refused, plain(line)
	case '!':
		return p.bulkError(line)
	case '+':
		return want.like(line), plain(line)
	case '_':
		return null, empty(line)
	case '*':
		if string(line) == "-1" {
			return null, nil
		}
	}
	return want.like(nil), p.skipAll(kind, line)
}

// bulk reads a string.
func (p *replies) bulk(line []byte, want *stored) (outcome, error) {
	if string(line) == "-1" {
		return null, nil
	}
	n, err := length(line)
	if err != nil {
		return 0, err
	}
	same := want == nil || want.size == n
	for at := 0; at < n; {
		piece, err := p.some(n - at)
		if err != nil {
			return 0, err
		}
		same = same && (want == nil || want.holds(piece, at))
		at += len(piece)
	}
	if !same {
		return wrong, p.end()
	}
	return answered, p.end()
}

// bulkError reads an error of any bytes.
func (p *replies) bulkError(line []byte) (outcome, error) {
	n, err := length(line)
	if err != nil || n > maxLine {
		return 0, malformed("an error of that length")
	}
	text := make([]byte, 0, n)
	for len(text) < n {
		piece, err := p.some(n - len(text))
		if err != nil {
			return 0, err
		}
		text = append(text, piece...)
	}
	p.said = string(text)
	return refused, p.end()
}

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
		_, err := strconv.ParseInt(string(line), 10, 64)
		return number(line, err)
	case '(':
		return number(line, nil)
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

// over skips pushes, and fails if anything else has come that nobody asked for.
// It is to be called when all replies have been read.
func (p *replies) over() error {
	for p.r < p.w {
		if p.buf[p.r] != '>' {
			return malformed("more replies than commands")
		}
		kind, line, err := p.head()
		if err != nil {
			return err
		}
		if err := p.skipAll(kind, line); err != nil {
			return err
		}
	}
	return nil
}

// head reads a type and the line after it, which is good until the next read.
func (p *replies) head() (kind byte, line []byte, err error) {
	for from := p.r; ; {
		if i := bytes.IndexByte(p.buf[from:p.w], '\n'); i >= 0 {
			line = p.buf[p.r : from+i]
			p.r = from + i + 1
			break
		}
		scanned := p.w - p.r
		if err := p.fill(); err != nil {
			return 0, nil, err
		}
		from = p.r + scanned
	}
	n := len(line) - 1
	if n < 1 || line[n] != '\r' {
		return 0, nil, malformed("a line that ends otherwise than by CR and LF")
	}
	return line[0], line[1:n], nil
}

// some returns up to n bytes, and at least one. They are good until the next read.
func (p *replies) some(n int) ([]byte, error) {
	if p.r == p.w {
		if err := p.fill(); err != nil {
			return nil, err
		}
	}
	from := p.r
	p.r = min(p.w, from+n)
	return p.buf[from:p.r], nil
}

// end reads what ends a string.
func (p *replies) end() error {
	for p.w-p.r < 2 {
		if err := p.fill(); err != nil {
			return err
		}
	}
	if p.buf[p.r] != '\r' || p.buf[p.r+1] != '\n' {
		return malformed("a string that is longer than it says")
	}
	p.r += 2
	return nil
}

// fill reads more, behind what there is.
func (p *replies) fill() error {
	if p.r > 0 {
		p.w, p.r = copy(p.buf, p.buf[p.r:p.w]), 0
	}
	if p.w == len(p.buf) {
		if p.w >= maxLine {
			return malformed("a line without an end")
		}
		p.buf = append(p.buf, make([]byte, p.w)...)
	}
	n, err := p.source.Read(p.buf[p.w:])
	p.w += n
	if n > 0 {
		return nil // an error comes again
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// length is that of a string or an aggregate.
func length(line []byte) (n int, err error) {
	if len(line) == 0 || len(line) > len("4294967296") {
		return 0, malformed("a length that is none")
	}
	for _, c := range line {
		if c < '0' || c > '9' {
			return 0, malformed("a length that is none")
		}
		n = 10*n + int(c-'0')
	}
	if n > maxLength {
		return 0, malformed("a length of more than 4 GB")
	}
	return n, nil
}

// number checks the digits of a number, and passes err on.
func number(line []byte, err error) error {
	digits := bytes.TrimPrefix(line, []byte("-"))
	for _, c := range digits {
		if c < '0' || c > '9' {
			return malformed("a number that is none")
		}
	}
	if len(digits) == 0 || err != nil {
		return malformed("a number that is none")
	}
	return nil
}

// plain checks a simple string, which holds no CR.
func plain(line []byte) error {
	if bytes.IndexByte(line, '\r') >= 0 {
		return malformed("a CR within a line")
	}
	return nil
}

func empty(line []byte) error {
	if len(line) > 0 {
		return malformed("a null that is something")
	}
	return nil
}
