package netem_test

import (
	"net"
	"sync"
	"testing"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// newNetwork returns a network that is closed with the test.
func newNetwork(tb testing.TB, link netem.Link, c clock.Clock) *netem.Network {
	tb.Helper()
	n, err := netem.New(link, c, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := n.Close(); err != nil {
			tb.Error(err)
		}
	})
	return n
}

// serveConns serves each connection to the address by handle, until the end of
// the test.
func serveConns(tb testing.TB, handle func(net.Conn)) (address string) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &server{handle: handle, open: map[net.Conn]struct{}{}}
	s.running.Go(func() { s.accept(ln) })
	tb.Cleanup(func() {
		ln.Close()
		s.closeAll()
		s.running.Wait()
	})
	return ln.Addr().String()
}

type server struct {
	handle  func(net.Conn)
	running sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func (s *server) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() {
			s.note(c)
			defer s.forget(c)
			s.handle(c)
		})
	}
}

func (s *server) note(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[c] = struct{}{}
}

func (s *server) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	c.Close()
}

func (s *server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Close()
	}
}
