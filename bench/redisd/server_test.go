//go:build unix

package redisd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestAClosedServerLeavesNothing(t *testing.T) {
	if err := running(t, Options{}).Close(); err != nil { // what the runtime opens once is open now
		t.Fatal(err)
	}
	files, goroutines := openFDs(t), runtime.NumGoroutine()
	for range 5 {
		s := running(t, Options{})
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
		if alive(s.PID()) || s.Err() != nil {
			t.Errorf("after Close: alive %v, Err %v", alive(s.PID()), s.Err())
		}
	}
	soon(t, 5*time.Second, "all files are closed", func() bool { return openFDs(t) <= files })
	soon(t, 5*time.Second, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
	if left := entries(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func openFDs(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

func TestAServerIsSetUpForMeasuring(t *testing.T) {
	s := running(t, Options{Config: []string{"maxmemory 64mb", "slowlog-max-len 7"}})
	c := connected(t, s.Addr(), s.Password())
	for name, want := range map[string]string{
		"bind": "127.0.0.1", "protected-mode": "yes", "save": "", "appendonly": "no",
		"daemonize": "no", "logfile": "", "io-threads": "1", "latency-monitor-threshold": "1",
		"slowlog-log-slower-than": "1000", "latency-tracking": "yes", "tcp-backlog": "511",
		"enable-debug-command": "local", "maxmemory": "67108864", "slowlog-max-len": "7",
	} {
		got, err := c.Do(t.Context(), c.B().ConfigGet().Parameter(name).Build()).AsStrMap()
		if err != nil || got[name] != want {
			t.Errorf("%s = %q, %v; want %q", name, got[name], err, want)
		}
	}
	if err := c.Do(t.Context(), c.B().Arbitrary("DEBUG", "POPULATE", "1000").Build()).Error(); err != nil {
		t.Errorf("DEBUG POPULATE: %v", err)
	}
}

func TestThePasswordIsInNoFileAndNoProcessList(t *testing.T) {
	s := running(t, Options{})
	if len(s.Password()) != 32 {
		t.Errorf("password %q, want 32 characters", s.Password())
	}
	look := func(path string, _ fs.DirEntry, _ error) error {
		if data, err := os.ReadFile(path); err == nil && strings.Contains(string(data), s.Password()) {
			t.Errorf("%s holds the password", path)
		}
		return nil
	}
	if err := filepath.WalkDir(s.home.path, look); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"cmdline", "environ"} {
		_ = look(fmt.Sprintf("/proc/%d/%s", s.PID(), name), nil, nil)
	}
}

func TestAServerThatDiesAtStartIsAnErrorWithItsLastWords(t *testing.T) {
	began := time.Now()
	_, err := Start(t.Context(), real(t), Options{Config: []string{"no-such-directive yes"}})
	if err == nil {
		t.Fatal("a bad directive was accepted")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v, want less than 2s", took)
	}
	for _, want := range []string{"exit status 1", "no-such-directive"} { // what else is said differs between versions
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	if left := entries(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestASlowStartIsWaitedFor(t *testing.T) {
	b := real(t)
	b.Path = script(t, t.TempDir(), "slow", "sleep 1; exec "+b.Path+` "$@"`)
	s, err := Start(t.Context(), b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAServerThatIsNeverReadyIsGivenUp(t *testing.T) {
	b := Binary{Path: script(t, t.TempDir(), "mute", "echo still thinking; exec sleep 60")}
	cancelled, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		limit   time.Duration
		arrange func()
		want    string
	}{
		{"after its time", t.Context(), 300 * time.Millisecond, func() {}, "not ready within 300ms"},
		{"when the caller gives up", cancelled, time.Minute,
			func() { time.AfterFunc(300*time.Millisecond, func() { cancel(interrupted) }) }, "interrupted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.arrange()
			_, err := Start(tt.ctx, b, Options{ReadyTimeout: tt.limit})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "still thinking") {
				t.Errorf("error = %v, want %q and the last words", err, tt.want)
			}
			if left := entries(t); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A server whose pid is not the one we started would outlive us.
func TestAWrapperThatDoesNotBecomeTheServerIsRefused(t *testing.T) {
	b := real(t)
	dir := t.TempDir()
	pids := filepath.Join(dir, "pids")
	b.Path = script(t, dir, "wrapper", "exec 3<&0; "+b.Path+` "$@" <&3 & echo $! >> `+pids+"; wait")
	_, err := Start(t.Context(), b, Options{})
	if !errors.Is(err, errStranger) {
		t.Errorf("error = %v, want %v", err, errStranger)
	}
	said, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Fields(string(said)) {
		pid, _ := strconv.Atoi(field)
		soon(t, 2*time.Second, "the wrapped server is gone", func() bool { return !alive(pid) })
	}
}

func TestAServerKilledInMidLifeIsNamed(t *testing.T) {
	s := running(t, Options{})
	if s.Err() != nil {
		t.Errorf("Err of a living server = %v", s.Err())
	}
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	for _, want := range []string{"killed", fmt.Sprint(s.PID()), s.Addr(), "Ready to accept connections"} {
		if err := s.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Err = %v, want %q", err, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.Err() == nil {
		t.Error("Close made Err forget how the server ended")
	}
}

func TestAStoppedServerIsClosedAllTheSame(t *testing.T) {
	s := running(t, Options{})
	if err := syscall.Kill(s.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil || alive(s.PID()) {
		t.Errorf("Close = %v, alive %v", err, alive(s.PID()))
	}
}

func TestServersStartedAtOnceShareNothing(t *testing.T) {
	const n = 6
	servers := make([]*Server, n)
	b := real(t)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			var err error
			if servers[i], err = Start(t.Context(), b, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, s := range servers {
		if s == nil {
			continue
		}
		for _, own := range []string{s.Addr(), s.Password(), s.home.path} {
			if seen[own] {
				t.Errorf("%s is shared", own)
			}
			seen[own] = true
		}
		wg.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if left := entries(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The kernel ends a child with the thread that started it, so the thread must
// not be the caller's.
func TestAServerOutlivesTheThreadOfItsStarter(t *testing.T) {
	b := real(t)
	started := make(chan *Server)
	go func() {
		runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine
		s, err := Start(t.Context(), b, Options{})
		if err != nil {
			t.Error(err)
		}
		started <- s
	}()
	s := <-started
	if s == nil {
		return
	}
	closeAfter(t, s)
	select {
	case <-s.Done():
		t.Error(s.Err())
	case <-time.After(200 * time.Millisecond):
	}
}
