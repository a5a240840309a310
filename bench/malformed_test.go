package bench_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
)

// TestABrokenReplyIsNeverARightAnswer has the server, as it seems, write
// something once that is no reply or that nobody asked for. On connections that
// have one command in flight the first costs its op and the connection; the
// second makes each later answer another's, which the ops notice.
func TestABrokenReplyIsNeverARightAnswer(t *testing.T) {
	benchtest.Counts(t)
	for _, test := range []struct {
		name, reply, class string
		most               int64  // of the class
		failed             string // what the duel says
	}{
		{"malformed", "!no such type\r\n", load.ClassOther, 1, ""},
		{"unasked for", "$8\r\nunwanted\r\n", load.ClassWrong, 60, "wrong answers"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fixture := config(t, short(1, 300*time.Millisecond))
			meddler := newMeddler(t, fixture.Target)
			meddled := *fixture
			meddled.Target, meddled.Close = meddler.target, func() error { return nil }
			c.Servers = func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) { return &meddled, nil }
			afterReads(t, &c, fixture.Target, 20, func() { meddler.next.Store(&test.reply) })
			result, err := bench.Run(t.Context(), c)
			if failed := errors.Is(err, bench.ErrFailed); failed != (test.failed != "") {
				t.Errorf("error %v; want the duel to fail: %v", err, test.failed != "")
			}
			duel := result.Duels[0]
			if !strings.Contains(duel.Failed, test.failed) {
				t.Errorf("the duel failed because of %q, want %q", duel.Failed, test.failed)
			}
			for i, trial := range duel.Trials {
				got := trial.Load.Errors[test.class]
				if met := i == 0; (got > 0) != met || got > test.most || trial.Outcome != bench.Completed || trial.Load.Unknown > 0 {
					t.Errorf("trial %d ended %s with errors %v, want some of %q in the first one and up to %d", i, trial.Outcome, trial.Load.Errors, test.class, test.most)
				}
			}
		})
	}
}

// A meddler passes a server's bytes on and, when told to, puts others before
// the next answer to a GET.
type meddler struct {
	target bench.Target
	next   atomic.Pointer[string]
}

func newMeddler(t *testing.T, target bench.Target) *meddler {
	t.Helper()
	address, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m, server := &meddler{}, address.Host
	address.Host = listener.Addr().String()
	m.target.URL = address.String()
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			serving.Go(func() { m.serve(t, client, server) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	return m
}

// serve ends with the client's connection.
func (m *meddler) serve(t *testing.T, client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	var requests sync.WaitGroup
	requests.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
	defer requests.Wait()
	defer client.Close() // ends the copying
	for buffer := make([]byte, 4096); ; {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if bytes.HasPrefix(buffer[:n], []byte("$")) { // to a GET: one to a handshake would cost an op before it is sent
			if meddled := m.next.Swap(nil); meddled != nil {
				_, _ = io.WriteString(client, *meddled) // the next write fails as well, if this one does
			}
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}
