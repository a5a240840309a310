package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/bench/generator"
	"redisduel/bench/latency"
	"redisduel/bench/report"
)

// shared drives a load of three processes that begin together, and returns the
// files of their results. A machine that was too slow to have all ready in time
// says so itself, and gets more time.
func shared(t *testing.T, addr, password string) (files []string) {
	t.Helper()
	for lead := time.Second; lead < time.Minute; lead *= 2 {
		at := time.Now().Add(lead).UTC().Format(time.RFC3339Nano)
		var processes []*loading
		for i := range 3 {
			processes = append(processes, startLoad(t, addr, password, "--share", fmt.Sprintf("%d/3", i), "--start-at", at))
		}
		files = nil
		for _, p := range processes {
			if file := p.file(t); file != "" {
				files = append(files, file)
			}
		}
		if len(files) == len(processes) {
			return files
		}
	}
	t.Fatal("the processes were never ready in time")
	return nil
}

// A loading is a process that drives a load.
type loading struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

func startLoad(t *testing.T, addr, password string, args ...string) *loading {
	t.Helper()
	args = append([]string{"load", "--url", "redis://" + addr, "--rate", "1500", "--conns", "12", "--keys", "50", "--seed", "7", "--warmup", "100ms",
		"--duration", "400ms", "--allow-data", "--allow-live", "--json"}, args...)
	p := &loading{cmd: exec.CommandContext(t.Context(), os.Args[0], append(args, "--", "GET", "{key}")...)}
	p.cmd.Env = append(os.Environ(), asCommand+"=1", "GORACE=atexit_sleep_ms=0", "REDIS_PASSWORD="+password)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// file is where the result is; empty if the process was not ready in time.
func (p *loading) file(t *testing.T) string {
	t.Helper()
	if err := p.cmd.Wait(); err != nil {
		if !strings.Contains(p.stderr.String(), "not ready at --start-at") {
			t.Fatalf("%v: %s", err, p.stderr.String())
		}
		return ""
	}
	path := filepath.Join(t.TempDir(), "result.json")
	if err := os.WriteFile(path, p.stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readLoad(t *testing.T, path string) *generator.Result {
	t.Helper()
	r, err := report.ReadLoadFile(path)
	if err != nil || r == nil {
		t.Fatalf("%s: result %v, error %v", path, r, err)
	}
	return r
}

// rewritten is a copy of a result with one text in place of another.
func rewrittenTo(t *testing.T, path, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(from)) {
		t.Fatalf("%s has no %s", path, from)
	}
	copied := filepath.Join(t.TempDir(), "rewritten.json")
	if err := os.WriteFile(copied, bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestTheSharesOfALoadAreJoinedWithoutLoss(t *testing.T) {
	server := benchtest.Redis(t)
	files := joined(t, server.Addr(), server.Password())
	t.Run("refused", func(t *testing.T) { mergeRefuses(t, files, startLoad(t, server.Addr(), server.Password()).file(t)) })
}

// joined merges the shares of a load on such nodes, which must be what one process
// does there, and returns the files of the shares.
func joined(t *testing.T, addr, password string) []string {
	t.Helper()
	files := shared(t, addr, password)
	alone := readLoad(t, startLoad(t, addr, password).file(t))
	code, stdout, stderr := execute(t, append([]string{"merge", "--json"}, files...)...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	path := filepath.Join(t.TempDir(), "whole.json")
	if err := os.WriteFile(path, []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := readLoad(t, path)
	if whole.Parts != 3 || whole.Load.Intended != alone.Load.Intended || whole.Load.Failed > 0 {
		t.Errorf("%d parts, %d intended, %d failed; want 3, and %d as in one process, and 0", whole.Parts, whole.Load.Intended, whole.Load.Failed, alone.Load.Intended)
	}
	// A machine that stood still for a second leaves ops that were never started.
	if whole.Load.NotStarted+alone.Load.NotStarted == 0 && whole.Load.Attempts != alone.Load.Attempts {
		t.Errorf("%d attempts, want %d as in one process", whole.Load.Attempts, alone.Load.Attempts)
	}
	sum := latency.New()
	var ok int64
	for _, file := range files {
		share := readLoad(t, file)
		ok += share.Load.OK
		if err := sum.Merge(share.Load.Response); err != nil {
			t.Fatal(err)
		}
	}
	if got := whole.Load.Response; whole.Load.OK != ok || !got.HDR().Equals(sum.HDR()) || got.Max() != sum.Max() || got.Count() != ok {
		t.Errorf("%d answered in %d buckets' samples of at most %v; the shares have %d of at most %v", whole.Load.OK, got.Count(), got.Max(), ok, sum.Max())
	}
	if s := whole.Spread; s == nil || s.Apart > s.Within {
		t.Errorf("the clocks of one machine are said to be apart: %+v", s)
	}
	if code, stdout, stderr := execute(t, append([]string{"merge"}, files...)...); code != exitOK || !strings.Contains(stdout, "of 3 generators, whose clocks were") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	return files
}

// mergeRefuses merges what is not each share of one load once.
func mergeRefuses(t *testing.T, files []string, alone string) {
	run := saved(t, time.Millisecond, unchanged)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{files[0], files[2]}, exitOutput, "only 2 of 3 shares are there, and not 1"},
		{[]string{files[0], files[1], files[1]}, exitOutput, "are both share 1 of 3"},
		{[]string{files[0], rewrittenTo(t, files[1], `"seed": 7`, `"seed": 8`), files[2]}, exitOutput, "seed: 7, then 8"},
		{[]string{files[0], rewrittenTo(t, files[1], `"version": "`, `"version": "1.`), files[2]}, exitOutput, "version of redisduel"},
		{[]string{files[0], rewrittenTo(t, files[1], `"intended": `, `"intended": 1`), files[2]}, exitOutput, "intended"},
		{[]string{files[0], rewrittenTo(t, files[1], `"load_schema": 1`, `"load_schema": 9`), files[2]}, exitOutput, "load_schema is 9"},
		{[]string{files[0], os.DevNull, files[2]}, exitOutput, "ends too early, at byte 0"}, // its pod failed
		{[]string{files[0], alone}, exitOutput, "no share of a load"},
		{[]string{files[0], run}, exitUsage, "of the results 1 are of a load and 1 of a run"},
		{[]string{run, files[0]}, exitUsage, "of the results 1 are of a load and 1 of a run"},
		{append([]string{"--out", t.TempDir()}, files...), exitUsage, "--out"},
	} {
		code, stdout, stderr := execute(t, append([]string{"merge"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
			t.Errorf("%q: exit code %d, want %d and %q: %s%s", c.args, code, c.code, c.says, stdout, stderr)
		}
	}
}

func TestSharesThatAreNotOfOneLoadAreRefusedBeforeIt(t *testing.T) {
	server := benchtest.Redis(t)
	url := []string{"--url", "redis://:" + server.Password() + "@" + server.Addr()}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{append([]string{"--share", "0/3", "--seed", "1"}, url...), exitUsage, "--share needs --seed and --start-at"},
		{append([]string{"--share", "0/3", "--start-at", "2130-01-01T12:00:00Z"}, url...), exitUsage, "--share needs --seed and --start-at"},
		{[]string{"--share", "0/3", "--seed", "1", "--start-at", "2030-01-01T12:00:00Z"}, exitUsage, "a server of its own"},
		{append([]string{"--share", "0/3", "--seed", "1", "--start-at", "2130-01-01T12:00:00Z"}, url...), exitUsage, "keys expire"},
		{append([]string{"--share", "0/3", "--seed", "1", "--start-at", "2020-01-01T12:00:00Z", "--keys", "5"}, url...), exitEnvironment, "not ready at --start-at"},
		{append([]string{"--share", "3/3", "--seed", "1", "--start-at", "2020-01-01T12:00:00Z"}, url...), exitUsage, "from 0"},
	} {
		code, stdout, stderr := execute(t, append(append([]string{"load"}, c.args...), "--", "GET", "{key}")...)
		if code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
			t.Errorf("%q: exit code %d, want %d and %q: %s%s", c.args, code, c.code, c.says, stdout, stderr)
		}
	}
}
