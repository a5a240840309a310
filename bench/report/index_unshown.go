package report

import (
	"redisduel/bench"
	"redisduel/bench/stats"
)

// unshown lists the metrics about which this host gave no answer, each with
// the reason. Finding no difference is an answer, and a duel without a result
// gives its reason in the table.
func unshown(d *doc, r *bench.Result) {
	var lines []string
	for i := range r.Duels {
		if duel := &r.Duels[i]; duel.Failed == "" {
			lines = append(lines, unanswered(duel)...)
		}
	}
	if len(lines) == 0 {
		return
	}
	d.heading(2, "What this host could not show, and why")
	d.list(lines)
}

// unanswered has a line for each of a duel's metrics without an answer. The
// duel's own comparison stands for the primary metric: it knows of a side that
// could not keep up.
func unanswered(d *bench.Duel) (lines []string) {
	add := func(metric string, c *stats.Comparison) {
		if !answers(c) {
			lines = append(lines, "["+d.Scenario+"]("+d.Scenario+".md), "+escape(metric)+": "+because(c))
		}
	}
	add(d.Primary.Name, &d.Comparison)
	for i := range d.Comparisons {
		if m := &d.Comparisons[i]; m.Metric != d.Primary.Name {
			add(m.Metric, &m.Comparison)
		}
	}
	return lines
}

// answers reports whether the comparison says who wins, or that nobody does.
func answers(c *stats.Comparison) bool {
	switch c.Verdict {
	case "", stats.Inconclusive, stats.Saturated, stats.NotDemonstrable:
		return false
	}
	return true
}

// because is the verdict with its reason.
func because(c *stats.Comparison) string {
	if c.Why == "" {
		return escape(verdict(c)) + "."
	}
	return escape(verdict(c)) + "; " + sentence(c.Why)
}

// leftOut lists the scenarios that were asked for and not run.
func leftOut(d *doc, r *bench.Result) {
	if len(r.Skipped) == 0 {
		return
	}
	d.heading(2, "What was left out, and why")
	lines := make([]string, len(r.Skipped))
	for i, s := range r.Skipped {
		lines[i] = escape(s.Scenario) + ": " + sentence(s.Why)
	}
	d.list(lines)
}
