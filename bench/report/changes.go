package report

import (
	"fmt"
	"io"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// CompareSummary writes what changed from one run to another as a table of at
// most about width columns, below it what the reader should know before he
// believes it.
func CompareSummary(w io.Writer, c *bench.RunComparison, width int) error {
	if len(c.Shifts) == 0 {
		_, err := fmt.Fprintln(w, "The two runs have no scenario in common: there is nothing to compare.")
		return wroteChanges(err)
	}
	if err := grids(w, changeRows(c, max(width/4, 16))); err != nil {
		return wroteChanges(err)
	}
	for _, line := range changeNotes(c) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return wroteChanges(err)
		}
	}
	return nil
}

func wroteChanges(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("report: write the comparison: %w", err)
}

// changeRows is the table with its header; cells are wrapped at a width.
func changeRows(c *bench.RunComparison, width int) [][]string {
	rows := [][]string{{"what", "before → now", "times worse (95 % interval)", "verdict"}}
	for i := range c.Shifts {
		s := &c.Shifts[i]
		row := []string{
			fmt.Sprintf("%s, %s: %s", plain(s.Scenario), sideInWords(s.Side), plain(s.Metric)),
			withUnit(float64(s.Old), s.Unit) + " → " + withUnit(float64(s.New), s.Unit),
			changeEffect(s), changeVerdict(&s.Change, c.Threshold),
		}
		for j := range row {
			row[j] = strings.Join(wrapped(row[j], width), "\n")
		}
		rows = append(rows, row)
	}
	return rows
}

func sideInWords(side string) string {
	if side == bench.AntiPattern {
		return "anti-pattern"
	}
	return plain(side)
}

// changeEffect is the effect with its interval, like that of a duel.
func changeEffect(s *bench.Shift) string {
	like := stats.Comparison{Scale: s.Change.Scale, Effect: s.Change.Effect, Rounds: min(s.Change.Old, s.Change.New)}
	return effect(&like, s.Unit)
}

func changeVerdict(c *stats.Change, threshold float64) string {
	switch {
	case c.Beyond:
		return fmt.Sprintf("worse by more than %s", percent(threshold))
	case c.Direction == stats.Worse:
		return fmt.Sprintf("worse, not surely by %s", percent(threshold))
	}
	return plain(string(c.Direction))
}

func percent(share float64) string { return quantity.Number(100*share) + "%" }

// changeNotes are the reasons of what is inconclusive, the scenarios that only
// one run has, and the differences of the environments.
func changeNotes(c *bench.RunComparison) (notes []string) {
	for i := range c.Shifts {
		if s := &c.Shifts[i]; s.Change.Direction == stats.Unclear {
			notes = append(notes, fmt.Sprintf("%s, %s, %s is inconclusive: %s.", plain(s.Scenario), sideInWords(s.Side), plain(s.Metric), plain(s.Change.Why)))
		}
	}
	for _, d := range c.OnlyOne {
		when := "before"
		if d.New == "yes" {
			when = "now"
		}
		notes = append(notes, fmt.Sprintf("%s was measured only %s and is left out.", plain(d.Scenario), when))
	}
	for _, d := range c.Differences {
		notes = append(notes, "The environments differ: "+plain(d.String())+".")
	}
	return notes
}
