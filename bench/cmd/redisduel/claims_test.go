package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// claimIn is a claim of a ledger in JSON.
func claimIn(t *testing.T, text, says string) bench.Claim {
	t.Helper()
	var ledger bench.Ledger
	if err := json.Unmarshal([]byte(text), &ledger); err != nil {
		t.Fatalf("%v: %.100q", err, text)
	}
	for _, c := range ledger.Claims {
		if c.Says == says {
			return c
		}
	}
	t.Fatalf("the ledger does not hold %q", says)
	return bench.Claim{}
}

func TestARunJudgesTheClaimsThatItsDuelsCanAndTheRestIsNotMeasured(t *testing.T) {
	benchtest.Counts(t)
	out := filepath.Join(t.TempDir(), "reports")
	run := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := real(t, args...)
		if code != exitOK {
			t.Fatalf("%q: exit code %d: %s", args, code, stderr)
		}
		return stdout
	}
	run("run", "evalsha", "--quick", "--rtt", "0s", "--out", out)
	index, _ := os.ReadFile(filepath.Join(out, "README.md"))
	page, _ := os.ReadFile(filepath.Join(out, "claims.md"))
	if !strings.Contains(string(index), "(claims.md)") || !strings.Contains(string(page), "(evalsha.md#all-metrics)") {
		t.Errorf("the index or the ledger misses its link:\n%s", page)
	}

	// The distant duels at no distance prove nothing about 250 ms.
	run("run", "handshakes", "--quick", "--rounds", "1", "--rtt", "0s", "--out", filepath.Join(out, "at-250ms"))
	ledger := run("claims", "--judge-only", "--json", "--out", out)
	if c := claimIn(t, ledger, "EVALSHA saves bandwidth"); c.Verdict != bench.Confirmed {
		t.Errorf("%s: %s", c.Verdict, c.Finding)
	}
	if c := claimIn(t, ledger, "about 4 ops/s when connecting for each command at 250 ms"); c.Verdict != bench.NotMeasured || !strings.Contains(c.Finding, "instead of 250 ms") {
		t.Errorf("%s: %s", c.Verdict, c.Finding)
	}
	if table := run("claims", "--judge-only", "--out", out); !strings.Contains(table, "EVALSHA saves bandwidth") || !strings.Contains(table, filepath.Join(out, "claims.md")) {
		t.Errorf("stdout %q does not show the claims and where the ledger is", table)
	}
}

func TestAReportOfDuelsThatNoClaimIsAboutHasNoLedger(t *testing.T) {
	benchtest.Counts(t)
	out := t.TempDir()
	if code, _, stderr := execute(t, "run", "script-args", "--rounds", "1", "--duration", "250ms", "--rtt", "0s", "--out", out); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(out, "claims.md")); !os.IsNotExist(err) {
		t.Errorf("there is a ledger in which nothing was measured: %v", err)
	}
}

func TestClaimsWithoutAnyResultsSayHowToGetThem(t *testing.T) {
	out := filepath.Join(t.TempDir(), "none")
	code, stdout, stderr := execute(t, "claims", "--judge-only", "--out", out)
	if code != exitOutput || stdout != "" || !strings.Contains(stderr, "redisduel run") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("a directory was left behind")
	}
}
