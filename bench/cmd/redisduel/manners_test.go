package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/scenarios"
)

func TestEveryCommandHasExamplesThatNameIt(t *testing.T) {
	for _, c := range newRoot().Commands() {
		if c.Hidden {
			continue
		}
		code, help, stderr := execute(t, c.Name(), "--help")
		if code != exitOK || stderr != "" || !strings.Contains(help, "\nExamples:\n") || !strings.Contains(c.Example, "redisduel "+c.Name()) {
			t.Errorf("%s --help ends with %d, says %q, and shows\n%s", c.Name(), code, stderr, help)
		}
		for line := range strings.Lines(help) {
			if n := len([]rune(line)); n > 110 {
				t.Errorf("%s --help has a line of %d characters: %s", c.Name(), n, line)
			}
		}
	}
}

func TestErrorsAreShownWithoutTheirKindsAndALineEach(t *testing.T) {
	err := errors.Join(
		fmt.Errorf("%w: a check did not hold", bench.ErrFailed),
		fmt.Errorf("%w: %w", errOutput, errors.New("report: cannot write the report")),
		fmt.Errorf("%w: %w", bench.ErrEnvironment, errors.New("redisd: no usable server found")),
	)
	want := "redisduel: a check did not hold\nredisduel: cannot write the report\nredisduel: no usable server found\n"
	if got := complain(err); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestARunAndASweepAsJSONHaveNothingElseOnStandardOutput(t *testing.T) {
	benchtest.Counts(t)
	out := t.TempDir()
	args := []string{"--rounds", "2", "--duration", "50ms", "--rtt", "0s", "--json", "--out", out}
	code, stdout, stderr := execute(t, append([]string{"run", "lock-acquire", "lock-acquire"}, args...)...)
	var o outcome
	if err := json.Unmarshal([]byte(stdout), &o); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	if len(o.Duels) != 1 || o.Duels[0].Scenario != "lock-acquire" || o.Duels[0].Finding == "" || o.Duels[0].Comparison.Rounds != 2 {
		t.Errorf("got %+v, want the one duel that was named twice", o)
	}
	for _, path := range []string{o.Results, o.Report} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(stderr, "1 duel, 2 rounds each") {
		t.Errorf("standard error %q does not say what will be done", stderr)
	}
	code, stdout, stderr = execute(t, append([]string{"sweep", "lock-acquire"}, args...)...)
	var swept []bench.SweepResult
	if err := json.Unmarshal([]byte(stdout), &swept); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	if len(swept) != 1 || len(swept[0].Points) < 2 {
		t.Errorf("got %+v, want one sweep with its points", swept)
	}
}

// completed asks the command what it offers for a command line whose last word
// is being typed.
func completed(t *testing.T, words ...string) (offered []string) {
	t.Helper()
	code, stdout, _ := execute(t, append([]string{cobra.ShellCompNoDescRequestCmd}, words...)...)
	if code != exitOK {
		t.Fatalf("exit code %d for %q", code, words)
	}
	for line := range strings.Lines(stdout) {
		if !strings.HasPrefix(line, ":") { // the directive
			offered = append(offered, strings.TrimSpace(line))
		}
	}
	return offered
}

func TestCompletionOffersCommandsScenariosAndFlags(t *testing.T) {
	all := []string{everything}
	for _, s := range scenarios.All() {
		all = append(all, s.Name)
	}
	for _, c := range []struct {
		words, want []string
	}{
		{[]string{"sw"}, []string{"sweep"}},
		{[]string{"run", ""}, all},
		{[]string{"run", "pip"}, []string{"pipelining"}},
		{[]string{"run", "scan", "sc"}, []string{"script-args", "script-pipeline"}},
		{[]string{"run", "--ro"}, []string{"--rounds"}},
		{[]string{"compare", "--sides", ""}, []string{"pattern", "all"}},
		{[]string{"compare", ""}, []string{"json", "jsonl"}}, // endings of files
		{[]string{"completion", ""}, []string{"bash", "zsh", "fish"}},
	} {
		if got := completed(t, c.words...); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.words, got, c.want)
		}
	}
	offered := completed(t, "sweep", "")
	if len(offered) < 2 {
		t.Errorf("%q is offered to sweep", offered)
	}
	for _, name := range offered {
		if _, err := sweeps([]string{name}); err != nil {
			t.Errorf("%s is offered to sweep, but %v", name, err)
		}
	}
}

// TestAShellReadsItsCompletion lets each shell that is installed parse the
// script meant for it; bash, which always is, completes with it.
func TestAShellReadsItsCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, script, stderr := execute(t, "completion", shell)
		if code != exitOK || !strings.Contains(script, "redisduel") {
			t.Errorf("%s: exit code %d, %s", shell, code, stderr)
		}
		path := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := exec.LookPath(shell); err != nil && shell != "bash" {
			continue
		}
		if out, err := exec.CommandContext(t.Context(), shell, "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s cannot read it: %v: %s", shell, err, out)
		}
	}
}

func TestBashCompletesTheNameOfAScenario(t *testing.T) {
	benchtest.Counts(t)
	binary, err := realBinary()
	if err != nil {
		t.Fatal(err)
	}
	script := `PATH="$(dirname "$1"):$PATH"
source <(redisduel completion bash)
_init_completion() { words=(redisduel run pip); cword=2 cur=pip prev=run; } # of the package bash-completion
COMP_WORDS=(redisduel run pip) COMP_CWORD=2 COMP_LINE="redisduel run pip" COMP_POINT=17 COMP_TYPE=9 COMP_KEY=9
__start_redisduel
printf '%s\n' "${COMPREPLY[@]}"`
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script, "bash", binary).Output()
	if err != nil || !strings.HasPrefix(strings.TrimSpace(string(out)), "pipelining") {
		t.Errorf("bash offers %q: %v", out, err)
	}
}

func TestATextHangsBesideItsLabel(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"SCAN does not stop it", 14, "claim SCAN\n      does not\n      stop it\n"},
		{"SCAN does not stop it", 1000, "claim SCAN does not stop it\n"},
		{"one\ntwo", 1000, "claim one\n      two\n"},
		{"anti-pattern ↔", 10, "claim anti-pattern\n      ↔\n"},
		{"", 10, "claim \n"},
	} {
		if got := hanging("claim ", c.text, c.width); got != c.want {
			t.Errorf("%q at %d: got %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
