package report

import (
	"strings"
	"testing"

	"redisduel/bench"
)

func TestTheTwoFunctionsStandSideBySide(t *testing.T) {
	r := first()
	r.Duels[0].Code = &bench.Listing{
		File:        "x.go",
		Pattern:     "// A does it <well>, or [ErrA] (see KEYS[1]).\nfunc A() {\n\treturn b()\n}\n\n// b helps.\nfunc b() {}\n\nfunc C() {}",
		AntiPattern: "// A does it.\n//\n// What is wrong: all\n// of it.\nfunc A() {}\n\nfunc C() { _ = 1 }",
		Note:        "The server differs too",
	}
	page := string(render(t, r).Get("pipelining.md"))
	want := `## The two functions

The server differs too.

<table>
<tr>
<th width="50%">The pattern, <code>patterns/x.go</code></th>
<th width="50%">The anti-pattern, <code>antipatterns/x.go</code></th>
</tr>

<tr>
<td valign="top">

A does it &lt;well&gt;, or ErrA (see KEYS\[1\]).

</td>
<td valign="top">

A does it.

**What is wrong:** all of it.

</td>
</tr>

<tr>
<td valign="top">

~~~go
func A() {
  return b()
}

// b helps.
func b() {}
~~~

</td>
<td valign="top">

~~~go
func A() {}
~~~

</td>
</tr>

<tr>
<td valign="top">

~~~go
func C() {}
~~~

</td>
<td valign="top">

~~~go
func C() { _ = 1 }
~~~

</td>
</tr>

</table>
`
	if want = strings.ReplaceAll(want, "~~~", "```"); !strings.Contains(page, want) {
		t.Errorf("the page lacks %s\nit reads:\n%.3000s", want, page)
	}
}

func TestNoSourceEndsItsFenceOrItsTable(t *testing.T) {
	for _, text := range append([]string{"a\n```\n# b", "````\n````", "\t~~~\n", strings.Repeat("x\n", 10_000), "</td></table>", "func A() {}\n\n</table>", "// </td>\nfunc A() {}"}, hostile...) {
		p := new(page)
		p.sideBySide(&bench.Listing{File: text, Pattern: text, AntiPattern: text})
		out, err := p.bytes()
		if err != nil {
			t.Fatal(err)
		}
		noControls(t, "listing", string(out))
		markup, listings := unfenced(t, string(out))
		for _, tag := range []string{"table", "tr", "td", "th", "code"} {
			if opened, closed := strings.Count(markup, "<"+tag), strings.Count(markup, "</"+tag+">"); opened != closed || tag == "table" && opened != 1 {
				t.Errorf("%.50q: %d <%s and %d </%s in\n%.2000s", text, opened, tag, closed, tag, markup)
			}
		}
		for _, l := range listings {
			if lines := strings.Count(l, "\n"); lines > mostLines+1 {
				t.Errorf("%.50q: %d lines are listed", text, lines)
			}
		}
	}
}

// unfenced splits a page as a reader of Markdown does: what is outside of
// fences, and what is in each.
func unfenced(t *testing.T, page string) (markup string, listings []string) {
	t.Helper()
	fence := ""
	for line := range strings.Lines(page) {
		bare := strings.TrimSuffix(line, "\n")
		switch {
		case fence == "" && strings.HasPrefix(bare, "```"):
			fence = strings.TrimSuffix(bare, "go")
			listings = append(listings, "")
		case fence != "" && strings.HasPrefix(bare, fence) && strings.Trim(bare, "`") == "":
			fence = ""
		case fence != "":
			listings[len(listings)-1] += line
		default:
			markup += line
		}
	}
	if fence != "" {
		t.Errorf("a fence is open at the end of\n%.1000s", page)
	}
	return markup, listings
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
