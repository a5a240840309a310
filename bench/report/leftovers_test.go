package report

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stale is how a file is called that its writer did not live to put in its place.
const stale = ".results.json4751997750760398084"

func TestOnlyWhatAKilledWriterLeftIsSwept(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, oldFiles)
	want := tree(t, dir)
	for _, name := range []string{
		"results.json4751997750760398084", ".results.json", ".results.json.swp", ".results.json~", ".results.json47",
		".results.json4751997750760398084.bak", ".results.jsonl4751997750760398084", ".4751997750760398084", ".env4751997750760398084",
		"charts/" + stale, "notes.md",
	} {
		want[name] = "mine"
		leave(t, filepath.Join(dir, filepath.FromSlash(name)), "mine")
	}
	outside := filepath.Join(t.TempDir(), "outside")
	leave(t, outside, "mine")
	link, folder := ".pipelining.md4751997750760398084", ".scan.png4751997750760398084"
	if err := os.Symlink(outside, filepath.Join(dir, link)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{stale, ".README.md1000000000", ".pipelining-pattern.hgrm9223372036854775807", ".scan.hlog4751997750760398084"} {
		leave(t, filepath.Join(dir, name), "half")
	}
	abandon(t, dir)
	if err := Probe(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{link, folder} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s was removed", name)
		}
	}
}

// abandon leaves a report half written, as a killed writer does.
func abandon(t *testing.T, dir string) {
	t.Helper()
	root, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	pending, err := stage(root, newFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pending {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAWriterIsSafeFromASweep(t *testing.T) {
	dir := t.TempDir()
	root, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	mark, err := enter(root)
	if err != nil {
		t.Fatal(err)
	}
	pending, err := stage(root, newFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, enters := range []error{Probe(dir), Write(dir, Files{{"claims.md", []byte("another's")}})} {
		if enters != nil {
			t.Error(enters)
		}
	}
	for _, p := range pending {
		if err := p.CloseAtomicallyReplace(); err != nil {
			t.Errorf("the file was swept away under its writer: %v", err)
		}
	}
	leave(t, filepath.Join(dir, stale), "half")
	_ = mark.Close()
	if err := Probe(dir); err != nil {
		t.Error(err)
	}
	if names, want := slices.Sorted(maps.Keys(tree(t, dir))), []string{"README.md", "charts/a.png", "claims.md", "results.json"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, want %v", names, want)
	}
}

func leave(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
