package bench

import (
	"context"
	"io"
	"net"
	"sync"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// A counterpart answers so many bytes with so many, at once and behind an emulated
// network.
type counterpart struct {
	direct, delayed net.Listener
	network         *netem.Network
	serving         sync.WaitGroup
}

// newCounterpart listens on loopback until ctx ends or it is closed, which the caller
// must do.
func newCounterpart(ctx context.Context, link netem.Link, in, out int) (_ *counterpart, err error) {
	p := &counterpart{}
	if p.network, err = netem.New(link, clock.Precise(), nil); err != nil {
		return nil, err
	}
	if p.direct, err = listen(ctx); err == nil {
		p.delayed, err = listen(ctx)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	p.serving.Go(func() { _ = p.network.Serve(ctx, p.delayed, p.direct.Addr().String()) }) // it ends with the peer
	p.serving.Go(func() { p.accept(ctx, in, out) })
	return p, nil
}

func listen(ctx context.Context) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
}

// accept serves until the listener is closed. The client hangs up: a counterpart is
// closed after it has ended.
func (p *counterpart) accept(ctx context.Context, in, out int) {
	for {
		conn, err := p.direct.Accept()
		if err != nil {
			return
		}
		p.serving.Go(func() {
			defer conn.Close() // it has been hung up, or is of no use
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			reply(conn, in, out)
		})
	}
}

func reply(conn net.Conn, in, out int) {
	asked, answer := make([]byte, in), make([]byte, out)
	for {
		if _, err := io.ReadFull(conn, asked); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// close waits for all connections, which must have been hung up, or ctx ended.
func (p *counterpart) close() {
	_ = p.network.Close()
	for _, l := range []net.Listener{p.direct, p.delayed} {
		if l != nil {
			_ = l.Close()
		}
	}
	p.serving.Wait()
}
