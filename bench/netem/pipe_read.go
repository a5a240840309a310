package netem

import (
	"errors"
	"io"
	"os"
	"time"

	"redisduel/bench/clock"
)

// A cutError tells the reader of a pipe that the stream is cut here.
type cutError struct{ reset bool }

func (cutError) Error() string { return "connection cut by fault injection" }

// read copies bytes that have arrived into b, and waits for the first.
func (p *pipe) read(b []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n < len(b) {
		got, err := p.await(n == 0)
		if n > 0 && (err != nil || len(got) == 0) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		k := copy(b[n:], got)
		p.consume(k)
		n += k
	}
	return n, nil
}

// next waits for bytes and returns them without a copy; they are valid until
// advance.
func (p *pipe) next() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.await(true)
}

// advance drops n bytes that next returned.
func (p *pipe) advance(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.head != nil {
		p.consume(n)
	}
}

// passEOF forgets the end of the stream that next returned, so that a Close
// can follow the CloseWrite. If it has followed already its end stays.
func (p *pipe) passEOF() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end != nil && errors.Is(p.end.err, io.EOF) {
		p.end = nil
	}
}

// await returns bytes that have arrived. Unless it is to block it may return
// none. The caller holds p.mu.
func (p *pipe) await(block bool) ([]byte, error) {
	for {
		now := time.Now()
		if p.broken != nil {
			return nil, p.broken
		}
		if p.reader.expired(now) {
			return nil, os.ErrDeadlineExceeded
		}
		b, next, err := p.look(now)
		if len(b) > 0 || err != nil || !block {
			return b, err
		}
		p.reader.sleep(&p.mu, next)
	}
}

// look returns the bytes that have arrived, the end that has, or when to look
// again.
func (p *pipe) look(now time.Time) (b []byte, next time.Time, err error) {
	weather := p.weather.Load()
	cut := weather.cuts[p.way]
	switch {
	case weather.BlackHole:
		return nil, clock.Never(), nil
	case cut != nil && p.taken >= cut.After:
		return nil, now, cutError{reset: cut.Reset}
	case p.head != nil:
		b := p.head.arrived(now)
		if cut != nil {
			b = b[:min(int64(len(b)), cut.After-p.taken)]
		}
		return b, p.head.due(), nil
	case p.end == nil:
		return nil, clock.Never(), nil
	case p.end.at.After(now):
		return nil, p.end.at, nil
	}
	return nil, now, p.end.err
}

// consume drops n bytes from the front and lets a blocked writer go on once
// half of the window is free.
func (p *pipe) consume(n int) {
	p.taken += int64(n)
	p.count.Add(int64(n))
	p.size -= n + markCost*p.head.consume(n)
	if p.head.empty() {
		p.drop()
	}
	if p.size <= Window/2 {
		p.writer.wake()
	}
}

// drop releases the empty head.
func (p *pipe) drop() {
	s := p.head
	p.head = s.next
	if p.head == nil {
		p.tail = nil
	}
	s.release()
}
