package netem_test

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// A memoryListener accepts what is sent to it.
type memoryListener struct {
	conns  chan net.Conn
	closed context.Context
	close  context.CancelFunc
}

func newMemoryListener() *memoryListener {
	ln := &memoryListener{conns: make(chan net.Conn)}
	ln.closed, ln.close = context.WithCancel(context.Background())
	return ln
}

func (ln *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-ln.conns:
		return c, nil
	case <-ln.closed.Done():
		return nil, net.ErrClosed
	}
}

func (ln *memoryListener) Close() error   { ln.close(); return nil }
func (ln *memoryListener) Addr() net.Addr { return &net.TCPAddr{} }

// connect returns the client's end of a new connection to the proxy.
func (ln *memoryListener) connect() net.Conn {
	client, accepted := net.Pipe()
	ln.conns <- accepted
	return client
}

// throughProxy runs test in a world whose network serves as a proxy.
func throughProxy(t *testing.T, link netem.Link, test func(w *world, ln *memoryListener)) {
	t.Helper()
	inFakeTime(t, link, func(w *world) {
		ln := newMemoryListener()
		ctx, cancel := context.WithCancel(w.Context())
		w.during(func() {
			if err := w.net.Serve(ctx, ln, "server:6379"); err != nil {
				w.Errorf("Serve gave %v, want nil when its context ends", err)
			}
		})
		test(w, ln)
		cancel()
	})
}

func TestTheProxyChargesTheHandshakeAndThenEachRoundTrip(t *testing.T) {
	throughProxy(t, netem.Link{RTT: rtt}, func(w *world, ln *memoryListener) {
		client := ln.connect()
		w.during(func() {
			server := <-w.servers
			for range 2 {
				w.read(server, "PING")
				w.write(server, "PONG")
			}
		})
		for i := range time.Duration(2) {
			w.write(client, "PING")
			w.read(client, "PONG")
			w.at((2+i)*rtt, "reply")
		}
		synctest.Wait()
		want := netem.Counts{Connections: 1, Open: 1, Requests: 8, Replies: 8}
		if got := w.net.Counts(); got != want {
			t.Errorf("counts are %+v, want %+v", got, want)
		}
	})
}

func TestAClientThatWaitsBeforeItSpeaksIsNotChargedTwice(t *testing.T) {
	throughProxy(t, netem.Link{RTT: rtt}, func(w *world, ln *memoryListener) {
		client := ln.connect()
		time.Sleep(time.Second)
		w.write(client, "x")
		w.read(<-w.servers, "x")
		w.at(time.Second+oneWay, "request")
	})
}

func TestTheProxyPassesTheEndOfAStreamOn(t *testing.T) {
	throughProxy(t, netem.Link{RTT: rtt}, func(w *world, ln *memoryListener) {
		client := ln.connect()
		server := <-w.servers
		time.Sleep(time.Second)
		w.start = time.Now()
		w.write(client, "last words")
		client.Close()
		w.read(server, "last words")
		w.readError(server, io.EOF)
		w.at(oneWay, "the end arrives")
		server.Close()
		time.Sleep(rtt)
		if open := w.net.Counts().Open; open != 0 {
			t.Errorf("%d connections are open, want none", open)
		}
	})
}

func TestAProxyWithoutADelayObeysFaultsThatComeLater(t *testing.T) {
	throughProxy(t, netem.Link{}, func(w *world, ln *memoryListener) {
		client := ln.connect()
		server := <-w.servers
		w.during(func() { w.write(client, "before") })
		w.read(server, "before")
		w.at(0, "what nothing delays arrives")
		w.inject(netem.Faults{BlackHole: true})
		w.during(func() { w.write(client, "held") })
		time.Sleep(time.Second)
		if got := w.net.Counts().Requests; got != int64(len("before")) {
			t.Errorf("%d bytes came through the black hole", got)
		}
		w.inject(netem.Faults{})
		w.during(func() { w.write(client, " after") })
		w.read(server, "held after")
		w.at(time.Second, "what was held up arrives first")
		w.inject(netem.Faults{CutRequests: &netem.Cut{After: int64(len("beforeheld after"))}})
		w.readError(server, io.EOF)
	})
}

func TestTheProxyEndsWithItsContext(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		ln := newMemoryListener()
		ctx, cancel := context.WithCancel(w.Context())
		served := make(chan error, 1)
		w.during(func() { served <- w.net.Serve(ctx, ln, "server:6379") })
		client := ln.connect()
		server := <-w.servers
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve gave %v, want nil", err)
		}
		w.readError(client, io.EOF)
		w.readError(server, io.EOF)
		w.at(0, "everything ends")
	})
}

func TestTheProxyClosesClientsWhenItCannotReachTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, err := netem.New(netem.Link{RTT: rtt}, clock.Runtime(), func(context.Context, string, string) (net.Conn, error) {
			return nil, syscall.ECONNREFUSED
		})
		if err != nil {
			t.Fatal(err)
		}
		ln := newMemoryListener()
		served := make(chan error, 1)
		go func() { served <- n.Serve(t.Context(), ln, "server:6379") }()
		if _, err := ln.connect().Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the client reads %v, want the end", err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve gave %v, want nil when its network is closed", err)
		}
		if got := n.Counts(); got != (netem.Counts{Failed: 1}) {
			t.Errorf("counts are %+v, want one failure", got)
		}
		if err := n.Serve(t.Context(), newMemoryListener(), ""); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a later Serve gave %v, want %v", err, net.ErrClosed)
		}
	})
}

func TestServeSaysWhyItCannotAccept(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		ln := newMemoryListener()
		ln.close()
		if err := w.net.Serve(w.Context(), ln, "server:6379"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve gave %v, want %v", err, net.ErrClosed)
		}
	})
}

func TestFaultsWorkInTheProxy(t *testing.T) {
	link := netem.Link{RTT: rtt, Faults: netem.Faults{CutReplies: &netem.Cut{After: 3}}}
	throughProxy(t, link, func(w *world, ln *memoryListener) {
		client := ln.connect()
		server := <-w.servers
		w.write(server, "value")
		w.read(client, "val")
		w.readError(client, io.EOF)
		w.readError(server, io.EOF)
	})
}
