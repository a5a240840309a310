package redisd

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sweep removes the homes whose owners have died, with the servers in them.
// The street must be locked. What cannot be removed is left for the next sweep:
// somebody else's leftovers are no reason to fail.
func sweep(street string) {
	found, _ := filepath.Glob(filepath.Join(street, homes)) // the pattern is well-formed
	for _, path := range found {
		if !abandoned(path) {
			continue
		}
		if note, err := os.ReadFile(filepath.Join(path, recordName)); err == nil {
			killRecorded(string(note))
		}
		_ = os.RemoveAll(path)
	}
}

// abandoned reports whether nobody holds the home's lock. A home without a
// lock file was being built, or removed, when its owner died.
func abandoned(path string) bool {
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	if err != nil {
		return os.IsNotExist(err)
	}
	defer func() { _ = lock.Close() }()
	return tryLock(lock) == nil
}

// killRecorded kills the process on record if it is still the same one: the
// system gives pids to new processes, but not with the same moment of birth.
func killRecorded(note string) {
	number, born, _ := strings.Cut(strings.TrimSpace(note), " ")
	pid, err := strconv.Atoi(number)
	if err != nil || pid <= 1 || born == "" {
		return
	}
	// On Linux the handle is taken before the look at the birth, so that it
	// cannot come to mean another process in between.
	p, err := os.FindProcess(pid)
	if err != nil {
		return
	}
	defer func() { _ = p.Release() }()
	if now, err := birth(pid); err == nil && now == born {
		_ = p.Kill()
	}
}
