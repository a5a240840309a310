//go:build unix

package redisd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// stranger runs a Redis that is not ours and returns its port.
func stranger(t *testing.T, config string) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	c, err := spawn(exec.Command(real(t).Path, "-"), fmt.Sprintf("bind 127.0.0.1\nport %d\nsave \"\"\n%s\n", port, config), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	listening(t, port)
	return port
}

func listening(t *testing.T, port int) {
	t.Helper()
	soon(t, 10*time.Second, "the stranger listens", func() bool {
		conn, err := net.Dial("tcp", address(port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// onPorts returns a launch that is given these ports first.
func onPorts(b Binary, ports ...int) *launch {
	l := newLaunch(b, Options{})
	l.port = func() (int, error) {
		if len(ports) == 0 {
			return freePort()
		}
		port := ports[0]
		ports = ports[1:]
		return port, nil
	}
	return l
}

func TestAStrangersRedisSeesNoWrite(t *testing.T) {
	for _, tt := range []struct{ name, config, password string }{
		{"without a password", "", ""},
		{"with a password", "requirepass theirs", "theirs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			port := stranger(t, tt.config)
			theirs := connected(t, address(port), tt.password)
			before := callsSeen(t, theirs) // Valkey 9 calls CONFIG GET when it starts
			s, err := onPorts(real(t), port).start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, s)
			if s.Addr() == address(port) {
				t.Fatal("the stranger was taken for ours")
			}
			for name, calls := range callsSeen(t, theirs) {
				switch name {
				case "auth", "ping", "info", "quit": // ours, at most
				default:
					if calls != before[name] {
						t.Errorf("the stranger saw %s", name)
					}
				}
			}
		})
	}
}

// callsSeen returns what INFO commandstats says of each command, by its name.
func callsSeen(t *testing.T, c rueidis.Client) map[string]string {
	t.Helper()
	text, err := c.Do(t.Context(), c.B().Info().Section("commandstats").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for line := range strings.Lines(text) {
		if stated, found := strings.CutPrefix(line, "cmdstat_"); found {
			name, calls, _ := strings.Cut(stated, ":")
			seen[name] = calls
		}
	}
	return seen
}

func TestAServerIsNeverSoughtOnMoreThanFivePorts(t *testing.T) {
	port := stranger(t, "")
	_, err := onPorts(real(t), port, port, port, port, port).start(t.Context())
	if !errors.Is(err, errPortTaken) && !errors.Is(err, errStranger) {
		t.Errorf("error = %v, want that the port is taken", err)
	}
	if left := entries(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	s, err := onPorts(real(t), port, port, port, port).start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStrangerThatIsNoRedisIsAvoided(t *testing.T) {
	for _, tt := range []struct {
		name  string
		serve func(net.Listener)
	}{
		{"a web server", func(l net.Listener) {
			_ = http.Serve(l, http.NotFoundHandler()) // until the listener closes
		}},
		{"one that hangs up", func(l net.Listener) {
			for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
				_ = conn.Close()
			}
		}},
		{"one that promises a reply without end", func(l net.Listener) {
			for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
				_, _ = io.WriteString(conn, "+OK\r\n+PONG\r\n$999999999999\r\n")
				_ = conn.Close()
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { tt.serve(l); close(ended) }()
			defer func() { _ = l.Close(); <-ended }()
			s, err := onPorts(real(t), l.Addr().(*net.TCPAddr).Port).start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnAnswerIsJudged(t *testing.T) {
	const pid = "$40\r\n# Server\r\nprocess_id:42\r\nx:1\r\n\r\n+OK\r\n"
	for _, tt := range []struct {
		name, answer string
		ours, ready  bool
	}{
		{"ready", "+OK\r\n+PONG\r\n" + pid, true, true},
		{"loading", "+OK\r\n-LOADING Redis is loading the dataset in memory\r\n" + pid, true, false},
		{"another pid", strings.Replace("+OK\r\n+PONG\r\n"+pid, ":42", ":421", 1), false, false},
		{"wrong password", "-WRONGPASS invalid\r\n-NOAUTH\r\n-NOAUTH\r\n+OK\r\n", false, false},
		{"no password", "-ERR AUTH <password> called without any password\r\n+PONG\r\n" + pid, false, false},
		{"not up yet", "", true, false},
		{"cut", "+O", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := judge(tt.answer, byPID(42))
			if (err == nil) != tt.ready || errors.Is(err, errStranger) == tt.ours {
				t.Errorf("judge = %v, want ours %v, ready %v", err, tt.ours, tt.ready)
			}
		})
	}
}
