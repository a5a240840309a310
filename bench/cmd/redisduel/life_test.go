package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/bench/cmd/interrupt"
	"redisduel/bench/report"
)

// A harness is a run of the command in a process of its own. All that descends
// from it can be told by a mark in its environment or, since a server
// writes its title over that, by a working directory inside tmp.
type harness struct {
	cmd    *exec.Cmd
	mark   string
	tmp    string
	out    string // directory of the report
	stderr bytes.Buffer
	done   chan error
}

func startHarness(t *testing.T, args ...string) *harness {
	t.Helper()
	return startIn(t, filepath.Join(t.TempDir(), "reports"), os.Args[0], args...)
}

// startIn starts a binary of the command that writes its report into a directory.
func startIn(t *testing.T, out, binary string, args ...string) *harness {
	t.Helper()
	tmp := t.TempDir()
	h := &harness{mark: "REDISDUEL_TEST_MARK=" + tmp, tmp: tmp, out: out, done: make(chan error, 1)}
	h.cmd = exec.Command(binary, append(args, "--out", h.out)...)
	h.cmd.Env = append(os.Environ(), h.mark, "TMPDIR="+tmp)
	h.cmd.Stderr = &h.stderr
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { h.done <- h.cmd.Wait() }() // awaited by exit, or by the clean-up
	t.Cleanup(func() { _ = h.cmd.Process.Kill() })
	return h
}

// exit waits for the end of the process and returns its exit code.
func (h *harness) exit(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case err := <-h.done:
		var status *exec.ExitError
		if err != nil && !errors.As(err, &status) {
			t.Fatal(err)
		}
		return h.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		t.Fatalf("still running after %v", within)
		return 0
	}
}

// family returns the processes that descend from the harness, itself included,
// by what they run.
func (h *harness) family() map[int]string {
	found := map[int]string{}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		// A process that ends meanwhile has neither, and is none of the family.
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		cwd, _ := os.Readlink(filepath.Join(dir, "cwd"))
		if !bytes.Contains(environ, []byte(h.mark)) && !strings.HasPrefix(cwd, h.tmp) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		found[pid] = string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
	}
	return found
}

// signal sends a signal to the descendants whose command line holds the words.
func (h *harness) signal(t *testing.T, words string, signal syscall.Signal) {
	t.Helper()
	sent := false
	for pid, line := range h.family() {
		if strings.Contains(line, words) {
			sent = true
			if err := syscall.Kill(pid, signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !sent {
		t.Fatalf("no %s among %v", words, h.family())
	}
}

// await polls until the condition holds.
func await(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about within %v", what, within)
		}
	}
}

// runs reports whether a descendant's command line holds the words.
func (h *harness) runs(words string) bool {
	for _, line := range h.family() {
		if strings.Contains(line, words) {
			return true
		}
	}
	return false
}

// aServer is in the command line of redis-server and of valkey-server.
const aServer = "-server "

// phases are moments of a run, by what can be seen from outside.
var phases = []struct {
	name    string
	args    []string
	reached func(*harness) bool
}{
	{"start", []string{"run", "script-pipeline"}, func(h *harness) bool {
		_, err := os.Stat(filepath.Join(h.out, journalName)) // it listens to signals by then
		return err == nil
	}},
	{"seed", []string{"run", "scan"}, func(h *harness) bool { return h.runs(aServer) }},
	{"load", []string{"run", "script-pipeline", "--duration", "5s"}, func(h *harness) bool { return h.runs(" trial") }},
}

func TestASignalEndsARunInGoodOrder(t *testing.T) {
	for _, signal := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, exitInterrupt}, {syscall.SIGTERM, exitTerminated}} {
		for _, phase := range phases {
			t.Run(signal.signal.String()+" during "+phase.name, func(t *testing.T) {
				h := startHarness(t, phase.args...)
				await(t, "the phase", 10*time.Second, func() bool { return phase.reached(h) })
				if err := h.cmd.Process.Signal(signal.signal); err != nil {
					t.Fatal(err)
				}
				if code := h.exit(t, 3*time.Second); code != signal.code {
					t.Errorf("exit code %d, want %d; stderr: %s", code, signal.code, &h.stderr)
				}
				if left := h.family(); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				tells := func(text string) {
					if !strings.Contains(text, "by "+unixName(signal.signal)) || strings.Contains(text, "context") {
						t.Errorf("it says %q, want that the signal ended it", text)
					}
				}
				tells(h.stderr.String())
				result, err := report.ReadFile(filepath.Join(h.out, "results.json"))
				if errors.Is(err, os.ErrNotExist) && phase.name == "seed" {
					return // it was only asking the redis-server for its version
				}
				if err != nil {
					t.Fatal(err)
				}
				tells(result.Partial)
				if phase.name != "load" {
					return
				}
				if n := len(result.Duels[0].Trials); n != 1 {
					t.Errorf("%d trials, want the one that was cut short", n)
				}
			})
		}
	}
}

func TestASignalDuringTheReportLeavesItWhole(t *testing.T) {
	t.Setenv(asCommand, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	out := filepath.Join(t.TempDir(), "reports")
	ctx, cancel := context.WithCancelCause(t.Context())
	stdout := onWrite(func() { cancel(interrupt.Signal{Signal: syscall.SIGTERM}) }) // the summary is what a report ends with
	var stderr bytes.Buffer
	code := run(ctx, []string{"run", "script-pipeline", "--quick", "--rounds", "1", "--out", out}, strings.NewReader(""), stdout, &stderr)
	if code != exitTerminated || !strings.Contains(stderr.String(), "by SIGTERM") {
		t.Errorf("exit code %d and %q, want %d and the signal", code, &stderr, exitTerminated)
	}
	result, err := report.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if result.Partial != "" || len(result.Duels) != 1 || len(result.Duels[0].Trials) != 3 {
		t.Errorf("%d duels, and the result is partial because of %q", len(result.Duels), result.Partial)
	}
	if _, err := os.Stat(filepath.Join(out, journalName)); !os.IsNotExist(err) {
		t.Error("the journal is still there")
	}
}

// onWrite does something at each write.
type onWrite func()

func (do onWrite) Write(p []byte) (int, error) { do(); return len(p), nil }

func unixName(s syscall.Signal) string {
	if s == syscall.SIGTERM {
		return "SIGTERM"
	}
	return "SIGINT"
}

func TestASecondSignalEndsARunAtOnce(t *testing.T) {
	h := startHarness(t, "run", "script-pipeline", "--duration", "5s")
	await(t, "the load", 10*time.Second, func() bool { return h.runs(" trial") })
	// A trial that does not react keeps the orderly end waiting.
	h.signal(t, " trial", syscall.SIGSTOP)
	for range 2 {
		if err := h.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // two at once would be one
	}
	if code := h.exit(t, 500*time.Millisecond); code != exitInterrupt {
		t.Errorf("exit code %d, want %d", code, exitInterrupt)
	}
	// The kernel wakes and ends a stopped process whose parent is gone.
	await(t, "the end of its descendants", 2*time.Second, func() bool { return len(h.family()) == 0 })
}

func TestNothingSurvivesAKilledHarness(t *testing.T) {
	benchtest.Counts(t)
	for i := range 10 {
		h := startHarness(t, "run", "script-pipeline", "--duration", "5s")
		await(t, "a server", 10*time.Second, func() bool { return h.runs(aServer) })
		time.Sleep(time.Duration(i) * 50 * time.Millisecond) // a different moment each time
		if err := h.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-h.done; err == nil {
			t.Error("a killed process ended well")
		}
		await(t, "the end of its descendants", 2*time.Second, func() bool { return len(h.family()) == 0 })
	}
}

func TestTheServersDeathEndsTheCommandWithAPartialReport(t *testing.T) {
	benchtest.Counts(t)
	h := startHarness(t, "run", "script-pipeline", "--duration", "3s")
	await(t, "the load", 10*time.Second, func() bool { return h.runs(" trial") })
	time.Sleep(time.Second) // into the load
	h.signal(t, aServer, syscall.SIGKILL)
	if code := h.exit(t, 5*time.Second); code != exitFailed {
		t.Errorf("exit code %d, want %d; stderr: %s", code, exitFailed, &h.stderr)
	}
	result, err := report.ReadFile(filepath.Join(h.out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(result.Partial, "died") {
		t.Errorf("partial because %q, want the server's death", result.Partial)
	}
	if left := h.family(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
