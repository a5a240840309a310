package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/report"
)

// begun makes a made-up run begin at an hour, so that its trials are its own.
func begun(hour int, change func(*bench.Result)) func(*bench.Result) {
	return func(r *bench.Result) {
		r.Started = time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)
		for i := range r.Duels[0].Trials {
			r.Duels[0].Trials[i].Started = r.Started.Add(time.Duration(i) * time.Second)
		}
		change(r)
	}
}

func TestMergeWritesTheReportOfAllRounds(t *testing.T) {
	a := saved(t, time.Millisecond, begun(8, unchanged))
	b := saved(t, time.Millisecond, begun(9, onMoreCores))
	out := filepath.Join(t.TempDir(), "both")
	if code, _, stderr := execute(t, "merge", a, b, "--out", out); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	r, err := report.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Duels[0].Trials); n != 24 || r.Settings.Rounds != 8 || r.Host.Several != 2 || len(r.Merged) != 2 {
		t.Errorf("%d trials in %d rounds of %d hosts from %q, want 24 in 8 of 2 from two", n, r.Settings.Rounds, r.Host.Several, r.Merged)
	}
	page, _ := report.Render(r)
	for _, says := range []string{"Merged from 2 runs", "2 different hosts with at least 2 cores"} {
		if !strings.Contains(string(page.Get("README.md")), says) {
			t.Errorf("the report does not say %q", says)
		}
	}
}

func TestMergeRefusesWhatDoesNotBelongTogether(t *testing.T) {
	a := saved(t, time.Millisecond, begun(8, unchanged))
	slower := saved(t, time.Millisecond, begun(9, func(r *bench.Result) { r.Duels[0].RTT = time.Second }))
	out := filepath.Join(t.TempDir(), "both")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{a, slower, "--out", out}, exitOutput, "round trip: 0s, then 1s"},
		{[]string{a, a, "--out", out}, exitOutput, "must not count twice"},
		{[]string{a, a}, exitUsage, "--out"},
		{[]string{a}, exitUsage, "two runs or more"},
	} {
		code, _, stderr := execute(t, append([]string{"merge"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit code %d, want %d and %q: %s", c.args, code, c.code, c.says, stderr)
		}
	}
}
