package benchtest

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Counts has the test run beside others, of its package and of others: what it
// asserts are counts, contents and lower bounds on times, which company does not
// change. A test calls it first, or [Times], or neither if it is over in no time.
func Counts(t *testing.T) {
	t.Helper()
	t.Parallel()
	share(t, syscall.LOCK_SH)
}

// Times has the test run while no other that calls Counts or Times does, on the
// whole machine: it asserts how long a real server, network or load takes. What
// a stall of the host can break it must tell by a witness all the same.
func Times(t *testing.T) {
	t.Helper()
	share(t, syscall.LOCK_EX)
}

// share holds a lock of the user's until the test ends. Whoever waits for the lock holds
// a gate, at which those who come later wait, or those who share it would never
// let in one who wants it alone.
func share(t *testing.T, how int) {
	t.Helper()
	gate := lock(t, "gate", syscall.LOCK_EX)
	room := lock(t, "room", how)
	_ = gate.Close() // closing a file that was not written to cannot lose anything
	t.Cleanup(func() { _ = room.Close() })
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
