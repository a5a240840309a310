package generator

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// A loan is a connection that a client has until it is taken back: then the client
// can neither read nor write, nor close it.
type loan struct {
	net.Conn
	over atomic.Bool
}

// takeBack ends the loan.
func (l *loan) takeBack() net.Conn {
	l.over.Store(true)
	return l.Conn
}

func (l *loan) Read(p []byte) (int, error) {
	if l.over.Load() {
		return 0, net.ErrClosed
	}
	return l.Conn.Read(p)
}

func (l *loan) Write(p []byte) (int, error) {
	if l.over.Load() {
		return 0, net.ErrClosed
	}
	return l.Conn.Write(p)
}

func (l *loan) SetDeadline(t time.Time) error {
	if l.over.Load() {
		return net.ErrClosed
	}
	return l.Conn.SetDeadline(t)
}

func (l *loan) Close() error {
	if l.over.Load() {
		return nil
	}
	return l.Conn.Close()
}

// shaken opens a connection to the one server of option: the client dials, logs in
// and selects the database, and then the connection is taken from it.
//
// Nothing of the client speaks in between. One that has a single connection, tracks
// nothing and does not pipeline has no goroutine until it is asked for something
// else, and without KeepAlive no timer either, which would PING. So it is left to
// the garbage collector, and not closed: to close it is to read once more, at
// which it panics if there is something. A later version of it that does otherwise
// finds that the loan is over. What a server says within the handshake without being
// asked is lost.
//
// The connection must be there by the deadline of ctx; the dialer also notices if
// ctx ends.
func shaken(ctx context.Context, option rueidis.ClientOption) (net.Conn, error) {
	option.Dialer.KeepAlive = -1
	option.RingScaleEachConn = 1
	option.ReadBufferEachConn, option.WriteBufferEachConn = handshakeBytes, handshakeBytes
	if deadline, ok := ctx.Deadline(); ok {
		option.Dialer.Timeout = max(1, min(option.Dialer.Timeout, time.Until(deadline)))
	}
	dial := option.DialCtxFn
	var lent *loan
	option.DialCtxFn = func(_ context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		c, err := dial(ctx, address, dialer, config)
		if err != nil {
			return nil, err
		}
		lent = &loan{Conn: takeTurns(c)}
		return lent, nil
	}
	if _, err := rueidis.NewClient(option); err != nil {
		return nil, err // and the client has closed the connection
	}
	return lent.takeBack(), nil
}

// handshakeBytes is the room for what is said in a handshake; more goes piece by
// piece.
const handshakeBytes = 1 << 10
