package redisduel

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestTheReadmeShowsAPairAsItIs compares the files that README.md shows whole
// with themselves. Each follows a comment that names it.
func TestTheReadmeShowsAPairAsItIs(t *testing.T) {
	shown := []string{"patterns/pipeline.go", "antipatterns/pipeline.go", "scenarios/smallest_test.go"}
	var files strings.Builder
	for i, name := range shown {
		if i > 0 {
			files.WriteString(mark(name) + "\n")
		}
		fmt.Fprintf(&files, "`%s`:\n\n```go\n%s```\n\n", name, read(t, name))
	}
	between(t, mark(shown[0])+"\n", mark("end"), files.String())
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
