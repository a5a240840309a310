package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/bench/report"
)

func TestTwoHarnessesAtOnceShareNothing(t *testing.T) {
	benchtest.Counts(t)
	var both [2]*harness
	for i := range both {
		both[i] = startHarness(t, "run", "script-pipeline", "--duration", "5s")
	}
	seen := map[string]bool{}
	for _, h := range both {
		await(t, "the load", 20*time.Second, func() bool { return h.runs(" trial") })
		address, dir := h.server(t)
		if address == "" || dir == "" || seen[address] || seen[dir] {
			t.Errorf("the server %q in %q is shared", address, dir)
		}
		seen[address], seen[dir] = true, true
	}
	for _, h := range both {
		if err := h.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if code := h.exit(t, 5*time.Second); code != exitInterrupt {
			t.Errorf("exit code %d, want %d; stderr: %s", code, exitInterrupt, &h.stderr)
		}
		result, err := report.ReadFile(filepath.Join(h.out, "results.json"))
		if err != nil {
			t.Fatal(err)
		}
		if seen[result.RunID] { // the prefix of its keys
			t.Errorf("the run id %s is shared", result.RunID)
		}
		seen[result.RunID] = true
	}
}

// server returns the address and the directory of the harness's server.
func (h *harness) server(t *testing.T) (address, dir string) {
	t.Helper()
	for pid, line := range h.family() {
		if words := strings.Fields(line); len(words) > 1 && strings.Contains(line, aServer) {
			dir, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
			if err != nil {
				t.Fatal(err)
			}
			return words[1], dir
		}
	}
	return "", ""
}
