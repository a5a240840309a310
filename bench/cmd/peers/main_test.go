package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// scratch is a directory for all tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "peers"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(scratch)
		os.Exit(code)
	}))
}

func TestAStepIsMeasuredAndItsPageWrittenAgainFromItsRounds(t *testing.T) {
	dir, redisduel := t.TempDir(), build(t)
	for _, args := range [][]string{
		{"--quick", "--only", "generators", "--redisduel", redisduel, "--out", dir},
		{"--from", filepath.Join(dir, "peers.json"), "--out", filepath.Join(dir, "again")},
	} {
		if err := run(t.Context(), args, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	page, again := read(t, dir, "peers.md"), read(t, dir, "again/peers.md")
	if !bytes.Equal(page, again) || !bytes.Equal(read(t, dir, "peers.json"), read(t, dir, "again/peers.json")) {
		t.Errorf("the page is not the same when it is made from peers.json:\n%s\n%s", page, again)
	}
	for _, want := range []string{"redisduel load", "commands/s", "quick run", "toxiproxy"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
}

// built is the path of the redisduel command, which is built once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "redisduel")
	out, err := exec.Command("go", "build", "-o", path, "redisduel/bench/cmd/redisduel").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("build redisduel: %w: %s", err, out)
	}
	return path, err
})

func build(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A tripwire calls trip when a line with the word is written.
type tripwire struct {
	word string
	trip func()
}

func (w tripwire) Write(b []byte) (int, error) {
	if strings.Contains(string(b), w.word) {
		w.trip()
	}
	return len(b), nil
}

// That all has ended is proved by goleak: each process has a goroutine that
// waits for it.
func TestAnInterruptEndsAllThatRunsAndWritesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	args := []string{"--quick", "--only", "idle", "--redisduel", build(t), "--out", filepath.Join(dir, "out")}
	if err := run(ctx, args, tripwire{"GET at 2 ms", cancel}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d files are there, want none", len(left))
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWhatCannotBeMeasuredIsSaidAndNothingWritten(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"there is no step", []string{"--only", "nothing", "--out", dir}},
		{"no such file", []string{"--from", none, "--out", dir}},
		{"no such file", []string{"--only", "idle", "--quick", "--redisduel", none, "--out", dir}},
	} {
		if err := run(t.Context(), tt.args, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q gave %v, want %q", tt.args, err, tt.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d files are there, want none", len(left))
	}
}
