package bench

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// A Declaration is a function, a method, a type, or a group of variables or
// constants.
type Declaration struct {
	Names   []string // such as "Keys", "Pool.Do"
	Comment string   // its doc comment with the slashes, without the last line feed; empty if it has none
	Text    string   // all else
}

// String is the declaration as it stands in a file.
func (d Declaration) String() string {
	if d.Comment == "" {
		return d.Text
	}
	return d.Comment + "\n" + d.Text
}

func (d Declaration) declares(names []string) bool {
	return slices.ContainsFunc(d.Names, func(n string) bool { return slices.Contains(names, n) })
}

// declared are the declarations of a file, in its order.
type declared []Declaration

// index is where any of the names is declared, -1 if nowhere.
func (all declared) index(names ...string) int {
	return slices.IndexFunc(all, func(d Declaration) bool { return d.declares(names) })
}

// text joins what declares any of the names, with an empty line between.
func (all declared) text(names []string) string {
	var texts []string
	for _, d := range all {
		if d.declares(names) {
			texts = append(texts, d.String())
		}
	}
	return strings.Join(texts, "\n\n")
}

// declare parses a file.
func declare(name, text string) (all declared, err error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	of := func(n ast.Node) string { return text[files.Position(n.Pos()).Offset:files.Position(n.End()).Offset] }
	for _, d := range parsed.Decls {
		names, doc := namesOf(d)
		one := Declaration{Names: names, Text: of(d)}
		if doc != nil {
			one.Comment = of(doc)
		}
		all = append(all, one)
	}
	return all, nil
}

// namesOf are the names that a declaration declares, and its comment.
func namesOf(d ast.Decl) (names []string, comment *ast.CommentGroup) {
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
	if f.Recv == nil || len(f.Recv.List) == 0 {
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
