package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"redisduel/bench/cmd/interrupt"
)

// scratch is a directory for all tests.
var scratch string

// asCommand in the environment makes the test binary the command.
const asCommand = "PEERS_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
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
		var stderr bytes.Buffer
		if code := run(t.Context(), args, &stderr); code != exitOK {
			t.Fatalf("exit code %d: %s", code, &stderr)
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
	late, cancel := context.WithCancelCause(t.Context())
	cancel(interrupt.Signal{Signal: syscall.SIGTERM})
	var stderr bytes.Buffer
	code := run(late, []string{"--from", filepath.Join(dir, "peers.json"), "--out", filepath.Join(dir, "late")}, &stderr)
	if code != 143 || !strings.Contains(stderr.String(), "the page is whole") || !bytes.Equal(read(t, dir, "late/peers.md"), page) {
		t.Errorf("a signal after the last step: exit code %d, or another page: %s", code, &stderr)
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

// started runs the command until it writes a line with the word.
func started(t *testing.T, word string, args ...string) (cmd *exec.Cmd, rest func() string) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), word) {
			return cmd, func() (text string) {
				for lines.Scan() {
					text += lines.Text() + "\n"
				}
				return text
			}
		}
	}
	t.Fatalf("it ended before it said %q", word)
	return nil, nil
}

// family are the processes with the command's directory for temporary files in
// their environment, or as where they work, by what they run.
func family(cmd *exec.Cmd) (found []string) {
	mark := cmd.Env[len(cmd.Env)-2]
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		// A process that ends meanwhile has neither, and is none of the family.
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		cwd, _ := os.Readlink(filepath.Join(dir, "cwd"))
		if strings.Contains(string(environ), mark) || strings.HasPrefix(cwd, strings.TrimPrefix(mark, "TMPDIR=")) {
			line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func TestASignalEndsAllThatRunsAndWritesNothing(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		code   int
		says   string
	}{{syscall.SIGINT, 130, "interrupted by SIGINT"}, {syscall.SIGTERM, 143, "terminated by SIGTERM"}} {
		dir := t.TempDir()
		cmd, rest := started(t, "GET at 2 ms", "--quick", "--only", "idle", "--redisduel", build(t), "--out", filepath.Join(dir, "out"))
		if n := len(family(cmd)); n < 2 {
			t.Errorf("%d processes run, want itself and a server at least", n)
		}
		if err := cmd.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		said := rest()
		_ = cmd.Wait() // its exit code is looked at
		if code := cmd.ProcessState.ExitCode(); code != c.code || said != "peers: "+c.says+"; nothing was written\n" {
			t.Errorf("exit code %d, want %d, and it says %q", code, c.code, said)
		}
		if left := family(cmd); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%d files are there, want none", len(left))
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
	redisduel := build(t)
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "there is no step", []string{"--only", "nothing", "--redisduel", redisduel}},
		{exitUsage, "-fast", []string{"--fast"}},
		{exitUsage, `"idle" is no flag`, []string{"idle"}},
		{exitEnvironment, "`make build`", []string{"--only", "idle", "--quick", "--redisduel", none}},
		{exitEnvironment, "--toxiproxy", []string{"--only", "idle", "--quick", "--redisduel", redisduel, "--toxiproxy", none}},
		{exitEnvironment, none, []string{"--only", "idle", "--quick", "--redisduel", redisduel, "--redis-server", none}},
		{exitFailed, "the step generators", []string{"--only", "generators", "--quick", "--redisduel", "/bin/false"}},
		{exitOutput, "no such file", []string{"--from", none}},
		{exitOutput, "schema", []string{"--from", "main.go"}},
		{exitOutput, "another directory", []string{"--only", "idle", "--redisduel", redisduel, "--out", "main.go"}},
	} {
		var stderr bytes.Buffer
		code := run(t.Context(), append([]string{"--out", dir}, tt.args...), &stderr)
		text, step := stderr.String(), strings.Count(stderr.String(), "the generator: ")
		if code != tt.code || !strings.Contains(text, tt.want) || strings.Count(text, "\n") != 1+step {
			t.Errorf("%q: exit code %d, want %d; it says %q, want %q in one line", tt.args, code, tt.code, text, tt.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d files are there, want none", len(left))
	}
}
