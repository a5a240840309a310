package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/scenarios"
)

// A safeBuffer may be written and read at the same time.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestTheProxyPutsARoundTripBetweenAnyClientAndAServer(t *testing.T) {
	s := scenarios.All()[0]
	upstream := strings.SplitAfter(benchtest.Server(t, &s).Target.URL, "@")[1]
	const rtt = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	var stderr safeBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"proxy", "--listen", "127.0.0.1:0", "--upstream", upstream, "--rtt", rtt.String()}, nil, &stderr, &stderr)
	}()
	address := regexp.MustCompile(`listening on (\S+),`)
	await(t, "the proxy", 5*time.Second, func() bool { return address.MatchString(stderr.String()) })

	dialled := time.Now() // the proxy accepts after this, and a stall may lie between that and the first exchange
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address.FindStringSubmatch(stderr.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	replies := bufio.NewReader(conn)
	exchange := func() time.Duration {
		begin := time.Now()
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			t.Fatal(err)
		}
		reply, err := replies.ReadString('\n')
		if err != nil || !strings.HasPrefix(reply, "-NOAUTH") {
			t.Fatalf("PING without a password was answered %q, %v", reply, err)
		}
		return time.Since(begin)
	}
	exchange()
	if first := time.Since(dialled); first < 2*rtt {
		t.Errorf("dialling and the first exchange took %v, want two round trips, one of them the handshake's", first)
	}
	for range 3 {
		if took := exchange(); took < rtt || took > 4*rtt {
			t.Errorf("an exchange took %v, want about %v", took, rtt)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d, want %d: %s", code, exitOK, stderr.String())
	}
}

func TestAProxyThatCannotListenSaysSo(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	code, _, stderr := execute(t, "proxy", "--listen", taken.Addr().String())
	if code != exitEnvironment || !strings.Contains(stderr, "--listen") {
		t.Errorf("exit code %d and %q, want %d and the way out", code, stderr, exitEnvironment)
	}
}
