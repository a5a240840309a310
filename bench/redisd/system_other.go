//go:build !unix

package redisd

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
)

// Redis runs on Unix alone. Elsewhere the package compiles and says so.

var errLocked = errors.New("locked by another process")

func tryLock(*os.File) error {
	return errors.New("this system cannot run servers of its own: use --url or REDIS_URL")
}

func ownedByUs(fs.FileInfo) bool { return true }

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func dieWithUs(*exec.Cmd) {}

// OpenFiles is unknown.
func OpenFiles() int64 { return 0 }
