package redisduel

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestTheContributorsGuideShowsFilesAsTheyAre compares the files that
// CONTRIBUTING.md shows whole with themselves. Each follows a comment that
// names it.
func TestTheContributorsGuideShowsFilesAsTheyAre(t *testing.T) {
	const guide = "CONTRIBUTING.md"
	shown := []string{"patterns/pipeline.go", "antipatterns/pipeline.go", "scenarios/smallest_test.go"}
	text := read(t, guide)
	before, _, begins := strings.Cut(text, mark(shown[0]))
	_, after, ends := strings.Cut(text, mark("end"))
	if !begins || !ends {
		t.Fatalf("%s does not have %q and %q", guide, mark(shown[0]), mark("end"))
	}
	var files strings.Builder
	for _, name := range shown {
		fmt.Fprintf(&files, "%s\n`%s`:\n\n```go\n%s```\n\n", mark(name), name, read(t, name))
	}
	want := before + files.String() + mark("end") + after
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text != want {
		t.Errorf("%s shows files as they are no more; `go test -run Guide . -update` writes them anew", guide)
	}
}

func mark(name string) string { return "<!-- " + name + " -->" }

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
