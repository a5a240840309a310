package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// A doc is a Markdown document in the making. Its methods write what they are
// given: text from outside is escaped by the caller.
type doc struct {
	text  bytes.Buffer
	notes []footnote
	err   error // of the first table that failed
}

func (d *doc) heading(level int, text string) {
	d.para("%s %s", strings.Repeat("#", level), text)
}

// para writes a paragraph, with an empty line after it.
func (d *doc) para(format string, args ...any) {
	fmt.Fprintf(&d.text, format+"\n\n", args...)
}

// list writes one item a line.
func (d *doc) list(items []string) {
	for _, item := range items {
		d.text.WriteString("- " + item + "\n")
	}
	if len(items) > 0 {
		d.text.WriteString("\n")
	}
}

// code writes a line of preformatted text. Indented, only a line feed could
// end it.
func (d *doc) code(text string) { d.para("    %s", line(text, len(text))) }

// table writes a table. align has an l or an r for each column, left or
// right; columns beyond it hold numbers and are aligned right.
func (d *doc) table(align string, header []string, rows [][]string) {
	aligned := make([]tw.Align, len(header))
	for i := range aligned {
		aligned[i] = tw.AlignRight
		if i < len(align) && align[i] == 'l' {
			aligned[i] = tw.AlignLeft
		}
	}
	table := tablewriter.NewTable(&d.text,
		tablewriter.WithRenderer(renderer.NewMarkdown()),
		tablewriter.WithEastAsian(tw.Off), // else the widths follow the locale
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: aligned}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: aligned}),
	)
	table.Header(header)
	if err := table.Bulk(rows); err != nil && d.err == nil {
		d.err = err
	}
	if err := table.Render(); err != nil && d.err == nil {
		d.err = err
	}
	d.text.WriteString("\n")
}

// bytes ends the document with the footnotes that are still to be written.
func (d *doc) bytes() ([]byte, error) {
	if len(d.notes) > 0 {
		d.para("---")
	}
	d.footnotes()
	return append(bytes.TrimRight(d.text.Bytes(), "\n"), '\n'), d.err
}

// footnotes writes those that the text so far refers to.
func (d *doc) footnotes() {
	for i, note := range d.notes {
		d.para("%s %s", superscript(i+1), sentence(note.merged()))
	}
	d.notes = nil
}

var superscripts = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴",
	"5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

func superscript(n int) string { return superscripts.Replace(fmt.Sprint(n)) }
