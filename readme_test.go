package redisduel

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"redisduel/bench"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

var update = flag.Bool("update", false, "rewrite what README.md takes from the code and from the committed report")

const results = "reports/results.json"

// TestTheReadmeListsEveryDuel compares the README's table with the scenarios,
// and its findings with those of the report: the committed one, or one that is
// about to be. A run of one's own in reports/ does not make the README wrong,
// if there is a git to tell which is which.
func TestTheReadmeListsEveryDuel(t *testing.T) {
	tables := []string{table(t, []byte(read(t, results)))}
	if committed, err := exec.Command("git", "show", "HEAD:"+results).Output(); err == nil && !*update {
		tables = append(tables, table(t, committed))
	}
	between(t, "<!-- duels -->\n", "<!-- /duels -->", tables...)
}

func table(t *testing.T, written []byte) string {
	t.Helper()
	result, err := report.Read(bytes.NewReader(written), results)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*bench.Duel{}
	for i := range result.Duels {
		found[result.Duels[i].Scenario] = &result.Duels[i]
	}
	var b strings.Builder
	b.WriteString("| scenario | pattern ↔ anti-pattern | finding | verdict |\n|---|---|---|---|\n")
	for _, s := range scenarios.All() {
		b.WriteString("| " + strings.Join(row(&s, found[s.Name]), " | ") + " |\n")
	}
	return b.String()
}

// row is a scenario's row of the table; d is nil if the report does not have it.
func row(s *bench.Scenario, d *bench.Duel) []string {
	if d == nil {
		return []string{"`" + s.Name + "`", s.Title, "not in the committed report", "–"}
	}
	finding, size, verdict := report.Cells(d)
	return []string{"[`" + s.Name + "`](reports/" + s.Name + ".md)", s.Title, finding, verdict + "<br>" + size}
}

// between checks that README.md has one of some texts between two marks, or with
// -update writes the first.
func between(t *testing.T, begin, end string, wants ...string) {
	t.Helper()
	text := read(t, "README.md")
	before, rest, begins := strings.Cut(text, begin)
	got, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("README.md does not have %q and %q", begin, end)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(before+begin+wants[0]+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !slices.Contains(wants, got) {
		t.Errorf("README.md is stale after %q; `go test -run Readme . -update` writes it anew", strings.TrimSpace(begin))
	}
}
