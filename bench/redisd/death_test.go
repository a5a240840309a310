//go:build linux

package redisd

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// begun starts this test binary as the owner of a server, which prints the
// server's pid and address once it is ready.
func begun(t *testing.T) (cmd *exec.Cmd, out io.Reader) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asOwner+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// owner is one whose server is ready.
func owner(t *testing.T) (cmd *exec.Cmd, pid int, addr string) {
	t.Helper()
	cmd, out := begun(t)
	if _, err := fmt.Fscan(out, &pid, &addr); err != nil {
		end(t, cmd)
		t.Fatal("the owner started no server:", err)
	}
	return cmd, pid, addr
}

// end kills an owner as nothing can be prepared for.
func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

func TestNoServerSurvivesTheSIGKILLOfItsOwner(t *testing.T) {
	for range 30 {
		cmd, pid, addr := owner(t)
		end(t, cmd)
		soon(t, 500*time.Millisecond, "the server is gone", func() bool { return !alive(pid) && !listens(addr) })
	}
	if len(entries(t)) == 0 {
		t.Error("killed owners left no directory to sweep")
	}
	if err := running(t, Options{}).Close(); err != nil {
		t.Error(err)
	}
	if left := entries(t); len(left) > 0 {
		t.Errorf("the next start swept all but %v", left)
	}
}

// TestNoServerSurvivesAnOwnerThatIsKilledWhileItStarts kills at twenty moments
// of the time in which an owner looks for the binary, builds a home, starts the
// server and waits for it.
func TestNoServerSurvivesAnOwnerThatIsKilledWhileItStarts(t *testing.T) {
	since := time.Now()
	cmd, _, _ := owner(t)
	takes := time.Since(since)
	end(t, cmd)
	for i := range time.Duration(20) {
		cmd, _ := begun(t)
		time.Sleep(takes * i / 20) // the moment is what differs
		end(t, cmd)
		soon(t, 500*time.Millisecond, "the server is gone", func() bool { return len(residents(t)) == 0 })
	}
	if err := running(t, Options{}).Close(); err != nil {
		t.Error(err)
	}
	if left := entries(t); len(left) > 0 {
		t.Errorf("the next start swept all but %v", left)
	}
}

// residents are the processes that live in a home of the tests.
func residents(t *testing.T) (pids []string) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range processes {
		home, _ := os.Readlink(filepath.Join(dir, "cwd")) // one that ends meanwhile has none
		if strings.HasPrefix(home, os.Getenv("TMPDIR")+"/") {
			pids = append(pids, filepath.Base(dir))
		}
	}
	return pids
}

func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
