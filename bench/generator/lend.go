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

// shaken opens a connection to the one server of option. The client dials, logs in
// and selects the database, and is then taken the connection away and closed, so
// that nothing of it is left to speak in between (it PINGs what is idle) or to
// take memory. A client of one connection that tracks nothing reads it only while
// it waits for a reply: all that the server had said was ours to see.
//
// The connection must be open by the deadline of ctx; whoever dials for the client
// also notices if ctx ends.
func shaken(ctx context.Context, option rueidis.ClientOption) (net.Conn, error) {
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
	client, err := rueidis.NewClient(option)
	if client != nil {
		defer client.Close()
	}
	if err != nil {
		return nil, err
	}
	return lent.takeBack(), nil
}

// handshakeBytes is the room for what is said in a handshake; more goes piece by
// piece.
const handshakeBytes = 1 << 10
