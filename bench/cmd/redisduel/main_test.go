package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/report"
	"redisduel/bench/stats"
	"redisduel/scenarios"
)

// asCommand in the environment makes the test binary the command itself, so
// that a run in a test starts real processes.
const asCommand = "REDISDUEL_TEST_COMMAND"

func TestMain(m *testing.M) {
	// A worker of the fuzzer has the environment of the process that started it.
	if os.Getenv(asCommand) != "" && !slices.Contains(os.Args, "-test.fuzzworker") {
		main()
		return
	}
	prepare()
	dir, err := os.MkdirTemp("", "redisduel-test-")
	if err != nil {
		panic(err)
	}
	realBinary = sync.OnceValues(func() (string, error) { return benchtest.Build(dir) })
	// A cluster client keeps a connection that it no longer needs for five more
	// seconds, in a goroutine that ends by itself and that Close does not wait for.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
		goleak.Cleanup(func(code int) { _ = os.RemoveAll(dir); os.Exit(code) }))
}

// realBinary builds the command, once for all tests.
var realBinary func() (string, error)

// real runs the command as users have it, without the race detector, for what
// takes long with it.
func real(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	binary, err := realBinary()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var status *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// prepare sets the environment in which all tests run, once, since those that
// run beside others cannot: no server of the user's, and trials that are over soon.
func prepare() {
	for name, value := range map[string]string{
		asCommand: "1", "REDIS_URL": "", "REDIS_HOST": "", "REDIS_PORT": "",
		"GORACE": "atexit_sleep_ms=0", // a process with the race detector otherwise takes a second to end
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err) // the name is none
		}
	}
}

// execute runs a command line in this process, its trials in others.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestBadCommandLinesSayWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"sweep", "pipelinig"}, []string{`"pipelining"`}},
		{[]string{"sweep", "eviction"}, []string{"eviction has nothing to sweep"}},
		{[]string{"sweep", "pipelining/depht"}, []string{`no sweep "pipelining/depht"`, `"pipelining/depth"`}},
		{[]string{"sweep"}, []string{"names of scenarios", "nothing", "redisduel sweep --help"}},
		{[]string{"run", "pipelinig"}, []string{`"pipelinig"`, `"pipelining"`, "redisduel list"}},
		{[]string{"run", "--rtt", "5"}, []string{`--rtt is "5"`, "with its unit"}},
		{[]string{"run", "--rtt", "-1ms"}, []string{"--rtt", "-1ms", "between 0s and 10s"}},
		{[]string{"run", "--rtt", "1h"}, []string{"--rtt", "between 0s and 10s"}},
		{[]string{"run", "--rounds", "0"}, []string{"--rounds", "0", "between 1 and 100"}},
		{[]string{"run", "--rounds", "NaN"}, []string{"--rounds", "NaN"}},
		{[]string{"run", "--duration", "1ns"}, []string{"--duration", "between 50ms and 1h"}},
		{[]string{"run", "--duration", "99999999h"}, []string{"--duration"}},
		{[]string{"run", "--url", "http://localhost"}, []string{"--url", "redis://"}},
		{[]string{"run", "--colour"}, []string{"--colour"}},
		{[]string{"run", "--rounds", "1.5"}, []string{`--rounds is "1.5"`, "a whole number"}},
		{[]string{"run", "--rounds", "99999999999999999999"}, []string{"--rounds", "a whole number"}},
		{[]string{"run", "--seed", "-1"}, []string{"--seed", "0 or more"}},
		{[]string{"run", "--out", ""}, []string{`--out is ""`, "a directory"}},
		{[]string{"fly"}, []string{"fly", "redisduel --help"}},
		{[]string{"rum"}, []string{`did you mean "run"?`}},
		{[]string{"help", "fly"}, []string{"fly", "redisduel --help"}},
		{[]string{"completion", "tcsh"}, []string{"tcsh", "bash, zsh or fish"}},
		{[]string{"report"}, []string{"results.json", "nothing"}},
		{[]string{"version", "5"}, []string{"no arguments", `"5"`}},
		{[]string{"list", "pipelining"}, []string{"no arguments", "pipelining"}},
		{[]string{"proxy", "--listen", "nowhere"}, []string{"--listen", "HOST:PORT"}},
		{[]string{"claims", "--rounds", "0"}, []string{"--rounds", "0", "between 1 and 100"}},
		{[]string{"claims", "--rtt", "1ms"}, []string{"--rtt"}},
		{[]string{"proxy", "--bandwidth", "fast"}, []string{"--bandwidth", "100Mbit"}},
		{[]string{"proxy", "--upstream", "nowhere"}, []string{"--upstream", "HOST:PORT"}},
		{[]string{"proxy", "--rtt", "-1s"}, []string{"RTT", "-1s"}},
		{[]string{"load"}, []string{"no command", "GET {key}"}},
		{[]string{"load", "--", "GET", "{kye}"}, []string{"{kye}", "{key}"}},
		{[]string{"load", "--rate", "-1", "--", "PING"}, []string{"--rate", "more than 0"}},
		{[]string{"load", "--rate", "NaN", "--", "PING"}, []string{"--rate", "NaN"}},
		{[]string{"load", "--conns", "0", "--", "PING"}, []string{"--conns", "from 1 to 10000"}},
		{[]string{"load", "--keys", "0", "--", "PING"}, []string{"--keys", "from 1"}},
		{[]string{"load", "--share", "3/3", "--", "PING"}, []string{"--share", "from 0"}},
		{[]string{"load", "--start-at", "noon", "--", "PING"}, []string{"--start-at", "2030-01-01T12:00:00Z"}},
		{[]string{"load", "--slo", "p99", "--", "PING"}, []string{"p99<5ms"}},
		{[]string{"load", "--arrivals", "constant", "--", "PING"}, []string{"--arrivals", "--rate"}},
		{[]string{"load", "--rate", "5", "--arrivals", "bursty", "--", "PING"}, []string{"--arrivals", "poisson or constant"}},
		{[]string{"load", "--duration", "0s", "--", "PING"}, []string{"--duration is 0s"}},
		{[]string{"load", "--rate", "1e9", "--", "PING"}, []string{"--rate is 1e+09"}},
		{[]string{"load", "--conns", "60000", "--", "PING"}, []string{"--conns", "from 1 to 10000"}},
		{[]string{"load", "--max-errors", "-1", "--", "PING"}, []string{"--max-errors is -1", "0 or more"}},
		{[]string{"load", "--max-errors", "1e3", "--", "PING"}, []string{`--max-errors is "1e3"`, "a whole number"}},
		{[]string{"load", "--procs", "100000", "--", "PING"}, []string{"--procs", "10000"}},
		{[]string{"load", "--start-at", "9999-01-01T00:00:00Z", "--", "PING"}, []string{"--start-at", "next 24 hours"}},
		{[]string{"load", "--url", "redis://h", "--password-file", "/dev/zero", "--", "PING"}, []string{"--password-file", "1 MiB"}},
		{[]string{"load", "--slo", "p99.99<5ms", "--duration", "100ms", "--", "PING"}, []string{"--duration is 100ms", "longer"}},
		{[]string{"run", "all", "pipelinig"}, []string{`"pipelinig"`, `"pipelining"`}},
		{[]string{"sweep", "all", "pipelinig"}, []string{`"pipelinig"`, `"pipelining"`}},
		{[]string{"proxy", "--jitter", "2ms"}, []string{"jitter", "2ms"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			code, stdout, stderr := execute(t, c.args...)
			if code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			if stdout != "" {
				t.Errorf("stdout %q, want nothing", stdout)
			}
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("stderr %q, want one line", stderr)
			}
			for _, word := range c.says {
				if !strings.Contains(stderr, word) {
					t.Errorf("stderr %q does not say %q", stderr, word)
				}
			}
		})
	}
}

// full is standard output on a disk that is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestWhatCannotBePrintedIsToldAndKeepsNobodyFromTheRest(t *testing.T) {
	out := t.TempDir()
	for _, args := range [][]string{{"list"}, {"--help"}, {"version"}, {"completion", "bash"}, {"run", "pipelining", "--quick", "--rounds", "1", "--duration", "50ms", "--out", out}} {
		var errs bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(""), full{}, &errs)
		if code != exitOutput || !strings.Contains(errs.String(), "cannot write to standard output: no space left") {
			t.Errorf("%v: exit code %d: %s", args, code, &errs)
		}
	}
	if _, err := os.Stat(filepath.Join(out, "results.json")); err != nil {
		t.Errorf("the run's report: %v", err)
	}
	if _, err := os.Stat(filepath.Join(out, journalName)); !os.IsNotExist(err) {
		t.Errorf("the run's journal is left: %v", err)
	}
}

func TestWhatIsToBeWrittenOrReadAtTheEndIsTriedAtTheBeginning(t *testing.T) {
	out := t.TempDir()
	sweeps := filepath.Join(out, "sweeps")
	if err := os.Mkdir(sweeps, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sweeps, "pipelining-depth.json"), []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, says []string }{
		{[]string{"run", "pipelining", "--out", out}, []string{"pipelining-depth.json", "it holds a JSON array"}},
		{[]string{"load", "--hdr", filepath.Join(out, "nosuch", "x"), "--", "PING"}, []string{"--hdr", "no such file", "another place"}},
	} {
		began := time.Now()
		code, stdout, stderr := execute(t, c.args...)
		if code != exitOutput || stdout != "" || strings.Contains(stderr, "about") || time.Since(began) > time.Second {
			t.Errorf("%v: exit code %d: %s%s", c.args, code, stdout, stderr)
		}
		for _, word := range c.says {
			if !strings.Contains(stderr, word) {
				t.Errorf("stderr %q does not say %q", stderr, word)
			}
		}
	}
}

func TestWithoutARedisTheErrorNamesTheWaysOut(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	out := filepath.Join(t.TempDir(), "reports")
	begin := time.Now()
	code, _, stderr := execute(t, "run", "--out", out)
	if code != exitEnvironment {
		t.Errorf("exit code %d, want %d", code, exitEnvironment)
	}
	for _, way := range []string{"--redis-server", "--url", "Docker", "make redis"} {
		if !strings.Contains(stderr, way) {
			t.Errorf("stderr %q does not name %s", stderr, way)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v, want less than a second", took)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("a directory was left behind")
	}
}

func TestAnUnusableReportDirectoryIsFoundBeforeTheLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	code, _, stderr := execute(t, "run", "pipelining", "--out", file)
	if code != exitOutput || !strings.Contains(stderr, file) {
		t.Errorf("exit code %d and %q, want %d and the path", code, stderr, exitOutput)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v, want less than a second", took)
	}
}

func TestWhatIsNotARedisIsCalledSo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // ends when the listener is closed
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	code, _, stderr := execute(t, "run", "pipelining", "--url", "redis://:canary@"+listener.Addr().String(), "--out", t.TempDir())
	if code != exitEnvironment {
		t.Errorf("exit code %d (%s), want %d", code, stderr, exitEnvironment)
	}
	if strings.Contains(stderr, "canary") {
		t.Errorf("stderr %q shows the password", stderr)
	}
}

func TestAServerInTheEnvironmentIsUsedAndRefusedWhenItHoldsData(t *testing.T) {
	s := scenarios.All()[0]
	fixture := benchtest.Server(t, &s)
	arena, err := bench.NewArena(t.Context(), &s, fixture, bench.Settings{Rounds: 1, Duration: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Close()
	t.Setenv("REDIS_URL", fixture.Target.URL)
	code, _, stderr := execute(t, "run", "pipelining", "--out", t.TempDir())
	if code != exitRefused || !strings.Contains(stderr, "--allow-data") {
		t.Errorf("exit code %d and %q, want %d and the way out", code, stderr, exitRefused)
	}
}

func TestListShowsEveryScenario(t *testing.T) {
	code, stdout, _ := execute(t, "list", "--json")
	if code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	var got []struct {
		Name, Title, Claim, Topology string
		Sweeps                       []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	_, table, _ := execute(t, "list")
	for i, s := range scenarios.All() {
		if i >= len(got) || got[i].Name != s.Name || got[i].Claim != s.Claim || got[i].Topology == "" || len(got[i].Sweeps) != len(s.Sweeps) {
			t.Fatalf("JSON row %d is not %s", i, s.Name)
		}
		for j, sweep := range s.Sweeps {
			if name := s.Name + "/" + sweep.Name; got[i].Sweeps[j].Name != name || !strings.Contains(table, name) {
				t.Errorf("%s is not listed", name)
			}
		}
		for _, part := range []string{s.Name, s.Title, s.Claim, s.Primary.Name, s.Topology.String()} {
			if !strings.Contains(table, part) {
				t.Errorf("the list does not show %q of %s", part, s.Name)
			}
		}
	}
}

func TestASweepWritesItsPageAndLaterReportsReferToIt(t *testing.T) {
	benchtest.Counts(t)
	out := filepath.Join(t.TempDir(), "reports")
	args := []string{"--rounds", "2", "--duration", "50ms", "--rtt", "0s", "--seed", "7", "--out", out}
	code, stdout, stderr := execute(t, append([]string{"sweep", "lock-acquire"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{"model", "sweeps/lock-acquire-answers.md"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout %q does not hold %q", stdout, want)
		}
	}
	for _, file := range []string{"sweeps/lock-acquire-answers.json", "sweeps/lock-acquire-answers.md", "charts/lock-acquire-answers-sweep.png"} {
		if _, err := os.Stat(filepath.Join(out, file)); err != nil {
			t.Error(err)
		}
	}
	if code, _, stderr := execute(t, append([]string{"run", "lock-acquire", "--quick"}, args...)...); code != exitOK {
		t.Fatalf("run: exit code %d: %s", code, stderr)
	}
	page, err := os.ReadFile(filepath.Join(out, "lock-acquire.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "(sweeps/lock-acquire-answers.md)") {
		t.Error("the pair's page does not refer to its sweep")
	}
	// The results hold the first sweep, and a page of an older one must not replace the newer.
	sweep := filepath.Join(out, "sweeps", "lock-acquire-answers.json")
	if code, _, stderr := execute(t, append([]string{"sweep", "lock-acquire"}, args...)...); code != exitOK {
		t.Fatalf("the second sweep: exit code %d: %s", code, stderr)
	}
	newer, err := os.ReadFile(sweep)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := execute(t, "report", filepath.Join(out, "results.json")); code != exitOK {
		t.Fatalf("report: exit code %d: %s", code, stderr)
	}
	if got, err := os.ReadFile(sweep); err != nil || !bytes.Equal(got, newer) {
		t.Errorf("the report replaced a newer sweep by its own (%v)", err)
	}
}

func TestAReportShowsSweepsInTheOrderInWhichTheyAreDeclared(t *testing.T) {
	named := func(scenario, sweep string) bench.SweepResult {
		return bench.SweepResult{Scenario: scenario, Sweep: sweep}
	}
	sweeps := []bench.SweepResult{named("hash", "fields"), named("hash", "writers"), named("pooling", "commands")}
	inOrder(sweeps)
	for i, want := range []string{"pooling/commands", "hash/writers", "hash/fields"} {
		if got := sweeps[i].Scenario + "/" + sweeps[i].Sweep; got != want {
			t.Errorf("number %d is %s, want %s", i+1, got, want)
		}
	}
}

func TestAQuickRunWritesAReportThatRendersAgain(t *testing.T) {
	benchtest.Counts(t)
	out := filepath.Join(t.TempDir(), "reports")
	code, stdout, stderr := execute(t, "run", "script-pipeline", "--quick", "--out", out, "--seed", "7")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	result, err := report.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	duel := &result.Duels[0]
	disturbed := slices.ContainsFunc(duel.Trials, func(trial bench.Trial) bool { return trial.Disturbed != "" })
	if duel.Comparison.Verdict != stats.PatternWins && !disturbed { // by a stall, which costs it a round
		t.Errorf("the verdict is %q: %s", duel.Comparison.Verdict, duel.Comparison.Why)
	}
	if verdict := string(duel.Comparison.Verdict); !strings.Contains(stdout, verdict) || !strings.Contains(stdout, out) {
		t.Errorf("stdout %q does not show the verdict, %s, and where the report is", stdout, verdict)
	}
	if strings.Contains(stderr, "\r") || strings.Contains(stderr, "\x1b") {
		t.Errorf("the progress of a log holds control characters: %q", stderr)
	}
	again := filepath.Join(t.TempDir(), "again")
	if code, _, stderr := execute(t, "report", filepath.Join(out, "results.json"), "--out", again); code != exitOK {
		t.Fatalf("report: exit code %d: %s", code, stderr)
	}
	sameFiles(t, out, again)
	if _, err := os.Stat(filepath.Join(out, journalName)); !os.IsNotExist(err) {
		t.Error("the journal was left behind")
	}
}

func TestAReportLeavesThePageOfThePeersAndRefersToIt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "peers.md")
	if err := os.WriteFile(path, []byte("measured\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := publish(io.Discard, dir, &bench.Result{Schema: bench.Schema}, false); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	index, missing := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil || missing != nil || string(page) != "measured\n" || !strings.Contains(string(index), "](peers.md)") {
		t.Errorf("the page is %q (%v), the index (%v)\n%s", page, err, missing, index)
	}
}

// sameFiles compares two directories byte for byte.
func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	count := 0
	err := filepath.WalkDir(a, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		name, _ := filepath.Rel(a, path)
		one, _ := os.ReadFile(path)
		two, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(one, two) {
			t.Errorf("%s differs", name)
		}
		return nil
	})
	if err != nil || count < 5 {
		t.Errorf("compared %d files: %v", count, err)
	}
}

func TestACorruptResultIsRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	for _, text := range []string{"", "{", `{"schema": 99}`, `{"schema": 1, "duels": 3}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := execute(t, "report", path)
		if code != exitOutput || !strings.Contains(stderr, path) {
			t.Errorf("%q: exit code %d and %q, want %d and the path", text, code, stderr, exitOutput)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%q was rewritten", text)
		}
	}
}

func TestAServerThatDiesAtItsStartIsQuoted(t *testing.T) {
	stub := filepath.Join(t.TempDir(), "redis-server")
	script := "#!/bin/sh\ncase $1 in --version) echo 'Redis server v=7.2.0 sha=00000000:0 malloc=libc bits=64 build=0';;\n*) echo 'FATAL CONFIG FILE ERROR: bad directive'; exit 1;; esac\n"
	if err := os.WriteFile(stub, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "reports")
	begin := time.Now()
	code, _, stderr := execute(t, "run", "pipelining", "--redis-server", stub, "--out", out)
	if code != exitEnvironment || !strings.Contains(stderr, "bad directive") {
		t.Errorf("exit code %d and %q, want %d and the server's last words", code, stderr, exitEnvironment)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("it took %v, want less than two seconds", took)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("a directory was left behind")
	}
}
