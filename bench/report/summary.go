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
	width = max(cmp.Or(max(width, 0), usualWidth), narrowest)
	if r.Partial != "" {
		for _, line := range wrapped("PARTIAL: "+plain(r.Partial), width) {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return fmt.Errorf("report: write the summary: %w", err)
			}
		}
	}
	if err := grids(w, fitted(summaryRows(r), width)); err != nil {
		return fmt.Errorf("report: write the summary: %w", err)
	}
	return nil
}

func summaryRows(r *bench.Result) [][]string {
	rows := [][]string{{"finding", "ratio (95 % interval)", "verdict"}}
	for i := range r.Duels {
		d := &r.Duels[i]
		if d.Failed != "" {
			rows = append(rows, []string{d.Scenario + ": " + plain(d.Failed), "–", "no result"})
			continue
		}
		rows = append(rows, []string{finding(d), plain(effect(&d.Comparison, d.Primary.Unit)), verdict(&d.Comparison)})
	}
	return rows
}

// fitted wraps the cells so that the table is at most width columns wide: the
// finding gets what the other two leave, these at most a quarter each.
func fitted(rows [][]string, width int) [][]string {
	const frame = 10 // four lines and a space on both sides of each cell
	free := width - frame
	limits := [3]int{1: min(widest(rows, 1), free/4), 2: min(widest(rows, 2), free/4)}
	limits[0] = min(widest(rows, 0), free-limits[1]-limits[2])
	for _, row := range rows {
		for i := range row {
			row[i] = strings.Join(wrapped(row[i], limits[i]), "\n")
		}
	}
	return rows
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
