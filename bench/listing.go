package bench

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Twin says where the two sides of a scenario are written down.
type Twin struct {
	File string // in both patterns and antipatterns, such as "scan.go"; empty if there is no code to show
	// Names are the functions, methods ("Pool.Do"), types, variables and
	// constants to show, in the order of the file. One that only one package
	// has is shown for that side.
	Names []string
	Note  string // what else the sides differ in, such as a setting of the server, in sentences
}

// A Listing is the source text of a duel's two sides.
type Listing struct {
	File        string `json:"file,omitempty"`
	Pattern     string `json:"pattern,omitempty"`
	AntiPattern string `json:"antipattern,omitempty"`
	Note        string `json:"note,omitempty"`
}

// Listing reads the source text of the twin's names, with their comments cut to
// what a comparison needs. It is nil if there is nothing to show. A name that
// neither package has is an error, and so is a side that has none of them.
func (t Twin) Listing(source fs.FS) (*Listing, error) {
	if source == nil || t.File == "" && t.Note == "" {
		return nil, nil
	}
	l := &Listing{File: t.File, Note: t.Note}
	if t.File == "" {
		return l, nil
	}
	pattern, err := declarations(source, path.Join("patterns", t.File))
	if err != nil {
		return nil, err
	}
	anti, err := declarations(source, path.Join("antipatterns", t.File))
	if err != nil {
		return nil, err
	}
	for _, name := range t.Names {
		if pattern.of(name) == "" && anti.of(name) == "" {
			return nil, fmt.Errorf("neither patterns/%s nor antipatterns/%s declares %s; correct the scenario's Twin", t.File, t.File, name)
		}
	}
	l.Pattern, l.AntiPattern = pattern.text(t.Names), anti.text(t.Names)
	if l.Pattern == "" || l.AntiPattern == "" {
		return nil, fmt.Errorf("a side of %s declares none of %s; correct the scenario's Twin", t.File, strings.Join(t.Names, ", "))
	}
	return l, nil
}

// declared are the declarations of a file, in its order.
type declared []struct {
	names []string
	text  string
}

// of is the text that declares the name, empty if none does.
func (d declared) of(name string) string {
	for i := range d {
		if slices.Contains(d[i].names, name) {
			return d[i].text
		}
	}
	return ""
}

// text joins what declares any of the names, with an empty line between.
func (d declared) text(names []string) string {
	var all []string
	for i := range d {
		if slices.ContainsFunc(d[i].names, func(n string) bool { return slices.Contains(names, n) }) {
			all = append(all, d[i].text)
		}
	}
	return strings.Join(all, "\n\n")
}

func declarations(source fs.FS, file string) (all declared, err error) {
	text, err := fs.ReadFile(source, file)
	if err != nil {
		return nil, fmt.Errorf("read the source to show: %w", err)
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("read the source to show: %w", err)
	}
	for _, d := range parsed.Decls {
		body := string(text[files.Position(d.Pos()).Offset:files.Position(d.End()).Offset])
		names, comment := declares(d)
		all = append(all, struct {
			names []string
			text  string
		}{names, essence(comment) + body})
	}
	return all, nil
}

// declares are the names that a declaration declares, and its comment.
func declares(d ast.Decl) (names []string, comment *ast.CommentGroup) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return []string{receiver(d) + d.Name.Name}, d.Doc
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			}
		}
		return names, d.Doc
	}
	return nil, nil
}

// receiver is the type of a method with a dot, empty for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}

// essence is a comment's first paragraph, and the one that says what is wrong.
func essence(comment *ast.CommentGroup) string {
	if comment == nil {
		return ""
	}
	var kept []string
	keep, empty := true, false
	for _, c := range comment.List {
		switch {
		case c.Text == "//":
			keep, empty = false, true
			continue
		case empty && strings.HasPrefix(c.Text, "// What is wrong"):
			keep = true
			kept = append(kept, "//")
		}
		empty = false
		if keep {
			kept = append(kept, c.Text)
		}
	}
	return strings.Join(kept, "\n") + "\n"
}
