package report

import "strings"

const (
	// mostLines of each listing are shown, and so many runes of a line: the text
	// may come from anybody's file.
	mostLines = 200
	mostRunes = 200
	// tab is what a tabulator becomes: viewers disagree on its width.
	tab = "    "
)

// functions shows the two sides' source, one below the other: a table of two
// columns would break lines or scroll sideways.
func (p *page) functions() {
	c := p.duel.Code
	if c == nil {
		return
	}
	if c.Pattern == "" && c.AntiPattern == "" {
		p.heading(2, "What the two sides differ in")
	} else {
		p.heading(2, "The two functions")
	}
	if c.Note != "" {
		p.para("%s", sentence(c.Note))
	}
	if c.Pattern != "" {
		p.para("The pattern, `patterns/%s`:", inline(c.File))
		p.listing(c.Pattern)
	}
	if c.AntiPattern != "" {
		p.para("The anti-pattern, `antipatterns/%s`:", inline(c.File))
		p.listing(c.AntiPattern)
	}
}

// inline makes any text fit to stand between backticks.
func inline(s string) string { return strings.ReplaceAll(plain(s), "`", "'") }

// listing writes Go source between fences that nothing in it can close.
func (d *doc) listing(text string) {
	lines := codeLines(text)
	fence := "```"
	for strings.Contains(strings.Join(lines, "\n"), fence) {
		fence += "`"
	}
	d.para("%sgo\n%s\n%s", fence, strings.Join(lines, "\n"), fence)
}

// codeLines are the lines of any text as they can be shown, with their
// indentation.
func codeLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if len(lines) == mostLines {
			return append(lines, "…")
		}
		lines = append(lines, codeLine(line))
	}
	return lines
}

func codeLine(text string) string {
	var b strings.Builder
	for i, r := range []rune(strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\t", tab)) {
		if i == mostRunes {
			b.WriteRune('…')
			break
		}
		b.WriteRune(visible(r))
	}
	return strings.TrimRight(b.String(), " ")
}
