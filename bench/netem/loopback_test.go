package netem_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// echo hides the connection's type from io.Copy, which would splice: the
// runtime keeps the descriptors of the pipes for that.
func echo(c net.Conn) { _, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c}) }

func dial(t testing.TB, n *netem.Network, address string) net.Conn {
	t.Helper()
	c, err := n.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// randomBytes are the same for the same seed.
func randomBytes(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b) // never fails
	return b
}

func TestTheStreamIsIdenticalHoweverItIsSplit(t *testing.T) {
	address := serveConns(t, echo)
	links := map[string]netem.Link{
		"delay":     {RTT: time.Millisecond},
		"jitter":    {RTT: time.Millisecond, Jitter: time.Millisecond},
		"bandwidth": {RTT: time.Millisecond, Bandwidth: 50e6},
	}
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, link, clock.Precise())
			for seed := range byte(5) {
				streamThrough(t, dial(t, n, address), randomBytes(1<<20, seed), seed)
			}
		})
	}
}

// streamThrough sends data in random pieces and reads the echo in others.
func streamThrough(t *testing.T, c net.Conn, data []byte, seed byte) {
	t.Helper()
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		sizes := rand.New(rand.NewPCG(uint64(seed), 1))
		for rest := data; len(rest) > 0; {
			n := min(len(rest), pieceSize(sizes))
			if _, err := c.Write(rest[:n]); err != nil {
				t.Error(err)
				return
			}
			rest = rest[n:]
		}
		if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Error(err)
		}
	})
	sizes := rand.New(rand.NewPCG(uint64(seed), 2))
	var got []byte
	for {
		piece := make([]byte, pieceSize(sizes))
		n, err := c.Read(piece)
		got = append(got, piece[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, data) {
		t.Errorf("seed %d: %d bytes came back and differ from the %d sent", seed, len(got), len(data))
	}
}

// pieceSize is a single byte as often as a large piece.
func pieceSize(r *rand.Rand) int {
	if r.IntN(4) == 0 {
		return 1
	}
	return 1 + r.IntN(1<<(1+r.IntN(17)))
}

func TestTheProxyCarriesTheSameStream(t *testing.T) {
	n := newNetwork(t, netem.Link{RTT: time.Millisecond}, clock.Precise())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	upstream := serveConns(t, echo)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := n.Serve(t.Context(), ln, upstream); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(serving.Wait)
	for seed := range byte(5) {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		streamThrough(t, c, randomBytes(1<<20, seed), seed)
		c.Close()
	}
	if got := n.Counts(); got.Requests != 5<<20 || got.Replies != 5<<20 {
		t.Errorf("counts are %+v, want 5 MiB each way", got)
	}
}

func TestAnEchoOverLoopbackTakesAtLeastTheRoundTrip(t *testing.T) {
	const rtt = 3 * time.Millisecond
	n := newNetwork(t, netem.Link{RTT: rtt}, clock.Precise())
	address := serveConns(t, echo)
	start := time.Now()
	c := dial(t, n, address)
	for i := range 10 {
		if took := time.Since(start); took < rtt {
			t.Errorf("step %d took %v, want at least %v", i, took, rtt)
		}
		start = time.Now()
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARealResetReachesBothEnds(t *testing.T) {
	seen := make(chan error, 1)
	address := serveConns(t, func(c net.Conn) {
		_, err := c.Read(make([]byte, 1))
		seen <- err
	})
	n := newNetwork(t, netem.Link{RTT: time.Millisecond}, clock.Precise())
	c := dial(t, n, address)
	n.Reset()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client reads %v, want a reset", err)
	}
	if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server reads %v, want a reset", err)
	}
}

func TestAServersResetReachesTheClient(t *testing.T) {
	address := serveConns(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0) // so that Close resets
	})
	n := newNetwork(t, netem.Link{RTT: time.Millisecond}, clock.Precise())
	c := dial(t, n, address)
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client reads %v, want a reset", err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client writes %v, want a reset", err)
	}
}

func TestEverythingAtOnceEndsInOrder(t *testing.T) {
	address := serveConns(t, echo)
	n := newNetwork(t, netem.Link{RTT: 200 * time.Microsecond}, clock.Precise())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 30 {
				c, err := n.Dial(t.Context(), "tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				var both sync.WaitGroup
				both.Go(func() { _, _ = io.Copy(io.Discard, c) })
				both.Go(func() { _, _ = c.Write(make([]byte, 1<<(i%20))) })
				_ = c.SetDeadline(time.Now().Add(time.Duration(i) * 100 * time.Microsecond))
				if i%10 == 0 {
					n.Reset()
				}
				if i%2 == 0 {
					both.Wait()
				}
				c.Close()
				both.Wait()
			}
		})
	}
	group.Wait()
}
