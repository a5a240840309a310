package evidence

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"redisduel/bench/redisd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program is the server that all tests start: redis-server, or valkey-server.
var program = sync.OnceValues(func() (string, error) {
	b, err := redisd.Find(context.Background(), "")
	if err == nil && b.Docker {
		err = errors.New("these tests need a server outside of Docker")
	}
	return b.Path, err
})

// node is a server of the test's own on a unix socket.
type node struct {
	t       *testing.T
	socket  string
	options []string
	process *exec.Cmd
}

// serve starts a server with further options and stops it with the test.
func serve(t *testing.T, options ...string) *node {
	t.Helper()
	n := &node{t: t, socket: filepath.Join(t.TempDir(), "s"), options: options}
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *node) start() {
	n.t.Helper()
	path, err := program()
	if err != nil {
		n.t.Fatal(err)
	}
	args := []string{"--port", "0", "--unixsocket", n.socket, "--save", "", "--dir", filepath.Dir(n.socket)}
	n.process = exec.Command(path, append(args, n.options...)...)
	if err := n.process.Start(); err != nil {
		n.t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := net.Dial("unix", n.socket)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("the server does not listen: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (n *node) stop() {
	_ = n.process.Process.Kill()
	_ = n.process.Wait()
}

// client connects as the harness does, with one connection that no second
// goroutine uses; change may adapt the options.
func (n *node) client(change ...func(*rueidis.ClientOption)) rueidis.Client {
	n.t.Helper()
	option := rueidis.ClientOption{
		InitAddress: []string{n.socket}, ForceSingleClient: true, DisableCache: true, DisableRetry: true,
		PipelineMultiplex: -1, Dialer: net.Dialer{KeepAlive: time.Hour}, // which is also rueidis's idle PING
		DialCtxFn: func(ctx context.Context, address string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return d.DialContext(ctx, "unix", address)
		},
	}
	for _, f := range change {
		f(&option)
	}
	client, err := rueidis.NewClient(option)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(client.Close)
	return client
}

func take(t *testing.T, client rueidis.Client) Snapshot {
	t.Helper()
	s, err := Take(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do runs a command and fails the test if the server refuses it.
func do(t *testing.T, client rueidis.Client, command ...string) {
	t.Helper()
	if err := client.Do(deadline(t), client.B().Arbitrary(command...).Build()).Error(); err != nil && !rueidis.IsRedisNil(err) {
		t.Fatal(fmt.Errorf("%v: %w", command, err))
	}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventually takes snapshots until the delta since before satisfies done.
func eventually(t *testing.T, client rueidis.Client, before Snapshot, done func(Delta) bool) Delta {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for {
		d := take(t, client).Since(before)
		// The snapshots in between asked for two INFOs, a SLOWLOG and a LATENCY each.
		d = d.Without(d.Control())
		if done(d) {
			return d
		}
		if time.Now().After(end) {
			t.Fatalf("still not: %+v", d)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
