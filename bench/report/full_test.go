//go:build unix

package report

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const childDir = "REDISDUEL_TEST_FULL_DIR"

// TestAFullDiskLeavesTheOldReport writes from a process that may not make a
// file of more than 4 kB: a write fails half-way, as on a full disk, and for
// root as well.
func TestAFullDiskLeavesTheOldReport(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		writeTooMuch(dir)
	}
	dir := t.TempDir()
	put(t, dir, oldFiles)
	child := exec.Command(os.Args[0], "-test.run=^TestAFullDiskLeavesTheOldReport$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), dir) || !strings.Contains(string(output), "file too large") {
		t.Errorf("the child said %q, %v; want the failed write", output, err)
	}
	if diff := cmp.Diff(contents(oldFiles), tree(t, dir)); diff != "" {
		t.Errorf("the old report changed:\n%s", diff)
	}
}

// writeTooMuch prints the error of a write that exceeds the limit and exits.
func writeTooMuch(dir string) {
	limit := &syscall.Rlimit{Cur: 4096, Max: 4096}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, limit); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	files := append(newFiles[:2:2], File{"README.md", bytes.Repeat([]byte("x"), 10_000)})
	fmt.Println(Write(dir, files))
	os.Exit(0)
}
