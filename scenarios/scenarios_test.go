package scenarios

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryPairIsHeldToTheContract looks in the tests of this package for a call
// of benchtest.TestScenario with each scenario, or with a size of it: scan() or
// scanOf(n).
func TestEveryPairIsHeldToTheContract(t *testing.T) {
	tested := map[string]bool{}
	for _, call := range calls(t, "*_test.go") {
		if name(call.Fun) == "TestScenario" && len(call.Args) == 2 {
			if made, ok := call.Args[1].(*ast.CallExpr); ok {
				tested[strings.TrimSuffix(name(made.Fun), "Of")] = true
			}
		}
	}
	for _, call := range calls(t, "scenarios.go") {
		if made := name(call.Fun); len(call.Args) == 0 && strings.ToLower(made[:1]) == made[:1] && !tested[made] {
			t.Errorf("no test calls benchtest.TestScenario(t, %s())", made)
		}
	}
	if len(All()) == 0 || len(tested) < len(All()) {
		t.Errorf("%d scenarios are tested, and there are %d", len(tested), len(All()))
	}
}

// calls are the function calls in some files of this package.
func calls(t *testing.T, pattern string) (all []*ast.CallExpr) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				all = append(all, call)
			}
			return true
		})
	}
	return all
}

// name is that of a function, without its package.
func name(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return "?"
}
