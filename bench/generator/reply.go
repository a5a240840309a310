package generator

import (
	"errors"
	"fmt"
	"io"
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
	maxLength = 1 << 29 // bytes of a string, Redis's own limit, or elements, which are not
)

var errMalformed = errors.New("the server's reply breaks the protocol")

func malformed(what string) error { return fmt.Errorf("%w: %s", errMalformed, what) }

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
