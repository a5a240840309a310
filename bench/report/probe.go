package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Probe checks before a run that [Write] will be able to put a report into a
// directory, and leaves everything as it was, but for what writers who were
// killed left there: directories that it had to create it removes. What the disk has room for it cannot know.
func Probe(dir string) (err error) {
	made, err := absent(dir)
	if err != nil {
		return failure(dir, err)
	}
	defer func() {
		for _, d := range made {
			err = errors.Join(err, failure(dir, removed(d)))
		}
	}()
	root, err := open(dir)
	if err != nil {
		return err
	}
	defer root.Close() // nothing is written through it any more
	mark, err := enter(root)
	if err != nil {
		return failure(dir, err)
	}
	defer mark.Close()
	return failure(dir, try(root))
}

// absent lists the directories of a path that do not exist, innermost first.
func absent(dir string) (missing []string, err error) {
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		_, err := os.Lstat(dir)
		if err == nil {
			return missing, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			return nil, err
		}
		missing = append(missing, dir)
	}
}

// removed removes a directory that may not have come into being.
func removed(dir string) error {
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// try stages the files that every report has, and takes them back.
func try(root *os.Root) error {
	if there, err := root.Stat("charts"); err == nil && !there.IsDir() {
		return &fs.PathError{Op: "create", Path: "charts", Err: errors.New("it is not a directory")}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	pending, err := stage(root, Files{{resultsPath, []byte("{}")}, {benchPath, nil}, {indexPath, nil}})
	for _, p := range pending {
		err = errors.Join(err, p.Cleanup())
	}
	return err
}
