package main

import (
	"fmt"
	"os"
	"path/filepath"

	"redisduel/bench"
)

// journalName is the file beside a report that holds a run's trials until the
// report is written.
const journalName = "journal.jsonl"

// A journalFile is a run's journal on disk.
type journalFile struct{ *os.File }

// openJournal begins a journal in the directory of the report, which it makes
// if need be. What an earlier run left there is replaced.
func openJournal(dir string) (*journalFile, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w: cannot make the report's directory: %w", bench.ErrJournal, err)
	}
	file, err := os.Create(filepath.Join(dir, journalName))
	if err != nil {
		return nil, fmt.Errorf("%w: cannot keep a journal: %w; name another directory with --out", bench.ErrJournal, err)
	}
	return &journalFile{file}, nil
}

// discard removes the journal, since the report holds all of it, and the
// directory if there is nothing else in it.
func (j *journalFile) discard() error {
	if err := os.Remove(j.Name()); err != nil {
		return fmt.Errorf("%w: cannot remove the journal: %w", bench.ErrJournal, err)
	}
	_ = os.Remove(filepath.Dir(j.Name())) // fails where there is a report, as it should
	return nil
}
