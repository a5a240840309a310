package netem_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// rtt is the round trip of most links here, and oneWay its half.
const (
	rtt    = 40 * time.Millisecond
	oneWay = rtt / 2
)

// A world is a network in fake time whose real connections are in memory. What
// is dialled arrives in servers.
type world struct {
	*testing.T
	net     *netem.Network
	servers chan net.Conn
	start   time.Time
	beside  sync.WaitGroup
}

// inFakeTime runs test in a world with the link.
func inFakeTime(t *testing.T, link netem.Link, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, servers: make(chan net.Conn, 16), start: time.Now()}
		n, err := netem.New(link, clock.Runtime(), w.dial)
		if err != nil {
			t.Fatal(err)
		}
		w.net = n
		test(w)
		w.beside.Wait()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	w.servers <- server
	return client, nil
}

// connect returns both ends of a connection and starts the clock.
func (w *world) connect() (client, server net.Conn) {
	w.Helper()
	client, err := w.net.Dial(w.Context(), "tcp", "server:6379")
	if err != nil {
		w.Fatal(err)
	}
	server = <-w.servers
	// What the server says before the handshake has ended for it is delayed.
	time.Sleep(time.Second)
	w.start = time.Now()
	return client, server
}

// at expects the fake time since the start to be d.
func (w *world) at(d time.Duration, what string) {
	w.Helper()
	if got := time.Since(w.start); got != d {
		w.Errorf("%s at %v, want %v", what, got, d)
	}
}

func (w *world) write(c net.Conn, s string) {
	w.Helper()
	if _, err := c.Write([]byte(s)); err != nil {
		w.Error(err)
	}
}

func (w *world) read(c net.Conn, want string) {
	w.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		w.Errorf("read %q (%v), want %q", got, err, want)
	}
}

// readError expects the next read to give no byte and an error like want.
func (w *world) readError(c net.Conn, want error) {
	w.Helper()
	var b [1]byte
	if n, err := c.Read(b[:]); n != 0 || !errors.Is(err, want) {
		w.Errorf("read gave %d bytes and %v, want none and %v", n, err, want)
	}
}

func (w *world) writeError(c net.Conn, want error) {
	w.Helper()
	if _, err := c.Write([]byte("x")); !errors.Is(err, want) {
		w.Errorf("write gave %v, want %v", err, want)
	}
}

func (w *world) inject(f netem.Faults) {
	w.Helper()
	if err := w.net.Inject(f); err != nil {
		w.Error(err)
	}
}

// during runs f beside the test, which waits for it in the end.
func (w *world) during(f func()) { w.beside.Go(f) }
