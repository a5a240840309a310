//go:build unix

package report

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const rewritingDir = "REDISDUEL_TEST_REWRITING_DIR"

// TestWhoeverIsKilledWhileWritingLeavesEachFileOldOrNew kills, each time after
// another number of writes, a process that replaces one report by the other
// and back without a pause.
func TestWhoeverIsKilledWhileWritingLeavesEachFileOldOrNew(t *testing.T) {
	if dir := os.Getenv(rewritingDir); dir != "" {
		rewrite(dir)
	}
	dir := t.TempDir()
	put(t, dir, large('o'))
	for writes := range 20 {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		child.Env = append(os.Environ(), rewritingDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadFull(out, make([]byte, 1+writes)) // a byte for each write
		_ = child.Process.Kill()
		_ = child.Wait()
		if err != nil {
			t.Fatal("the child wrote nothing:", err)
		}
		wantWhole(t, dir)
	}
	if err := Probe(dir); err != nil {
		t.Error(err)
	}
	if left := tree(t, dir); len(left) != len(large('o')) {
		t.Errorf("the next start swept all but %v", slices.Sorted(maps.Keys(left)))
	}
}

// large is a report of files of one letter, each of which takes several writes
// of the disk.
func large(letter byte) Files {
	return Files{{"results.json", bytes.Repeat([]byte{letter}, 1<<20)}, {"scan.md", bytes.Repeat([]byte{letter}, 1<<18)}}
}

// rewrite prints a byte for each report that it has written, until it is killed.
func rewrite(dir string) {
	for letter := byte('n'); ; letter ^= 'n' ^ 'o' {
		if err := Write(dir, large(letter)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Print(string(letter))
	}
}

// wantWhole wants each file to be of one letter and of its full length.
func wantWhole(t *testing.T, dir string) {
	t.Helper()
	for _, f := range large('o') {
		data := tree(t, dir)[f.Path]
		if len(data) != len(f.Data) || strings.Count(data, data[:1]) != len(data) {
			t.Fatalf("%s is neither old nor new: %d bytes", f.Path, len(data))
		}
	}
}
