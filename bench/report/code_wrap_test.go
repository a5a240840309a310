package report

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestABrokenLineMeansWhatItMeant(t *testing.T) {
	files, err := filepath.Glob("../../*patterns/*.go")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shown := cleaned(string(text))
		for _, width := range []int{20, mostColumns} {
			broken := strings.Join(wrapGo(shown, width), "\n")
			if before, after := tokens(shown), tokens(broken); !slices.Equal(before, after) {
				t.Errorf("%s at %d columns: the tokens differ:\n%s", file, width, broken)
			}
			if before, after := remarks(shown), remarks(broken); !slices.Equal(before, after) {
				t.Errorf("%s at %d columns: the comments differ:\n%s", file, width, broken)
			}
		}
	}
}

// tokens are those of Go source, with the semicolons that line feeds stand for.
func tokens(text string) (all []string) {
	lex(text, 0, func(tok token.Token, literal string) { all = append(all, tok.String()+strings.TrimSpace(literal)) })
	return all
}

// remarks are the words of all comments, in any order.
func remarks(text string) (all []string) {
	lex(text, scanner.ScanComments, func(tok token.Token, literal string) {
		if tok == token.COMMENT {
			all = append(all, strings.Fields(strings.TrimPrefix(literal, "//"))...)
		}
	})
	slices.Sort(all)
	return all
}

func lex(text string, mode scanner.Mode, each func(token.Token, string)) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, mode)
	for {
		_, tok, literal := s.Scan()
		if tok == token.EOF {
			return
		}
		each(tok, literal)
	}
}

func TestLinesAreBrokenWhereAReaderWould(t *testing.T) {
	for text, want := range map[string]string{
		"func short() {}": "func short() {}",
		"func Keys(ctx context.Context, client rueidis.Client, match string) error {":               "func Keys(ctx context.Context,\n    client rueidis.Client, match string) error {",
		"  a := 1 // a remark that is too long to stand on this line":                               "  // a remark that is too long to stand on this\n  // line\n  a := 1",
		"  page, err := node.Do(ctx, node.B().Scan().Cursor(cursor).Build()).AsScanEntry(x)":        "  page, err := node.Do(ctx, node.B().Scan().\n      Cursor(cursor).Build()).AsScanEntry(x)",
		"// A remark that is broken takes what follows it along\n// with it.\n//\n//   but no list": "// A remark that is broken takes what follows it\n// along with it.\n//\n//   but no list",

		"var s = `a raw string that holds\n  lines, which are as long as they are, and stay so`": "var s = `a raw string that holds\n  lines, which are as long as they are, and stay so`",
		"this is not a line of Go, nor is it \"short, and it stays as it is":                     "this is not a line of Go, nor is it \"short, and it stays as it is",
	} {
		if got := strings.Join(wrapGo(text, 48), "\n"); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}
