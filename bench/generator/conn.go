package generator

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A turnConn saves a system call for each round trip on a connection where one
// side asks and the other answers. Go reads first and waits only when there is
// nothing to read, which after a request is always so. A turnConn sends what was
// written when it begins to read, and then waits before it reads.
//
// So a Write reaches the network with the next Read, or at Close; if a Read is
// already waiting it goes out at once. What came before it was sent is seen only
// when more comes: a server that closed the connection answers with a reset. A
// half-close, which no server makes, is noticed at the deadline. A deadline is kept to slack after it was
// due, which saves setting the runtime's timer for each op.
type turnConn struct {
	net.Conn
	raw  syscall.RawConn
	turn func(fd uintptr) bool // the method value, made once

	closed  atomic.Bool
	mu      sync.Mutex // held while a Read sends
	pending []byte     // written and not sent
	reading bool
	armed   time.Time // the runtime's deadline

	// What step works on, of the Read in progress.
	send, into []byte
	sending    bool
	n          int
	err        error
	left       bool // the last Read filled its buffer: there may be more already
}

const (
	// mostPending is what a socket's buffer takes at once, with room to spare.
	mostPending = 32 << 10
	slack       = time.Second
)

// takeTurns wraps a connection of the operating system; any other, such as one
// of TLS or of an emulated network, stays what it is.
func takeTurns(c net.Conn) net.Conn {
	system, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return c
	}
	t := &turnConn{Conn: c, raw: raw}
	t.turn = t.step
	return t
}

// Write keeps p for the next Read, unless one is waiting or it is too much.
func (c *turnConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return 0, net.ErrClosed // a client tells by this that it has to stop
	}
	if !c.reading && len(c.pending)+len(p) <= mostPending {
		c.pending = append(c.pending, p...)
		return len(p), nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// flush sends what is pending. The caller holds mu.
func (c *turnConn) flush() error {
	if len(c.pending) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.pending)
	c.pending = c.pending[:0]
	return err
}

// Read sends what was written and returns what comes.
func (c *turnConn) Read(p []byte) (n int, err error) {
	n, err = c.read(p)
	c.left = n == len(p)
	return n, err
}

func (c *turnConn) read(p []byte) (int, error) {
	c.mu.Lock()
	c.reading = true
	defer c.end()
	if len(c.pending) == 0 {
		c.mu.Unlock()
		return c.Conn.Read(p)
	}
	c.send, c.sending, c.into, c.n, c.err = c.pending, true, p, 0, nil
	err := c.raw.Read(c.turn)
	if c.sending {
		return c.readSlowly(p, err)
	}
	switch {
	case err != nil:
		return 0, err
	case c.err != nil:
		return 0, &net.OpError{Op: "read", Net: c.LocalAddr().Network(), Err: os.NewSyscallError("read", c.err)}
	case c.n == 0:
		return 0, io.EOF
	}
	return c.n, nil
}

// readSlowly sends what did not go out at once, and waits for that.
func (c *turnConn) readSlowly(p []byte, err error) (int, error) {
	if err == nil {
		_, err = c.Conn.Write(c.send)
	}
	c.sent()
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// sent lets others write again.
func (c *turnConn) sent() {
	c.pending, c.sending = c.pending[:0], false
	c.mu.Unlock()
}

func (c *turnConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
}

// step is called by the runtime: first when it has cleared what it knew of the
// socket, so that an answer to what is sent here cannot be missed, and again each
// time the socket may be readable. It returns true to leave.
func (c *turnConn) step(fd uintptr) bool {
	if c.sending {
		n, _ := syscall.Write(int(fd), c.send) // an error comes again when the rest is written
		if c.send = c.send[max(n, 0):]; len(c.send) > 0 {
			return true
		}
		c.sent()
		if !c.left {
			return false
		}
	}
	n, err := syscall.Read(int(fd), c.into)
	if err != nil && !fatal(err) {
		return false
	}
	c.n, c.err = max(n, 0), err
	return true
}

// fatal tells an error from a socket that is not ready.
func fatal(err error) bool {
	return err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
}

// SetDeadline is kept to slack after t.
func (c *turnConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Before(c.armed) && c.armed.Sub(t) <= slack {
		return nil
	}
	c.armed = t
	if !t.IsZero() {
		c.armed = t.Add(slack)
	}
	return c.Conn.SetDeadline(c.armed)
}

// Close sends what is pending first, unless the connection is in use.
func (c *turnConn) Close() error {
	c.closed.Store(true)
	if c.mu.TryLock() {
		if !c.reading {
			_ = c.flush() // the end matters, not whether the other side hears of it
		}
		c.mu.Unlock()
	}
	return c.Conn.Close()
}

// A patientConn is shared by many ops. Before it sends it lets those that are
// ready put in their commands, so that one write carries them all.
type patientConn struct{ net.Conn }

// Write yields the processor once and sends.
func (c patientConn) Write(p []byte) (int, error) {
	runtime.Gosched()
	return c.Conn.Write(p)
}
