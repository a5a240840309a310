package netem

import (
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// errPipe is what writing after CloseWrite gives.
const errPipe = syscall.EPIPE

// finish ends the stream behind the last byte: the reader gets err. Writers
// get after from now on. A second call changes the error of an end that has
// not arrived yet. The caller holds p.mu.
func (p *pipe) finish(err, after error) (arrival time.Time) {
	if p.end == nil {
		p.end = &ending{at: p.path.arrival(time.Now(), 0)}
	}
	p.end.err, p.finished = err, after
	p.reader.wake()
	p.writer.wake()
	return p.end.at
}

// finishWith is finish for the goroutine that pumps.
func (p *pipe) finishWith(err error) (arrival time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.finish(err, errPipe)
}

// close finishes the stream for good. It is false when that has been done.
func (p *pipe) close() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(p.finished, net.ErrClosed) {
		return false
	}
	p.finish(net.ErrClosed, net.ErrClosed)
	return true
}

// closeWrite finishes the stream but leaves it to close.
func (p *pipe) closeWrite() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.finished == nil:
		p.finish(io.EOF, errPipe)
		return nil
	case errors.Is(p.finished, errPipe):
		return nil
	}
	return p.finished
}

// fail makes writes fail from a moment on: the news that the far end is gone.
func (p *pipe) fail(err error, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.failed = &ending{err: err, at: at}
	}
	p.writer.wake()
}

// abort drops everything and fails both sides with err at once. The first err
// stays, except that a local Close is always the reason in the end.
func (p *pipe) abort(err error, override bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken == nil || override {
		p.broken = err
	}
	// Not released to the pool: the reader may be using a segment.
	p.head, p.tail, p.size = nil, nil, 0
	p.reader.wake()
	p.writer.wake()
}
