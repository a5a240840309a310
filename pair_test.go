package redisduel

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
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

// TestAPatternIsCopiedAsThreeFilesAtMost follows what each file of patterns takes
// from the others, and what they take in turn. README.md and patterns/doc.go say
// how many that is; the linter sees to imports.
func TestAPatternIsCopiedAsThreeFilesAtMost(t *testing.T) {
	needs := needed(t)
	sizes := map[int]int{}
	for name := range needs {
		all := []string{name}
		for i := 0; i < len(all); i++ {
			for other := range needs[all[i]] {
				if !slices.Contains(all, other) {
					all = append(all, other)
				}
			}
		}
		sizes[len(all)]++
		if len(all) > 3 {
			t.Errorf("%s is copied as %v", name, all)
		}
	}
	if sizes[1] < sizes[2]+sizes[3] || sizes[2] == 0 || sizes[3] == 0 {
		t.Errorf("of the patterns, %d are one file, %d two and %d three: not most, some and some", sizes[1], sizes[2], sizes[3])
	}
}

// needed is, for each file of patterns that declares something, which others
// declare what it uses.
func needed(t *testing.T) map[string]map[string]bool {
	t.Helper()
	names, err := filepath.Glob("patterns/*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset, files, needs := token.NewFileSet(), []*ast.File{}, map[string]map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files, needs[name] = append(files, file), map[string]bool{}
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Error: func(error) {}} // of imports, which are not looked at
	pkg, _ := config.Check("patterns", fset, files, &info)
	for used, object := range info.Uses {
		from, to := fset.Position(used.Pos()).Filename, fset.Position(object.Pos()).Filename
		if object.Pkg() == pkg && from != to {
			needs[from][to] = true
		}
	}
	return needs
}
