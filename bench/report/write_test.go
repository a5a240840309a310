package report

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	oldFiles = Files{{"results.json", []byte("old results")}, {"charts/a.png", []byte("old chart")}, {"README.md", []byte("# " + indexTitle + ", old")}}
	newFiles = Files{{"results.json", []byte("new results")}, {"charts/a.png", []byte("new chart")}, {"README.md", []byte("# " + indexTitle + ", new")}}
)

// tree is every file below a directory, links not followed.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func contents(files Files) map[string]string {
	all := map[string]string{}
	for _, f := range files {
		all[f.Path] = string(f.Data)
	}
	return all
}

func put(t *testing.T, dir string, files Files) {
	t.Helper()
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
}

func TestAReportReplacesTheOneBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "reports")
	put(t, dir, oldFiles)
	put(t, dir, newFiles)
	if diff := cmp.Diff(contents(newFiles), tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(dir, "README.md")); err != nil || info.Mode().Perm()&0o444 == 0o400 {
		t.Errorf("others cannot read the report: %v %v", info.Mode(), err)
	}
}

func TestAFailedWriteLeavesTheOldReport(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"a directory in a file's place": {func(t *testing.T, dir string) { remake(t, dir, "README.md", os.Mkdir) }, "README.md"},
		"a file in a directory's place": {func(t *testing.T, dir string) { remake(t, dir, "charts", touch) }, "charts"},
		"a link out of the directory": {func(t *testing.T, dir string) {
			remake(t, dir, "charts", func(path string, _ os.FileMode) error { return os.Symlink(t.TempDir(), path) })
		}, "charts"},
		"a link to a file outside": {func(t *testing.T, dir string) {
			remake(t, dir, "README.md", func(path string, _ os.FileMode) error { return os.Symlink("/etc/hostname", path) })
		}, "README.md"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, oldFiles)
			test.spoil(t, dir)
			before := tree(t, dir)
			err := Write(dir, newFiles)
			if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error that names %s and %s", err, dir, test.want)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("the directory changed:\n%s", diff)
			}
		})
	}
}

// remake puts something else in a path's place.
func remake(t *testing.T, dir, name string, with func(string, os.FileMode) error) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := with(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func touch(path string, mode os.FileMode) error { return os.WriteFile(path, []byte("x"), mode) }

func TestTheREADMEOfSomethingElseIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	theirs := "# My project\n"
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"probe": Probe(dir), "write": Write(dir, newFiles)} {
		if err == nil || !strings.Contains(err.Error(), "README.md: it is not that of a report; free the path or name another directory") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if all := tree(t, dir); len(all) != 1 || all["README.md"] != theirs {
		t.Errorf("left: %v", all)
	}
}

func TestAPathOutOfTheDirectoryIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports")
	if err := Write(dir, Files{{"../out.md", []byte("x")}}); err == nil {
		t.Error("it was written")
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "out.md")); err == nil {
		t.Error("there is a file outside")
	}
}

func TestProbeFindsWhatWouldSpoilTheReport(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string) string{
		"a file is the path": func(t *testing.T, dir string) string { remake(t, dir, "f", touch); return filepath.Join(dir, "f") },
		"a file is in the path": func(t *testing.T, dir string) string {
			remake(t, dir, "f", touch)
			return filepath.Join(dir, "f", "reports")
		},
		"charts is a file":              func(t *testing.T, dir string) string { remake(t, dir, "charts", touch); return dir },
		"the index is a directory":      func(t *testing.T, dir string) string { remake(t, dir, "README.md", os.Mkdir); return dir },
		"a file system without writers": func(*testing.T, string) string { return "/proc/redisduel" },
		"a link to nowhere": func(t *testing.T, dir string) string {
			remake(t, dir, "l", func(path string, _ os.FileMode) error { return os.Symlink(filepath.Join(dir, "none"), path) })
			return filepath.Join(dir, "l")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := spoil(t, dir)
			before := tree(t, dir)
			if err := Probe(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error that names %s", err, path)
			}
			if after := tree(t, dir); !maps.Equal(before, after) {
				t.Errorf("left %v behind", after)
			}
		})
	}
}

func TestProbeLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	if err := Probe(filepath.Join(dir, "a", "b")); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("left %v behind, error %v", entries, err)
	}
	put(t, dir, oldFiles)
	if err := Probe(dir); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(contents(oldFiles), tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}
