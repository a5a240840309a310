//go:build unix

package redisd

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// errLocked says that somebody else holds the lock.
var errLocked = errors.New("locked by another process")

// tryLock takes the lock of an open file without waiting. It is given back
// when the file is closed or its process ends.
func tryLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// ownGroup puts the command in a process group of its own and kills that as a
// whole, for what hangs may be a child of a script.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { killGroup(cmd); return nil }
}

// killGroup kills a command that leads a process group, and the group. The
// command must not have been waited for.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // fails only if all are dead
	_ = cmd.Process.Kill()
}

// OpenFiles is the hard limit on open files, to which a server and a Go program
// raise their own; 0 if it is unknown.
func OpenFiles() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	const plenty = 1 << 30                       // unlimited does not fit an int64
	return int64(min(uint64(limit.Max), plenty)) //nolint:unconvert // an int64 on FreeBSD
}
