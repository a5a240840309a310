package redisduel

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The rules for workflows that actionlint does not know.
var (
	pinned     = regexp.MustCompile(`uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	expression = regexp.MustCompile(`\$\{\{.*\}\}`)
	harmless   = regexp.MustCompile(`^\s*(if|group): `)
)

func TestWorkflowsPinTheirActionsAndKeepExpressionsOutOfScripts(t *testing.T) {
	for name, text := range workflows(t) {
		for i, line := range strings.Split(text, "\n") {
			if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
				t.Errorf("%s:%d: %q is not pinned to a commit with its version in a comment", name, i+1, line)
			}
			if expression.MatchString(line) && !harmless.MatchString(line) {
				t.Errorf("%s:%d: %q may put text from outside into a script", name, i+1, line)
			}
		}
	}
}

func TestWorkflowsReadTheRepositoryAndNoMore(t *testing.T) {
	for name, text := range workflows(t) {
		if !strings.Contains(text, "\npermissions:\n  contents: read\n\n") || strings.Count(text, "permissions:") != 1 {
			t.Errorf("%s asks for permissions other than contents: read", name)
		}
		if strings.Count(text, "actions/checkout@") != strings.Count(text, "persist-credentials: false") {
			t.Errorf("%s leaves the token in a checkout; set persist-credentials: false", name)
		}
		if strings.Count(text, "runs-on:") != strings.Count(text, "timeout-minutes:") {
			t.Errorf("%s has a job without a timeout", name)
		}
	}
}

// workflows maps the name of each workflow to its text.
func workflows(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// TestTheJobSummaryHasNoLinkThatLeadsNowhere runs the step that shows the
// report: a summary has no files beside it.
func TestTheJobSummaryHasNoLinkThatLeadsNowhere(t *testing.T) {
	_, step, _ := strings.Cut(read(t, ".github/workflows/ci.yml"), "- name: Show the report\n")
	_, step, found := strings.Cut(step, "run: |\n")
	script, _, _ := strings.Cut(step, "\n      - ") // the next step
	if !found {
		t.Fatal("the workflow does not show the report")
	}
	summary := filepath.Join(t.TempDir(), "summary.md")
	execute(t, ".", append(os.Environ(), "GITHUB_STEP_SUMMARY="+summary), script)
	text := read(t, summary)
	if strings.Contains(text, "](") {
		t.Errorf("the summary has a link:\n%s", text)
	}
	for _, says := range []string{"artifact `reports`", "| Finding", "(`pipelining.md`)", "How to read this"} {
		if !strings.Contains(text, says) {
			t.Errorf("the summary does not have %q:\n%s", says, text)
		}
	}
}
