package report

import (
	"strings"
	"testing"

	"redisduel/bench"
)

func TestTheTwoFunctionsAreShownInFull(t *testing.T) {
	r := first()
	r.Duels[0].Code = &bench.Listing{File: "x.go", Pattern: "func A() {\n\treturn\n}", AntiPattern: "func A() {}", Note: "The server differs too"}
	page := string(render(t, r).Get("pipelining.md"))
	for _, want := range []string{
		"## The two functions\n\nThe server differs too.\n\n",
		"The pattern, `patterns/x.go`:\n\n```go\nfunc A() {\n    return\n}\n```\n",
		"The anti-pattern, `antipatterns/x.go`:\n\n```go\nfunc A() {}\n```\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%.3000s", want, page)
		}
	}
}

func TestNoSourceEndsItsFence(t *testing.T) {
	for _, text := range append([]string{"a\n```\n# b", "````\n````", "\t~~~\n", strings.Repeat("x\n", 10_000)}, hostile...) {
		d := new(doc)
		d.listing(text)
		out, err := d.bytes()
		if err != nil {
			t.Fatal(err)
		}
		noControls(t, "listing", string(out))
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		fence := strings.TrimSuffix(lines[0], "go")
		if n := strings.Count(string(out), fence); n != 2 || lines[len(lines)-1] != fence || len(lines) > mostLines+3 {
			t.Errorf("%.50q: %d fences of %q in %d lines", text, n, fence, len(lines))
		}
	}
}

func TestSidesThatShareTheirCodeSayWhatTheyDifferIn(t *testing.T) {
	r := first()
	r.Duels[0].Code = &bench.Listing{Note: "One reads under LFU"}
	page := string(render(t, r).Get("pipelining.md"))
	if !strings.Contains(page, "## What the two sides differ in\n\nOne reads under LFU.\n") || strings.Contains(page, "two functions") {
		t.Errorf("the page reads:\n%.3000s", page)
	}
}

func TestWithoutSourceThereIsNoSection(t *testing.T) {
	if strings.Contains(string(theReport(t).Get("pipelining.md")), "The two functions") {
		t.Error("there is a section without source")
	}
}
