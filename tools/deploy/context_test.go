package deploy

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// elsewhere are files that a checkout may hold and an image must not.
var elsewhere = []string{
	".git/config", "secrets/bench.password", "secrets.x1/users.acl", ".env", "id_rsa", "ca.pem", "bin/redisduel",
	"reports/results.json", "redis.conf", "deploy/job.yaml", "tools/go.mod", "scripts/make-secrets.sh", "Dockerfile",
	"bench_test.go", "bench/run_test.go", "bench/report/testdata/golden/README.md", "bench/benchtest/authority.go",
}

func TestTheBuildContextHoldsTheSourcesOfTheCommandAndNothingElse(t *testing.T) {
	for _, v := range contextViolations(t)(read(t, ".dockerignore")) {
		t.Error(v)
	}
}

func TestEachLineOfDockerignoreIsNeeded(t *testing.T) {
	eachLineIsNeeded(t, read(t, ".dockerignore"), contextViolations(t))
}

// contextViolations returns what lists the failings of a .dockerignore.
func contextViolations(t *testing.T) func(text string) []string {
	needed := append(sources(t), "go.mod", "go.sum")
	return func(text string) []string {
		ignored, err := matcher(text)
		if err != nil {
			return []string{err.Error()}
		}
		var found findings
		for _, path := range needed {
			out, err := ignored.MatchesOrParentMatches(path)
			found.must(err == nil && !out, "the build lacks "+path)
		}
		for _, path := range elsewhere {
			out, err := ignored.MatchesOrParentMatches(path)
			found.must(err == nil && out, "the build is sent "+path)
		}
		return found
	}
}

func matcher(text string) (*patternmatcher.PatternMatcher, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}

// sources are the files of the project that the command is built from, as the
// Go command says. The tests that are embedded beside the pairs are shown
// nowhere.
func sources(t *testing.T) (paths []string) {
	t.Helper()
	const each = `{{if .Module}}{{if .Module.Main}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", each, "./bench/cmd/redisduel")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(out)) {
		path, err := filepath.Rel(top, line)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(path, "_test.go") {
			paths = append(paths, path)
		}
	}
	if len(paths) < 50 {
		t.Fatalf("the command is built from %d files; that cannot be all", len(paths))
	}
	return paths
}

// buildContext copies what Docker would send of the checkout, and returns where to.
func buildContext(t *testing.T) string {
	t.Helper()
	ignored, err := matcher(read(t, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	from := os.DirFS(root)
	err = fs.WalkDir(from, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "reports", "secrets", "bin"}, path) {
			return fs.SkipDir // ignored, and large or closed
		}
		if out, err := ignored.MatchesOrParentMatches(path); err != nil || out || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
			return err
		}
		return os.WriteFile(copied, text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// image does what the build stage of the Dockerfile says, without an engine, and
// returns the binary that the image begins with.
func image(t *testing.T) string {
	t.Helper()
	all, err := stages(read(t, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	dir, binary := buildContext(t), filepath.Join(t.TempDir(), "redisduel")
	for _, step := range steps(all[0]) {
		script, runs := strings.CutPrefix(step, "RUN ")
		if !runs {
			continue
		}
		script = strings.Replace(script, "-o /redisduel ", "-o "+binary+" ", 1)
		run := exec.CommandContext(t.Context(), "sh", "-ec", script)
		run.Dir, run.Env = dir, append(os.Environ(), "VERSION=1.2.3-test")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", script, err, out)
		}
	}
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(dir)) {
		t.Errorf("the binary holds the path of its build, %s", dir)
	}
	return binary
}
