package netem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// Serve carries every connection that ln accepts through the link to the
// address upstream, until ctx ends or the network is closed; it then breaks
// the connections, waits for their goroutines and returns nil. It closes ln.
//
// A client on the same host finds its connection made at once. To charge the
// handshake all the same, its first bytes count as sent one round trip after
// the connection was accepted.
func (n *Network) Serve(ctx context.Context, ln net.Listener, upstream string) error {
	if !n.enter() {
		_ = ln.Close() // nothing was accepted from it
		return net.ErrClosed
	}
	defer n.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer onEnd(n.closing, cancel)()
	defer onEnd(ctx, func() { _ = ln.Close() })()

	p := &proxy{network: n, upstream: upstream}
	err := p.accept(ctx, ln)
	if ctx.Err() != nil {
		err = nil
	}
	cancel()
	p.sessions.Wait()
	return errors.Join(err, closeListener(ln))
}

// closeListener closes ln unless that has been done.
func closeListener(ln net.Listener) error {
	if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("cannot close the proxy's listener: %w", err)
	}
	return nil
}

// A proxy is one call of Serve.
type proxy struct {
	network  *Network
	upstream string
	sessions sync.WaitGroup
}

func (p *proxy) accept(ctx context.Context, ln net.Listener) error {
	for {
		client, err := ln.Accept()
		switch {
		case err == nil:
			accepted := time.Now()
			p.sessions.Go(func() { p.serve(ctx, client, accepted) })
		case passing(err):
			p.pause(ctx)
		default:
			return fmt.Errorf("the proxy cannot accept connections: %w", err)
		}
	}
}

// passing reports whether Accept may succeed a moment later.
func passing(err error) bool {
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// pause gives descriptors time to be closed.
func (p *proxy) pause(ctx context.Context) {
	timer := p.network.clock.Timer()
	defer onEnd(ctx, timer.Interrupt)()
	timer.WaitUntil(time.Now().Add(10 * time.Millisecond))
}

// serve carries one client's connection. If the upstream cannot be reached the
// client's connection is closed.
func (p *proxy) serve(ctx context.Context, client net.Conn, accepted time.Time) {
	n := p.network
	server, err := n.dialer(new(net.Dialer))(ctx, "tcp", p.upstream)
	if err != nil {
		n.counts.failed.Add(1)
		hangUp(client, false)
		return
	}
	s := &session{
		flow:   n.newFlow(p.upstream, accepted.Add(n.link.RTT), client, server),
		client: client,
		server: server,
	}
	if !n.admit(s.flow) {
		s.kill()
		return
	}
	defer n.dismiss(s.flow)
	defer onEnd(ctx, s.kill)()
	n.counts.connections.Add(1)
	s.carry()
}

// A session is a flow between two real connections.
type session struct {
	*flow
	client, server net.Conn
}

func (s *session) carry() {
	var ways sync.WaitGroup
	ways.Go(func() { s.pump(s.client, s.requests, s.server) })
	ways.Go(func() { s.pump(s.server, s.replies, s.client) })
	ways.Go(func() { s.drain(s.requests, s.server) })
	ways.Go(func() { s.drain(s.replies, s.client) })
	ways.Wait()
	s.kill()
}

// pump ends the session if the far end takes no more.
func (s *session) pump(src net.Conn, p *pipe, dst net.Conn) {
	if arrival, _ := pump(src, p, dst); arrival.IsZero() {
		s.sever(true)
	}
}

// drain passes the end of one direction on, and a broken one to both.
func (s *session) drain(p *pipe, dst net.Conn) {
	err := drain(p, dst)
	if errors.Is(err, io.EOF) {
		closeWrite(dst)
		return
	}
	cut, ok := errors.AsType[cutError](err)
	s.sever(!ok || cut.reset)
}
