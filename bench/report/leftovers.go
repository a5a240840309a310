package report

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"syscall"
)

// leftover is the name that renameio gives a file of a report until it takes
// its place. The number is a random one of 63 bits; one in a thousand million
// has fewer than ten digits, and stays.
var leftover = regexp.MustCompile(`^\.[^.].*\.(json|md|txt|png|hgrm|hlog)[0-9]{10,19}$`)

// enter marks a directory as being written to, until the mark is closed or its
// process ends, whatever ends it. Whoever enters and finds nobody else there
// removes the files of those who were killed before they could put them in
// their places. Where the file system has no locks nothing is removed.
func enter(root *os.Root) (mark *os.File, err error) {
	if mark, err = root.Open("."); err != nil {
		return nil, err
	}
	if flock(mark, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		sweep(root)
	}
	// Waits for as long as another one sweeps. From here on nobody else does.
	_ = flock(mark, syscall.LOCK_SH)
	return mark, nil
}

func flock(f *os.File, how int) (err error) {
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), how)
	}
	return err
}

// sweep removes leftovers. What cannot be removed is left to the next one: it
// is no reason not to write a report.
func sweep(root *os.Root) {
	entries, _ := fs.ReadDir(root.FS(), ".") // those that could be read
	for _, e := range entries {
		if e.Type().IsRegular() && leftover.MatchString(e.Name()) {
			_ = root.Remove(e.Name())
		}
	}
}
