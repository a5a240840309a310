package benchtest

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// Counts has the test run beside others, of its package and of others: what it
// asserts are counts, contents and lower bounds on times, which company does not
// change. A test calls it first, or [Times], or neither if it is over in no time.
func Counts(t *testing.T) {
	t.Helper()
	t.Parallel() // goes on when all tests that call Times are over
	alone.leave()
	room := enter(t, syscall.LOCK_SH)
	t.Cleanup(func() { _ = room.Close() }) // closing what was not written to loses nothing
}

// Times has the test run while no other that calls Counts or Times does, on the
// whole machine: it asserts how long a real server, network or load takes. What
// a stall of the host can break it must tell by a witness all the same. Such
// tests of a package follow each other, so that others wait for them once.
func Times(t *testing.T) {
	t.Helper()
	alone.enter(t)
}

// alone is where this process is while it runs tests that call Times.
var alone solitude

type solitude struct {
	mu   sync.Mutex
	room *os.File
}

func (s *solitude) enter(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room == nil {
		s.room = enter(t, syscall.LOCK_EX)
	}
}

func (s *solitude) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room != nil {
		_ = s.room.Close()
		s.room = nil
	}
}

// enter waits until it may share the machine, or has it alone. Whoever waits holds
// a gate, at which those who come later wait, or those who share it would never
// let in one who wants it alone.
func enter(t *testing.T, how int) *os.File {
	t.Helper()
	gate := lock(t, "gate", syscall.LOCK_EX)
	defer gate.Close()
	return lock(t, "room", how)
}

// lock waits for a lock between processes, which goes with the file.
func lock(t *testing.T, name string, how int) *os.File {
	t.Helper()
	path := filepath.Join(os.TempDir(), "redisduel-test-"+strconv.Itoa(os.Getuid())+"."+name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if err = syscall.Flock(int(file.Fd()), how); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}
