package netem

import (
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// A flow is one emulated connection: a pipe each way, and the real connections
// at its ends.
type flow struct {
	requests *pipe // client to server
	replies  *pipe // server to client

	mu     sync.Mutex
	real   []net.Conn
	closed bool // real is
}

// poke makes everybody who waits look at the faults again.
func (f *flow) poke() {
	f.requests.poke()
	f.replies.poke()
}

// sever breaks the flow in both directions at once. With a reset both ends see
// one, without they see the end of the stream.
func (f *flow) sever(reset bool) {
	read, write := io.EOF, error(syscall.EPIPE)
	if reset {
		read, write = syscall.ECONNRESET, syscall.ECONNRESET
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replies.abort(read, false)
	f.requests.abort(write, false)
	f.hangUp(reset)
}

// kill ends the flow as a local Close does, without waiting for what is in
// flight.
func (f *flow) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replies.abort(net.ErrClosed, true)
	f.requests.abort(net.ErrClosed, true)
	f.hangUp(false)
}

// hangUp closes the real connections; the first call says how. The caller
// holds f.mu.
func (f *flow) hangUp(reset bool) {
	if f.closed {
		return
	}
	f.closed = true
	for _, c := range f.real {
		hangUp(c, reset)
	}
}

// hangUp closes a real connection. A reset sends RST and drops what is
// buffered.
func hangUp(c net.Conn, reset bool) {
	if l, ok := c.(interface{ SetLinger(int) error }); ok && reset {
		_ = l.SetLinger(0) // fails only on a connection that is gone already
	}
	_ = c.Close() // nothing is left to be done about a connection that ends
}

// closeWrite sends FIN, or closes what cannot be half closed.
func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // fails only if the peer is gone, which its pump sees
		return
	}
	_ = c.Close() // as above
}

// buffers holds what pumps read into; see segments.
var buffers = sync.Pool{New: func() any { return new([segmentSize]byte) }}

// pump sends what the real connection src says into p until src ends, and then
// that end. It returns the moment at which that end arrives and its error, or
// early the error of a pipe that takes no more. What nothing delays it writes to
// dst without a detour through the queue, unless dst is nil.
func pump(src net.Conn, p *pipe, dst net.Conn) (arrival time.Time, err error) {
	buf := buffers.Get().(*[segmentSize]byte)
	defer buffers.Put(buf)
	for {
		n, err := src.Read(buf[:])
		if dst != nil && p.pass(n) {
			if _, err := dst.Write(buf[:n]); err != nil {
				return time.Time{}, err
			}
		} else if _, err := p.write(buf[:n]); err != nil {
			return time.Time{}, err
		}
		if err != nil {
			return p.finishWith(err), err
		}
	}
}

// drain writes what arrives from p to the real connection dst until the end of
// the stream or of the flow, and returns its error. A failed write is reported
// to the sending side one delay later and the rest discarded.
func drain(p *pipe, dst net.Conn) error {
	for {
		b, err := p.next()
		if err != nil {
			return err
		}
		_, err = dst.Write(b)
		p.advance(len(b))
		if err != nil {
			p.fail(err, time.Now().Add(p.path.delay))
		}
	}
}
