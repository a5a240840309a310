package report

import (
	"fmt"
	"io"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// CompareSummary writes what changed from one run to another as a table of at
// most width columns, like that of [Summary], and below it what the reader
// should know before believing it.
func CompareSummary(w io.Writer, c *bench.RunComparison, width int) error {
	width = columns(width)
	if err := grids(w, fitted(changeRows(c), width)); err != nil {
		return wroteChanges(err)
	}
	for _, note := range changeNotes(c) {
		if err := paragraph(w, note, width); err != nil {
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

// changeRows is the table with its header.
func changeRows(c *bench.RunComparison) [][]string {
	rows := [][]string{{"what", "before → now", "times worse (95 % interval)", "verdict"}}
	for i := range c.Shifts {
		s := &c.Shifts[i]
		rows = append(rows, []string{
			fmt.Sprintf("%s, %s: %s", plain(s.Scenario), sideInWords(s.Side), plain(s.Metric)),
			withUnit(float64(s.Old), s.Unit) + " → " + withUnit(float64(s.New), s.Unit),
			changeEffect(s), changeVerdict(s),
		})
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

func changeVerdict(s *bench.Shift) string {
	switch threshold := percent(float64(s.Threshold)); {
	case s.Change.Beyond:
		return "worse by more than " + threshold
	case s.Change.Direction == stats.Worse:
		return "worse, not surely by " + threshold
	}
	return plain(string(s.Change.Direction))
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
