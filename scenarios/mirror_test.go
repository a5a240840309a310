package scenarios_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheTwinsMirrorEachOther compares the two packages' files, the names that
// they export, and their signatures and exported fields.
func TestTheTwinsMirrorEachOther(t *testing.T) {
	if diff := cmp.Diff(exports(t, "../patterns"), exports(t, "../antipatterns")); diff != "" {
		t.Errorf("-patterns +antipatterns:\n%s", diff)
	}
}

// TestEveryMistakeIsNamedAndSoIsWhereItDoesNoHarm leaves out what has no mistake
// of its own: the package's comment, and the gate that stands before both pools.
func TestEveryMistakeIsNamedAndSoIsWhereItDoesNoHarm(t *testing.T) {
	for name := range exports(t, "../antipatterns") {
		if name == "doc.go" || name == "poolgate.go" {
			continue
		}
		text, err := os.ReadFile("../antipatterns/" + name)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "//", " ")), " ")
		for _, phrase := range []string{"What is wrong: ", "No harm is done"} {
			if !strings.Contains(words, phrase) {
				t.Errorf("%s does not say %q", name, phrase)
			}
		}
	}
}

// exports is what each file of a package exports, by the file's name.
func exports(t *testing.T, dir string) map[string][]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = []string{}
		ast.FileExports(file)
		for _, d := range file.Decls {
			files[e.Name()] = append(files[e.Name()], declared(t, d)...)
		}
	}
	return files
}

// declared is a declaration without its body and, of variables, without the
// values. Constants are left out: a size of a batch is the pattern's alone.
func declared(t *testing.T, d ast.Decl) (texts []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		d.Body = nil
		for _, f := range fieldsOf(d) {
			f.Names = nil // what a parameter is called, or whether it is, may differ
		}
		return []string{source(t, d)}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if value, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
				for _, name := range value.Names {
					texts = append(texts, "var "+name.Name)
				}
			}
			if kind, ok := spec.(*ast.TypeSpec); ok {
				texts = append(texts, "type "+source(t, kind))
			}
		}
	}
	return texts
}

func fieldsOf(d *ast.FuncDecl) (all []*ast.Field) {
	for _, list := range []*ast.FieldList{d.Recv, d.Type.Params, d.Type.Results} {
		if list == nil {
			continue
		}
		// One field for each name, so that "a, b string" is "string, string".
		var single []*ast.Field
		for _, f := range list.List {
			for range max(len(f.Names), 1) {
				single = append(single, &ast.Field{Type: f.Type})
			}
		}
		list.List = single
		all = append(all, single...)
	}
	return all
}

func source(t *testing.T, node any) string {
	t.Helper()
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), node); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
