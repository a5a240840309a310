package report

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/stats"
)

// hostile holds what a server, a host or a file might say.
var hostile = []string{
	"a|b||c", "`code`", "<script>alert(1)</script>", "line\nfeed\r\n| x | y |", "\x1b[31mred\x1b[0m", "\xff\xfe",
	"[x](http://example.com) ![y](z)", "**bold** _em_ ~~s~~", `back\slash\|`, "&amp;", strings.Repeat("long ", 2000),
	"\u202eright to left", "tab\tand\x00nul", "日本語 🚀", "\\", "",
}

// megabyte is a long one.
var megabyte = strings.Repeat("|`<\x1b", 1<<18)

func TestTextIsShownAsItIs(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"plain text, 4.1× (3.9–4.3)", "plain text, 4.1× (3.9–4.3)"},
		{"a|b", `a\|b`},
		{"two\nlines", "two lines"},
		{"<b>&", "&lt;b&gt;&amp;"},
		{"client_output_buffer", "client_output_buffer"},
		{"_em_", `\_em\_`},
		{"\x1b[1m", "\uFFFD\\[1m"},
		{"\xff", "\uFFFD"},
		{`a\`, `a\\`},
	} {
		if got := escape(test.in); got != test.want {
			t.Errorf("escape(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestHostileTextBreaksNoPage(t *testing.T) {
	for _, text := range append(slices.Clone(hostile), megabyte) {
		r := first()
		poison(r, text)
		sane(t, indexPath, indexOf(t, r))
		sides, err := sidesOf(&r.Duels[0])
		if err != nil {
			t.Fatal(err)
		}
		p := &page{result: r, duel: &r.Duels[0], sides: sides}
		page, err := p.render()
		if err != nil {
			t.Fatal(err)
		}
		sane(t, "page", string(page))
		if len(page) > 1<<18 { // no text is shown at any length
			t.Errorf("%.20q makes a page of %d bytes", text, len(page))
		}
		var summary strings.Builder
		if err := Summary(&summary, r, 80); err != nil {
			t.Fatal(err)
		}
		noControls(t, "summary", summary.String())
	}
}

func TestHostileTextBreaksNoPicture(t *testing.T) {
	r := first()
	poison(r, strings.Join(hostile, " "))
	for _, f := range render(t, r) {
		if strings.HasSuffix(f.Path, ".png") {
			pixels(t, f.Data)
		}
	}
}

// poison puts text into every field that may hold any.
func poison(r *bench.Result, text string) {
	r.Skipped = []bench.Skipped{{Scenario: text, Why: text}}
	d := &r.Duels[0]
	for _, field := range []*string{
		&r.Version, &r.RunID, &r.Partial, &r.Host.OS, &r.Host.Arch, &r.Host.Kernel, &r.Host.CPU, &r.Host.Go, &r.Host.Clock,
		&d.Title, &d.Claim, &d.Primary.Name, &d.Primary.Unit, &d.Server.Software, &d.Server.Version, &d.Server.Mode,
		&d.Partial, &d.Finding, &d.Comparison.Why, (*string)(&d.Comparison.Verdict), (*string)(&d.Load.Mode),
	} {
		*field = text
	}
	r.Args, d.Doubts = []string{"run", text}, []string{text}
	d.Metrics[0] = d.Primary
	d.Also = []string{text}
	d.Code = &bench.Listing{File: text, Pattern: text, AntiPattern: text, Note: text}
	d.Calibrations = []bench.Calibration{{Side: text, Share: 0.5, Why: text}, {Side: bench.Pattern, Why: text}}
	d.Server.Settings = map[string]string{text: text}
	d.Predictions = []bench.Prediction{{Side: text, Metric: text, Formula: text}}
	d.Checks = []bench.CheckResult{{Name: text, Side: text}}
	d.Comparisons[0].Metric = text
	for i := range d.Trials {
		t := &d.Trials[i]
		t.Load.Errors = map[string]int64{text: 1}
		t.Evidence.Commands = map[string]evidence.Command{text: {Calls: 1, Time: 1}}
		t.Values = map[string]stats.Float{text: 1}
		if t.Side == "mget" && text != "" {
			t.Side = text
		}
	}
	d.Trials[0].Outcome, d.Trials[0].Why = bench.Outcome(text), text
}

// sane checks that a page has no control characters and that the rows of each
// table have as many cells as its header.
func sane(t *testing.T, name, text string) {
	t.Helper()
	noControls(t, name, text)
	cells := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := pipes(line)
		if cells != 0 && n != cells {
			t.Errorf("%s: a row has %d bars and its header %d: %.200q", name, n, cells, line)
		}
		cells = n
	}
}

// pipes counts the bars that separate cells.
func pipes(line string) (n int) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			n++
		}
	}
	return n
}

func noControls(t *testing.T, name, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not valid UTF-8", name)
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); i >= 0 {
		t.Errorf("%s holds an invisible character: %q", name, text[i:min(i+20, len(text))])
	}
}

func FuzzAnyTextStaysInItsCell(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, "next")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		d := new(doc)
		d.table("ll", []string{"head", escape(a)}, [][]string{{escape(a), escape(b)}, {escape(b), "x"}})
		text, err := d.bytes()
		if err != nil {
			t.Fatal(err)
		}
		sane(t, "table", string(text))
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != 4 || pipes(lines[0]) != 3 {
			t.Errorf("%q and %q made %d lines of %d bars:\n%s", a, b, len(lines), pipes(lines[0]), text)
		}
		if !strings.Contains(lines[2], escape(a)) || !strings.Contains(lines[3], escape(b)) {
			t.Errorf("%q or %q was changed by the table:\n%s", a, b, text)
		}
	})
}
