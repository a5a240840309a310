package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAStepIsMeasuredAndItsPageWrittenAgainFromItsRounds(t *testing.T) {
	dir := t.TempDir()
	redisduel := filepath.Join(dir, "redisduel")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", redisduel, "redisduel/bench/cmd/redisduel").CombinedOutput(); err != nil {
		t.Fatalf("build redisduel: %v: %s", err, out)
	}
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
