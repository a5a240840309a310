package netem

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"redisduel/bench/clock"
)

// Window is how many bytes one direction of a connection holds at most, in
// flight and waiting to be taken. Then Write blocks. It is large so that it
// caps no benchmark: 64 MB/s at a round trip of 250 ms. Memory is allocated as
// it is used.
const Window = 16 << 20

// markCost is what a chunk counts for in the window beside its bytes, as in
// the kernel, so that single bytes cannot take many times the window.
const markCost = 64

// A pipe is one direction of a connection: a queue of bytes that arrive some
// time after they were written, all in flight at once.
type pipe struct {
	path    path
	way     way
	weather *atomic.Pointer[weather]
	count   *atomic.Int64 // bytes that have arrived

	mu       sync.Mutex
	head     *segment
	tail     *segment
	size     int // bytes and mark costs in the window
	taken    int64
	end      *ending // follows the last byte
	finished error   // what a writer gets after the end
	failed   *ending // what a writer gets from a moment on
	broken   error   // what everybody gets from now on
	writer   side
	reader   side
}

// A way is a direction.
type way int

const (
	requests way = iota // client to server
	replies             // server to client
)

// An ending is an error that takes effect at a moment.
type ending struct {
	err error
	at  time.Time
}

// A side is who waits at one end of a pipe.
type side struct {
	timer    *clock.SharedTimer
	deadline time.Time
	waiting  bool
}

// sleep waits until t, the deadline or a wake-up. The caller holds mu.
func (s *side) sleep(mu *sync.Mutex, t time.Time) {
	if !s.deadline.IsZero() && s.deadline.Before(t) {
		t = s.deadline
	}
	s.waiting = true
	mu.Unlock()
	s.timer.WaitUntil(t)
	mu.Lock()
	s.waiting = false
}

func (s *side) wake() {
	if s.waiting {
		s.timer.Interrupt()
	}
}

func (s *side) expired(now time.Time) bool {
	return !s.deadline.IsZero() && !s.deadline.After(now)
}

// write queues b. It blocks while the window is full.
func (p *pipe) write(b []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		now := time.Now()
		if err := p.refusal(now); err != nil {
			return n, err
		}
		n += p.fill(b[n:], now)
		if n == len(b) {
			return n, nil
		}
		p.writer.sleep(&p.mu, p.failure())
	}
}

// pass takes n bytes out of the queue's hands, as if they had arrived already, and
// reports whether it could: nothing delays them, none are before them, and
// nothing is wrong. It saves a proxy without a delay to wake the queue's reader
// for each chunk.
func (p *pipe) pass(n int) bool {
	if !p.path.transparent() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	calm := p.weather.Load().Faults == Faults{}
	if !calm || p.head != nil || p.failed != nil || p.broken != nil || p.finished != nil {
		return false
	}
	p.taken += int64(n)
	p.count.Add(int64(n))
	return true
}

// refusal returns why nothing can be written now.
func (p *pipe) refusal(now time.Time) error {
	switch {
	case p.broken != nil:
		return p.broken
	case p.finished != nil:
		return p.finished
	case p.failed != nil && !p.failed.at.After(now):
		return p.failed.err
	case p.writer.expired(now):
		return os.ErrDeadlineExceeded
	}
	return nil
}

// failure returns when writing starts to fail.
func (p *pipe) failure() time.Time {
	if p.failed != nil {
		return p.failed.at
	}
	return clock.Never()
}

// fill queues what the window has room for.
func (p *pipe) fill(b []byte, now time.Time) (n int) {
	frame := p.path.wire.frame()
	for n < len(b) && p.size < Window {
		chunk := b[n:min(len(b), n+Window-p.size)]
		if frame > 0 && len(chunk) > frame {
			chunk = chunk[:frame]
		}
		p.queue(chunk, p.path.arrival(now, len(chunk)))
		n += len(chunk)
	}
	return n
}

// queue appends a chunk that arrives at due.
func (p *pipe) queue(b []byte, due time.Time) {
	if p.head == nil && p.reader.waiting {
		p.reader.timer.Advance(due)
	}
	for len(b) > 0 {
		if p.tail == nil || p.tail.full() {
			p.grow()
		}
		n, marked := p.tail.put(b, due)
		b = b[n:]
		p.size += n
		if marked {
			p.size += markCost
		}
	}
}

func (p *pipe) grow() {
	s := newSegment()
	if p.tail == nil {
		p.head = s
	} else {
		p.tail.next = s
	}
	p.tail = s
}

// poke makes both sides look at the faults again.
func (p *pipe) poke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reader.wake()
	p.writer.wake()
}

// setDeadline moves a side's deadline; the zero time means none.
func (p *pipe) setDeadline(s *side, t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(p.broken, net.ErrClosed) || errors.Is(p.finished, net.ErrClosed) {
		return net.ErrClosed
	}
	s.deadline = t
	s.wake()
	return nil
}
