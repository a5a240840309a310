package redisd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Each server has a directory of its own, its home, in a directory of the
// user, the street:
//
//	<temporary directory>/redisduel-<uid>/   0700; flock: someone builds or sweeps
//	    server-<random>/                     the server's working directory
//	        lock                             flock: the owner lives
//	        child                            the server's pid and birth
//
// Locks end with the process that holds them, whatever ends it. Homes are built
// and swept under the street's lock, so that a sweep never meets a home whose
// lock is not taken yet.
type home struct {
	path string
	lock *os.File
}

const (
	lockName   = "lock"
	recordName = "child"
	homes      = "server-*"
)

// claim sweeps the street and builds a home there.
func claim(ctx context.Context) (*home, error) {
	street, err := lockStreet(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = street.Close() }()
	sweep(street.Name())
	return build(street.Name())
}

// build makes a home and takes its lock. The street must be locked.
func build(street string) (*home, error) {
	path, err := os.MkdirTemp(street, homes) // 0700
	if err != nil {
		return nil, fmt.Errorf("no directory for the server: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		if err = tryLock(lock); err == nil {
			return &home{path: path, lock: lock}, nil
		}
		_ = lock.Close()
	}
	return nil, errors.Join(fmt.Errorf("lock the server's directory: %w", err), os.RemoveAll(path))
}

// record notes which process lives here.
func (h *home) record(pid int) error {
	born, err := birth(pid)
	if err != nil {
		born = "" // no sweep will kill it
	}
	note := strconv.Itoa(pid) + " " + born + "\n"
	if err := os.WriteFile(filepath.Join(h.path, recordName), []byte(note), 0o600); err != nil {
		return fmt.Errorf("note the server's pid: %w", err)
	}
	return nil
}

// leave removes the home, and the street if it was the last one there.
func (h *home) leave() error {
	err := os.RemoveAll(h.path)
	_ = h.lock.Close() // after the removal: an unlocked home is swept
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if street, locked := lockStreet(ctx); locked == nil {
		_ = os.Remove(street.Name()) // fails if somebody lives there
		_ = street.Close()
	}
	if err != nil {
		return fmt.Errorf("redisd: remove the server's directory: %w", err)
	}
	return nil
}

// lockStreet opens the user's directory, made if need be, and takes its lock.
// Closing the file gives the lock back.
func lockStreet(ctx context.Context) (*os.File, error) {
	path := filepath.Join(os.TempDir(), "redisduel-"+strconv.Itoa(os.Getuid()))
	for {
		street, err := tryStreet(path)
		if err == nil {
			return street, nil
		}
		if !errors.Is(err, errLocked) && !errors.Is(err, errVanished) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s stayed locked by another redisduel: %w", path, context.Cause(ctx))
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// errVanished says that the last one to leave removed the street while we were
// on our way to its lock.
var errVanished = errors.New("the directory was removed meanwhile")

// tryStreet opens the street and takes its lock, without waiting.
func tryStreet(path string) (*os.File, error) {
	street, err := openStreet(path)
	if err != nil {
		return nil, err
	}
	if err = tryLock(street); err == nil {
		if err = same(street, path); err == nil {
			return street, nil
		}
	}
	_ = street.Close()
	return nil, err
}

// openStreet opens the directory at path and refuses one that others could
// have prepared or could change: the temporary directory is everybody's.
func openStreet(path string) (*os.File, error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("no directory for servers (point TMPDIR elsewhere): %w", err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, errVanished
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ownedByUs(info) {
		return nil, fmt.Errorf("%s is not a private directory of this user: remove it, or point TMPDIR elsewhere", path)
	}
	street, err := os.Open(path)
	if err != nil {
		return nil, errVanished
	}
	return street, nil
}

// same checks that the open directory is the private one at its path and
// neither a removed one nor the target of a link put there meanwhile.
func same(street *os.File, path string) error {
	opened, err1 := street.Stat()
	now, err2 := os.Lstat(path)
	if err1 != nil || err2 != nil || !os.SameFile(opened, now) {
		return errVanished
	}
	return nil
}
