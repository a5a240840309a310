package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

// TestARunOfEveryDuelLosesNothingIfItIsInterruptedAtItsEnd has the real binary
// fight all duels and interrupts it when the last trial is over and all that is left
// is the report; and then twice while it makes that report again, so that it ends
// in the middle.
func TestARunOfEveryDuelLosesNothingIfItIsInterruptedAtItsEnd(t *testing.T) {
	benchtest.Counts(t)
	binary, err := realBinary()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "reports")
	h := startIn(t, out, binary, "run", "--quick", "--rounds", "1")
	awaitLastTrial(t, h)
	before := cpuOf(t, h.cmd.Process.Pid)
	h.interrupt(t)
	code := h.exit(t, time.Minute)
	if code != exitInterrupt {
		t.Fatalf("exit code %d, want %d: %s", code, exitInterrupt, &h.stderr)
	}
	// Less than three seconds, even on a single core: others use this machine now.
	if took := h.cmd.ProcessState.UserTime() + h.cmd.ProcessState.SystemTime() - before; took > 3*time.Second {
		t.Errorf("the report took %v of the processors, want less than 3 s", took)
	}
	if left := h.family(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	wantEveryDuel(t, out)
	if t.Failed() {
		return
	}
	whole := filesIn(t, out)
	// A busy host may let us see the middle of drawing when that is over.
	for range 5 {
		h = startIn(t, out, binary, "report", filepath.Join(out, "results.json"))
		await(t, "the middle of drawing", time.Minute, func() bool { return cpuOf(t, h.cmd.Process.Pid) > 400*time.Millisecond })
		for range 2 {
			h.interrupt(t)
			time.Sleep(20 * time.Millisecond) // two at once would be one
		}
		if code = h.exit(t, time.Minute); code != exitOK {
			break
		}
	}
	if code != exitInterrupt {
		t.Errorf("exit code %d, want %d of a second signal", code, exitInterrupt)
	}
	if now := filesIn(t, out); !maps.Equal(now, whole) {
		t.Errorf("of %d files %d are there, or changed", len(whole), len(now))
	}
}

// interrupt sends a SIGINT to the harness alone.
func (h *harness) interrupt(t *testing.T) {
	t.Helper()
	if err := h.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err, &h.stderr)
	}
}

// awaitLastTrial follows the journal of a run of one round of every duel, each of
// three trials, up to its last line.
func awaitLastTrial(t *testing.T, h *harness) {
	t.Helper()
	var journal *os.File
	await(t, "a journal", time.Minute, func() (there bool) {
		var err error
		journal, err = os.Open(filepath.Join(h.out, journalName))
		return err == nil
	})
	defer journal.Close()
	lines, want := 0, 1+len(scenarios.All())*(1+3) // the run, and each duel with its trials
	some := make([]byte, 1<<16)
	await(t, "the last trial", 4*time.Minute, func() bool {
		n, _ := journal.Read(some) // nothing at its end, which others write on
		lines += bytes.Count(some[:n], []byte("\n"))
		return lines == want
	})
}

// cpuOf is the CPU time that a process and those of its children that have ended
// used so far, to ten milliseconds.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // behind the name
	used := time.Duration(0)
	for _, field := range strings.Fields(rest)[11:15] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		used += time.Duration(ticks) * 10 * time.Millisecond
	}
	return used
}

// wantEveryDuel wants a report of all duels, each with what it found.
func wantEveryDuel(t *testing.T, out string) {
	t.Helper()
	result, err := report.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if result.Partial != "" {
		t.Errorf("partial: %s", result.Partial)
	}
	index, err := os.ReadFile(filepath.Join(out, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scenarios.All() {
		d := result.Duels[i]
		// The one round does not count if the host disturbed it, and finds nothing.
		quiet := !slices.ContainsFunc(d.Trials, func(t bench.Trial) bool { return t.Disturbed != "" })
		if d.Scenario != s.Name || d.Failed != "" || quiet && d.Finding == "" {
			t.Errorf("duel %d is %s, failed %q, finding %q; want %s", i, d.Scenario, d.Failed, d.Finding, s.Name)
		}
		for _, c := range d.Checks {
			if !c.OK {
				t.Errorf("%s: the check %q failed on the %s", s.Name, c.Name, c.Side)
			}
		}
		if !strings.Contains(string(index), strings.TrimSuffix(d.Finding, ".")) {
			t.Errorf("the index does not tell what %s found", s.Name)
		}
		if _, err := os.Stat(filepath.Join(out, s.Name+".md")); err != nil {
			t.Error(err)
		}
	}
}

// filesIn are the files below a directory, by their paths.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
