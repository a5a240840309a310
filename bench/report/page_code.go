package report

import (
	"html"
	"regexp"
	"strings"

	"redisduel/bench"
)

const (
	// mostLines of each listing are shown, and so many runes of a line: the text
	// may come from anybody's file.
	mostLines = 200
	mostRunes = 200
	// mostColumns fit twice, side by side, into a page of GitHub's.
	mostColumns = 53
	// tab is what a tabulator becomes: viewers disagree on its width.
	tab = "  "
)

// docLink is a name in brackets, which Go's documentation makes a link of.
var docLink = regexp.MustCompile(`(^|[ (])\[([A-Za-z][\w.]*)\]`)

// functions shows the two sides' source, one beside the other, a twin a row.
func (p *page) functions() {
	c := p.duel.Code
	if c == nil {
		return
	}
	code := c.Pattern != "" || c.AntiPattern != ""
	if code {
		p.heading(2, "The two functions")
	} else {
		p.heading(2, "What the two sides differ in")
	}
	if c.Note != "" {
		p.para("%s", sentence(c.Note))
	}
	if code {
		p.sideBySide(c)
	}
}

// sideBySide writes a table of HTML, since a cell of a Markdown table holds one
// line. An empty line goes back to Markdown, and the next tag to HTML.
func (p *page) sideBySide(c *bench.Listing) {
	file := html.EscapeString(inline(c.File))
	p.para("%s", "<table>\n<tr>\n"+
		`<th width="50%">The pattern, <code>patterns/`+file+"</code></th>\n"+
		`<th width="50%">The anti-pattern, <code>antipatterns/`+file+"</code></th>\n</tr>")
	shown := bench.Listing{Pattern: cleaned(c.Pattern), AntiPattern: cleaned(c.AntiPattern)}
	for _, row := range shown.Rows() {
		p.cells(row, (*doc).said)
		p.cells(row, (*doc).declarations)
	}
	p.para("</table>")
	p.para("Both are read from the source that ran. White space is changed so that they fit side by side; the files say more of each.")
}

// cells writes a row of the table, or nothing if both cells would be empty.
func (p *page) cells(row bench.Row, write func(*doc, []bench.Declaration)) {
	var left, right doc
	write(&left, row.Pattern)
	write(&right, row.AntiPattern)
	if left.text.Len()+right.text.Len() == 0 {
		return
	}
	const cell = "<td valign=\"top\">"
	p.para("<tr>\n" + cell)
	p.text.Write(left.text.Bytes())
	p.para("</td>\n" + cell)
	p.text.Write(right.text.Bytes())
	p.para("</td>\n</tr>")
}

// said writes what the first of the declarations, which has a twin, says of
// itself. Each twin's words stand in a row above the code, for which the code
// of both begins at the same height.
func (d *doc) said(all []bench.Declaration) {
	if len(all) == 0 {
		return
	}
	for paragraph := range strings.SplitSeq(all[0].Comment, "\n//\n") {
		words := strings.Fields(strings.ReplaceAll("\n"+paragraph, "\n//", " "))
		text := markup(line(docLink.ReplaceAllString(strings.Join(words, " "), "$1$2"), mostLines*mostRunes))
		if text != "" {
			d.para("%s", strings.Replace(text, "What is wrong:", "**What is wrong:**", 1))
		}
	}
}

// declarations writes all of them but for the comment of the first.
func (d *doc) declarations(all []bench.Declaration) {
	var texts []string
	for i, one := range all {
		if i == 0 {
			one.Comment = ""
		}
		texts = append(texts, one.String())
	}
	if len(texts) > 0 {
		d.listing(wrapGo(strings.Join(texts, "\n\n"), mostColumns))
	}
}

// listing writes Go source between fences that nothing in it can close.
func (d *doc) listing(lines []string) {
	text := strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	d.para("%sgo\n%s\n%s", fence, text, fence)
}

// inline makes any text fit to stand between backticks.
func inline(s string) string { return strings.ReplaceAll(plain(s), "`", "'") }

// cleaned is any text as it can be shown, line by line, with its indentation.
func cleaned(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if len(lines) == mostLines {
			lines = append(lines, "…")
			break
		}
		lines = append(lines, codeLine(line))
	}
	return strings.Join(lines, "\n")
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
