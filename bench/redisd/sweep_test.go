//go:build unix

package redisd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sleeper is a process that somebody's record may name.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// abandon builds a home as a killed owner leaves it.
func abandon(t *testing.T, note string) string {
	t.Helper()
	h, err := claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.path, recordName), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = h.lock.Close()
	return h.path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestTheSweepKillsALeftoverServerOnly(t *testing.T) {
	for _, tt := range []struct {
		name   string
		note   func(pid int, born string) string
		killed bool
	}{
		{"the server on record", func(pid int, born string) string { return fmt.Sprintln(pid, born) }, true},
		{"an innocent process with its pid", func(pid int, born string) string { return fmt.Sprintln(pid, born+"1") }, false},
		{"the same moment of another boot", func(pid int, born string) string { return fmt.Sprintln(pid, "x"+born) }, false},
		{"no birth on record", func(pid int, _ string) string { return fmt.Sprintln(pid) }, false},
		{"a broken record", func(int, string) string { return "-1 x" }, false},
		{"an empty record", func(int, string) string { return "" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := sleeper(t)
			born, err := birth(cmd.Process.Pid)
			if err != nil {
				t.Fatal(err)
			}
			path := abandon(t, tt.note(cmd.Process.Pid, born))
			if err := running(t, Options{}).Close(); err != nil {
				t.Error(err)
			}
			if exists(path) {
				t.Error("the directory is still there")
			}
			if tt.killed {
				_ = cmd.Wait() // hangs if it was spared
			} else if !alive(cmd.Process.Pid) {
				t.Error("an innocent process was killed")
			}
		})
	}
}

func TestTheSweepSparesTheLiving(t *testing.T) {
	first := running(t, Options{})
	if err := running(t, Options{}).Close(); err != nil {
		t.Error(err)
	}
	if !alive(first.PID()) || !exists(first.home.path) {
		t.Error("a living server was swept away")
	}
}

func TestAHomeWithoutALockFileIsSwept(t *testing.T) {
	path := abandon(t, "")
	if err := os.Remove(filepath.Join(path, lockName)); err != nil {
		t.Fatal(err)
	}
	if err := running(t, Options{}).Close(); err != nil {
		t.Error(err)
	}
	if exists(path) {
		t.Error("the directory is still there")
	}
}

func TestADirectoryThatIsNotOursIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(path string) error
	}{
		{"a link", func(path string) error { return os.Symlink(t.TempDir(), path) }},
		{"a file", func(path string) error { return os.WriteFile(path, nil, 0o600) }},
		{"open to others", func(path string) error {
			return errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, 0o770))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tmp := t.TempDir()
			t.Setenv("TMPDIR", tmp)
			if err := tt.prepare(filepath.Join(tmp, fmt.Sprintf("redisduel-%d", os.Getuid()))); err != nil {
				t.Fatal(err)
			}
			s, err := Start(t.Context(), real(t), Options{})
			if err == nil {
				closeAfter(t, s)
				t.Fatal("a server was started there")
			}
			if !strings.Contains(err.Error(), "not a private directory") {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestAMissingTemporaryDirectoryIsNamed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	t.Setenv("TMPDIR", missing)
	_, err := Start(t.Context(), real(t), Options{})
	if err == nil || !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error = %v, want one that names %s and TMPDIR", err, missing)
	}
}
