package deploy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const root = "../../"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(root + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// findings are sentences about what is wrong.
type findings []string

// want compares what there is with what there must be.
func (f *findings) want(what string, got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		*f = append(*f, fmt.Sprintf("%s is %v, want %v", what, got, want))
	}
}

func (f *findings) must(ok bool, what string) {
	if !ok {
		*f = append(*f, what)
	}
}

// eachLineIsNeeded drops one line after the other: a line whose loss nobody
// notices could be lost.
func eachLineIsNeeded(t *testing.T, text string, wrong func(text string) []string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if code := strings.TrimSpace(line); code == "" || strings.HasPrefix(code, "#") {
			continue
		}
		if len(wrong(strings.Join(slices.Concat(lines[:i], lines[i+1:]), "\n"))) == 0 {
			t.Errorf("nothing is wrong without line %d: %s", i+1, line)
		}
	}
}

// weakerIsFound replaces each first text by its second.
func weakerIsFound(t *testing.T, text string, weaker [][2]string, wrong func(text string) []string) {
	t.Helper()
	for _, w := range weaker {
		if !strings.Contains(text, w[0]) {
			t.Errorf("there is no %q to weaken", w[0])
		}
		if len(wrong(strings.ReplaceAll(text, w[0], w[1]))) == 0 {
			t.Errorf("nothing is wrong with %q instead of %q", w[1], w[0])
		}
	}
}
