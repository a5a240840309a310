package redisduel

import (
	"flag"
	"os"
	"strings"
	"testing"

	"redisduel/scenarios"
)

var update = flag.Bool("update", false, "rewrite the table of duels in README.md")

// TestTheReadmeListsEveryDuel compares the README's table with the scenarios.
func TestTheReadmeListsEveryDuel(t *testing.T) {
	const begin, end = "<!-- duels -->\n", "<!-- /duels -->"
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	_, after, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	want := before + begin + table() + end + after
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Error("README.md does not list the duels as they are; `go test -run Readme . -update` rewrites its table")
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| scenario | pattern ↔ anti-pattern | decided by |\n|---|---|---|\n")
	for _, s := range scenarios.All() {
		b.WriteString("| `" + s.Name + "` | " + s.Title + " | " + s.Primary.Name + " |\n")
	}
	return b.String()
}
