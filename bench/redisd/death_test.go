//go:build linux

package redisd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// owner starts this test binary as the owner of a server and returns it with
// the server's pid and address.
func owner(t *testing.T, env ...string) (cmd *exec.Cmd, pid int, addr string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, asOwner+"=1")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(out, &pid, &addr); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatal("the owner started no server:", err)
	}
	return cmd, pid, addr
}

func TestNoServerSurvivesTheSIGKILLOfItsOwner(t *testing.T) {
	for range 10 {
		cmd, pid, addr := owner(t)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
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

func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
