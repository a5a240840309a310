package report

import (
	"fmt"
	"io"

	"redisduel/bench"
)

// ClaimsSummary writes the claims and their verdicts for a terminal of that many
// columns, as [Summary] does.
func ClaimsSummary(w io.Writer, l *bench.Ledger, width int) error {
	rows := [][]string{{"claim", "verdict"}}
	for _, c := range l.Claims {
		rows = append(rows, []string{plain(c.Says), plain(string(c.Verdict))})
	}
	if err := grids(w, fitted(rows, columns(width))); err != nil {
		return fmt.Errorf("report: write the claims: %w", err)
	}
	return nil
}
