package report

import (
	"strings"
	"testing"
	"time"

	"redisduel/bench/doctor"
)

func TestADiagnosisSaysWhatWasSeenWhyItMattersAndWhatToChange(t *testing.T) {
	page, err := Doctor(&doctor.Diagnosis{
		Software: "redis", Version: "7.0.15", Uptime: 73 * time.Hour, Nodes: 2, Keys: 12345, Sampled: 1000,
		Findings: []doctor.Finding{
			{Name: "keys-command", Seen: []string{"KEYS was called 3 times"}, Why: "it blocks", Scenario: "scan", Change: "use SCAN"},
			{Name: "open-server", Seen: []string{"a: served", "b: served"}, Why: "anybody", Change: "set a password"},
		},
		Unseen: []string{"slow commands: ask for +slowlog|get"},
	}, "reports")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# 2 anti-patterns found\n", "redis 7.0.15, 2 nodes, 12\u202f345 keys, of which 1000 were looked at one by one", "3 days ago",
		"## Keys command\n\n- KEYS was called 3 times.\n", "**Why it matters:** it blocks. Its price is measured by `redisduel run scan`: see [scan](reports/scan.md).",
		"**What to change:** use SCAN.", "- a: served.\n- b: served.", "anybody.\n", "## What could not be seen\n\n- Slow commands: ask for +slowlog\\|get.",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestAHealthyServerGetsOneLine(t *testing.T) {
	page, err := Doctor(&doctor.Diagnosis{Software: "valkey", Version: "8.1", Nodes: 3}, "")
	if err != nil || !strings.HasPrefix(string(page), "# No anti-pattern found\n") || strings.Contains(string(page), "##") {
		t.Errorf("%v:\n%s", err, page)
	}
}

func TestNamesFromTheServerCannotBreakTheDiagnosis(t *testing.T) {
	page, err := Doctor(&doctor.Diagnosis{Findings: []doctor.Finding{
		{Name: "big-key", Seen: []string{"the largest, \x1b[31m<script>|`x`\n# heading, is big"}},
	}}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\x1b", "<script>", "\n# heading"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page holds %q:\n%s", bad, page)
		}
	}
}
