package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"redisduel/bench"
)

// ClaimsSummary writes the claims and their verdicts for a terminal of that many
// columns, as [Summary] does.
func ClaimsSummary(w io.Writer, l *bench.Ledger, width int) error {
	width = max(cmp.Or(max(width, 0), usualWidth), narrowest)
	rows := [][]string{{"claim", "verdict"}}
	for _, c := range l.Claims {
		rows = append(rows, []string{plain(c.Says), plain(string(c.Verdict))})
	}
	frame, verdicts := 7, min(len(bench.Corrected), width/3)
	for _, row := range rows {
		row[0] = strings.Join(wrapped(row[0], width-frame-verdicts), "\n")
		row[1] = strings.Join(wrapped(row[1], verdicts), "\n")
	}
	if err := grids(w, rows); err != nil {
		return fmt.Errorf("report: write the claims: %w", err)
	}
	return nil
}
