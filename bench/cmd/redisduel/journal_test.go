package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redisduel/bench"
)

func TestTwoRunsDoNotShareAJournal(t *testing.T) {
	dir := t.TempDir()
	first, err := openJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := first.WriteString("a trial\n"); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := execute(t, "run", "script-pipeline", "--quick", "--out", dir)
	if code != exitOutput || !strings.Contains(stderr, "another run is writing to "+dir) || !strings.Contains(stderr, "--out") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if text, err := os.ReadFile(filepath.Join(dir, journalName)); err != nil || string(text) != "a trial\n" {
		t.Errorf("the first run's journal is %q, %v", text, err)
	}
}

func TestTheJournalOfARunThatIsOverIsReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports")
	for range 2 {
		journal, err := openJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := journal.WriteString("a trial\n"); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, journalName)); err != nil || string(text) != "a trial\n" {
			t.Errorf("the journal is %q, %v", text, err)
		}
		_ = journal.Close() // as a killed run leaves it
	}
	journal, err := openJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	if err := journal.discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("the directory is still there")
	}
}

func TestAJournalDoesNotFollowALink(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, link := range map[string]string{"out of the directory": outside, "within it": "README.md"} {
		dir := t.TempDir()
		target := link
		if !filepath.IsAbs(link) {
			target = filepath.Join(dir, link)
		}
		if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(link, filepath.Join(dir, journalName)); err != nil {
			t.Fatal(err)
		}
		if _, err := openJournal(dir); !errors.Is(err, bench.ErrJournal) {
			t.Errorf("%s: error %v, want one about the journal", name, err)
		}
		if text, err := os.ReadFile(target); err != nil || string(text) != "mine" {
			t.Errorf("%s: the file is %q, %v", name, text, err)
		}
	}
}
