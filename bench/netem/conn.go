package netem

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// A conn is the client's end of a flow whose other end is a real connection.
// It behaves as a TCP connection does.
type conn struct {
	*flow
	real   net.Conn
	reads  turn // one reader waits at a time
	writes turn
}

// A turn is a mutex that fake time does not wait for.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }

func (c *conn) Read(b []byte) (int, error) {
	c.reads.take()
	defer c.reads.give()
	n, err := c.replies.read(b)
	if cut, ok := errors.AsType[cutError](err); ok {
		c.sever(cut.reset)
		n, err = c.replies.read(b)
	}
	return n, c.wrap("read", err)
}

func (c *conn) Write(b []byte) (int, error) {
	c.writes.take()
	defer c.writes.give()
	n, err := c.requests.write(b)
	return n, c.wrap("write", err)
}

// Close returns at once. What was written still arrives and is followed by the
// end of the stream. Until then, which a stuck server or a black hole delays,
// the real connection stays open.
func (c *conn) Close() error {
	c.replies.abort(net.ErrClosed, true)
	if !c.requests.close() {
		return c.wrap("close", net.ErrClosed)
	}
	return nil
}

// CloseWrite ends the stream to the server behind what was written.
func (c *conn) CloseWrite() error {
	if _, ok := c.real.(interface{ CloseWrite() error }); !ok {
		return c.wrap("close", errors.ErrUnsupported)
	}
	return c.wrap("close", c.requests.closeWrite())
}

func (c *conn) LocalAddr() net.Addr  { return c.real.LocalAddr() }
func (c *conn) RemoteAddr() net.Addr { return c.real.RemoteAddr() }

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.replies.setDeadline(&c.replies.reader, t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.requests.setDeadline(&c.requests.writer, t))
}

// wrap dresses an error as package net does.
func (c *conn) wrap(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if real, ok := errors.AsType[*net.OpError](err); ok {
		err = real.Err
	}
	remote := c.RemoteAddr()
	return &net.OpError{Op: op, Net: remote.Network(), Source: c.LocalAddr(), Addr: remote, Err: err}
}

// carry moves the bytes between the pipes and the real connection until the
// flow has ended in both directions.
func (c *conn) carry() {
	var replies sync.WaitGroup
	replies.Go(c.receive)
	c.send()
	replies.Wait()
}

// send drains the requests until Close has arrived or the flow is severed.
func (c *conn) send() {
	for {
		err := drain(c.requests, c.real)
		if errors.Is(err, io.EOF) {
			closeWrite(c.real)
			c.requests.passEOF()
			continue
		}
		if cut, ok := errors.AsType[cutError](err); ok {
			c.sever(cut.reset)
		}
		c.finish()
		return
	}
}

// finish closes the real connection unless a fault has done it.
func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hangUp(false)
}

// receive pumps the replies. The news that the server is gone reach the
// writers when they reach the readers. Behind a Close it discards what still
// comes, since to close a socket with unread bytes would reset the connection.
func (c *conn) receive() {
	arrival, err := pump(c.real, c.replies, nil)
	switch {
	case arrival.IsZero():
		_, _ = io.Copy(io.Discard, c.real) // ends with the connection
	case !errors.Is(err, io.EOF):
		c.requests.fail(err, arrival)
	}
}
