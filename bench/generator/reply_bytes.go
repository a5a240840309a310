package generator

import (
	"bytes"
	"io"
)

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
	if len(line) == 0 || len(line) > len("536870912") {
		return 0, malformed("a length that is none")
	}
	for _, c := range line {
		if c < '0' || c > '9' {
			return 0, malformed("a length that is none")
		}
		n = 10*n + int(c-'0')
	}
	if n > maxLength {
		return 0, malformed("a length of more than 512 MB")
	}
	return n, nil
}

// digits checks a number of any size.
func digits(line []byte) error {
	line = bytes.TrimPrefix(line, []byte("-"))
	if len(line) == 0 || bytes.ContainsFunc(line, func(c rune) bool { return c < '0' || c > '9' }) {
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
