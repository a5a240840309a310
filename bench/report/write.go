package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Write puts a report into a directory, which it creates if need be.
//
// Every file is first written in full and synced under a temporary name; only
// when all are, each replaces its predecessor in one step. So a full disk, or
// a directory in the way, leaves the old report as it was, and whoever is
// killed in between leaves each file old or new and never half; what lay ready
// is removed by the next [Probe] or Write. Symbolic links that lead out of the
// directory are refused. Files of an earlier report that
// this one does not have stay.
func Write(dir string, files Files) error {
	root, err := open(dir)
	if err != nil {
		return err
	}
	defer root.Close() // nothing is written through it any more
	mark, err := enter(root)
	if err != nil {
		return failure(dir, err)
	}
	defer mark.Close() // after the last temporary file has gone
	pending, err := stage(root, files)
	defer func() {
		for _, p := range pending {
			_ = p.Cleanup() // of one that took its place: nothing; else the first error tells more
		}
	}()
	if err != nil {
		return failure(dir, err)
	}
	for _, p := range pending {
		if err := p.CloseAtomicallyReplace(); err != nil {
			return failure(dir, err)
		}
	}
	return failure(dir, syncDirs(root, files))
}

func open(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		if there, e := os.Lstat(dir); e == nil && there.Mode()&fs.ModeSymlink != 0 {
			err = errors.New("it is a symbolic link to nothing, or to a file")
		}
		return nil, failure(dir, err)
	}
	root, err := os.OpenRoot(dir)
	return root, failure(dir, err)
}

// stage writes and syncs every file under a temporary name. On an error it
// returns those that exist, to be removed.
func stage(root *os.Root, files Files) (pending []*renameio.PendingFile, err error) {
	for _, f := range files {
		if err := clear(root, f.Path); err != nil {
			return pending, err
		}
		p, err := renameio.NewPendingFile(filepath.FromSlash(f.Path), renameio.WithRoot(root), renameio.WithPermissions(0o644))
		if err != nil {
			return pending, err
		}
		pending = append(pending, p)
		if _, err := p.Write(f.Data); err != nil {
			return pending, err
		}
		if err := p.Sync(); err != nil {
			return pending, err
		}
	}
	return pending, nil
}

// clear makes sure that a file can take its place: its directory exists below
// the root, and what is there already is a file.
func clear(root *os.Root, path string) error {
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(path)), 0o755); err != nil {
		return err
	}
	there, err := root.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !there.Mode().IsRegular():
		return &fs.PathError{Op: "replace", Path: path, Err: errors.New("it is not a regular file")}
	case path == indexPath:
		return ours(root)
	}
	return nil
}

// ours makes sure that the README.md which a report's takes the place of is that of
// an earlier report: a project keeps its own under the same name.
func ours(root *os.Root) error {
	const begins = "# " + indexTitle
	file, err := root.Open(indexPath)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	head := make([]byte, len(begins))
	n, err := io.ReadFull(file, head)
	if n == 0 || string(head) == begins { // an empty one is nobody's
		return nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return &fs.PathError{Op: "replace", Path: indexPath, Err: errors.New("it is not that of a report")}
}

// syncDirs makes the new names last through a power cut.
func syncDirs(root *os.Root, files Files) error {
	done := map[string]bool{}
	for _, f := range files {
		dir := filepath.Dir(filepath.FromSlash(f.Path))
		if done[dir] {
			continue
		}
		done[dir] = true
		d, err := root.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
	}
	return nil
}

// failure names the directory and the way out; nil stays nil.
func failure(dir string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("report: cannot write the report to %s: %w; free the path or name another directory", plain(dir), err)
}
