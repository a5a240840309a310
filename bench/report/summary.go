package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"redisduel/bench"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const (
	usualWidth = 80
	// narrowest is the width below which the table no longer shrinks.
	narrowest = 40
)

// Summary writes the final table for a terminal of that many columns: finding,
// ratio and verdict of each duel. A width of 0 means 80; below 40 the table
// stays at 40.
func Summary(w io.Writer, r *bench.Result, width int) error {
	width = columns(width)
	if r.Partial != "" {
		if err := paragraph(w, "PARTIAL: "+plain(r.Partial), width); err != nil {
			return fmt.Errorf("report: write the summary: %w", err)
		}
	}
	if len(r.Duels) == 0 {
		return paragraph(w, "No duel was begun.", width)
	}
	if err := grids(w, fitted(summaryRows(r), width)); err != nil {
		return fmt.Errorf("report: write the summary: %w", err)
	}
	return nil
}

// columns is the width that a table is made for.
func columns(width int) int { return max(cmp.Or(max(width, 0), usualWidth), narrowest) }

// paragraph writes a text in lines of at most width columns.
func paragraph(w io.Writer, text string, width int) error {
	_, err := fmt.Fprintln(w, strings.Join(wrapped(text, width), "\n"))
	return err
}

func summaryRows(r *bench.Result) [][]string {
	rows := [][]string{{"finding", "ratio (95 % interval)", "verdict"}}
	for i := range r.Duels {
		d := &r.Duels[i]
		if d.Failed != "" {
			rows = append(rows, []string{d.Scenario + ": " + plain(d.Failed), "–", "no result"})
			continue
		}
		rows = append(rows, []string{d.Scenario + ": " + finding(d), plain(effect(&d.Comparison, d.Primary.Unit)), verdict(&d.Comparison)})
	}
	return rows
}

// fitted wraps the cells so that the table is at most width columns wide. The
// first column, which holds sentences, gets twice as much as another that needs
// as much; no word is broken as long as there is a blank to break at.
func fitted(rows [][]string, width int) [][]string {
	limits := limits(rows, width-1-3*len(rows[0])) // a line at the left; a line and two spaces for each cell
	for _, row := range rows {
		for i := range row {
			row[i] = strings.Join(wrapped(row[i], limits[i]), "\n")
		}
	}
	return rows
}

// limits are the widths of the columns: what they need or, where that is more
// than there is, less of those that are widest.
func limits(rows [][]string, free int) []int {
	limits, words := make([]int, len(rows[0])), make([]int, len(rows[0]))
	sum := 0
	for i := range limits {
		limits[i], words[i] = widest(rows, i), longestWord(rows, i)
		sum += limits[i]
	}
	for ; sum > free; sum-- {
		limits[widestOf(limits, words)]--
	}
	return limits
}

// widestOf is the column that can best be narrowed by one: one that breaks no word,
// if there is such.
func widestOf(limits, words []int) (best int) {
	rank := func(i int) int {
		share := 2 * limits[i]
		if i == 0 {
			share = limits[i]
		}
		if limits[i] <= words[i] {
			return share
		}
		return share + 1<<30
	}
	for i := range limits {
		if rank(i) > rank(best) {
			best = i
		}
	}
	return best
}

// longestWord is the width of a column's longest word.
func longestWord(rows [][]string, column int) (n int) {
	for _, row := range rows {
		for _, word := range fields(row[column]) {
			n = max(n, twwidth.Width(word))
		}
	}
	return n
}

func widest(rows [][]string, column int) (n int) {
	for _, row := range rows {
		n = max(n, twwidth.Width(row[column]))
	}
	return n
}

func wrapped(s string, width int) []string {
	return wrap(s, float64(width), func(s string) float64 { return float64(twwidth.Width(s)) })
}

// grids writes the rows, the first of which is the header, in boxes.
func grids(w io.Writer, rows [][]string) error {
	table := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Symbols:  tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{Separators: tw.Separators{BetweenRows: tw.On}},
		})),
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
	)
	table.Header(rows[0])
	if err := table.Bulk(rows[1:]); err != nil {
		return err
	}
	return table.Render()
}
