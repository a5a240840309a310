package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"redisduel/bench"
)

// journalName is the file beside a report that holds a run's trials until the
// report is written.
const journalName = "journal.jsonl"

// A journalFile is a run's journal on disk. Its lock, which ends with the
// process, keeps other runs out of the directory.
type journalFile struct {
	*os.File
	path string
}

// openJournal begins a journal in the directory of the report, which it makes
// if need be. What an earlier run left there is replaced, but neither that of a
// run that still goes on nor, through a link, a file elsewhere.
func openJournal(dir string) (*journalFile, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w: cannot make the report's directory: %w", bench.ErrJournal, err)
	}
	for {
		file, err := tryJournal(dir)
		switch {
		case errors.Is(err, errReplaced):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, fmt.Errorf("%w: another run is writing to %s; wait for its end, or name another directory with --out", bench.ErrJournal, dir)
		case err != nil:
			return nil, fmt.Errorf("%w: cannot keep a journal: %w; name another directory with --out", bench.ErrJournal, err)
		default:
			return &journalFile{file, filepath.Join(dir, journalName)}, nil
		}
	}
}

// errReplaced says that a run which ended meanwhile took the file away on which
// we waited for the lock.
var errReplaced = errors.New("the journal was removed meanwhile")

// tryJournal opens the journal, takes its lock and empties it.
func tryJournal(dir string) (file *os.File, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() // nothing is written through it
	if file, err = root.OpenFile(journalName, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, err
	}
	if err = own(root, file); err == nil {
		err = file.Truncate(0)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// own takes the lock of the open journal, without waiting, and makes sure that
// it is still the one in the directory, and no link.
func own(root *os.Root, file *os.File) error {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	opened, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := root.Lstat(journalName)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errReplaced
	case err != nil:
		return err
	case there.Mode()&os.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link", filepath.Join(root.Name(), journalName))
	case !os.SameFile(opened, there):
		return errReplaced
	}
	return nil
}

// discard removes the journal, since the report holds all of it, and the
// directory if there is nothing else in it.
func (j *journalFile) discard() error {
	if err := os.Remove(j.path); err != nil {
		return fmt.Errorf("%w: cannot remove the journal: %w", bench.ErrJournal, err)
	}
	_ = os.Remove(filepath.Dir(j.path)) // fails where there is a report, as it should
	return nil
}
