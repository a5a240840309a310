package report

import (
	"math"
	"strings"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// unshown lists the metrics about which this host gave no answer, by the verdict
// and with the reason. Finding no difference is an answer, and a duel without a
// result gives its reason in the table.
func unshown(d *doc, r *bench.Result) {
	groups := []struct {
		verdict stats.Verdict
		about   string
	}{
		{stats.Saturated, "**Saturated**: a side could not keep up with the load."},
		{stats.NotDemonstrable, "**Not demonstrable on this host**:"},
		{stats.Inconclusive, "**Inconclusive**: too noisy, or too few rounds. The pages have the intervals; more rounds or a quieter host narrow them."},
	}
	written := false
	for _, g := range groups {
		lines := unanswered(r, g.verdict)
		if len(lines) == 0 {
			continue
		}
		if !written {
			d.heading(2, "What this host could not show")
			written = true
		}
		d.para("%s", g.about)
		d.list(lines)
	}
}

// unanswered has a line for each duel with metrics of that verdict.
func unanswered(r *bench.Result, v stats.Verdict) (lines []string) {
	for i := range r.Duels {
		d := &r.Duels[i]
		if names, why := without(d, v); len(names) > 0 && d.Failed == "" {
			lines = append(lines, strings.TrimSpace(pageLink(d)+": "+strings.Join(names, ", ")+". "+upper(why)))
		}
	}
	return lines
}

// without names a duel's metrics of a verdict that is no answer. The duel's own
// comparison stands for the primary metric: it knows of a side that could not
// keep up. The reason is that of the last one; where the numbers of each are the
// reason there is none.
func without(d *bench.Duel, v stats.Verdict) (names []string, why string) {
	add := func(metric string, c *stats.Comparison) {
		if stats.Verdict(verdict(c)) == v {
			names = append(names, escape(metric))
			why = sentence(c.Why)
		}
	}
	add(d.Primary.Name, &d.Comparison)
	for i := range d.Comparisons {
		if m := &d.Comparisons[i]; m.Metric != d.Primary.Name && ofTwins(m) {
			add(m.Metric, &m.Comparison)
		}
	}
	if v == stats.Inconclusive {
		why = ""
	}
	return names, why
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

// ofTwins reports whether either twin has a number of the metric: one of a
// variant alone compares nothing.
func ofTwins(m *bench.MetricResult) bool {
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		if v, ok := m.Sides[side]; ok && !math.IsNaN(float64(v)) {
			return true
		}
	}
	return false
}
