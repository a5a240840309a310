package report

import (
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// hasEffect reports whether a comparison holds a number to be shown. Without
// a round there is none; and where one side was saturated, or the host cannot
// show the difference, a number would be read as the answer that it is not.
func hasEffect(c *stats.Comparison) bool {
	switch {
	case c.Rounds == 0, !quantity.Finite(float64(c.Effect.Estimate)),
		c.Verdict == stats.Saturated, c.Verdict == stats.NotDemonstrable:
		return false
	}
	return c.Scale == stats.Difference || c.Effect.Estimate > 0
}

// effect formats an effect with its interval: "4.1× (3.9–4.3)" or
// "+12 B (+11 B to +13 B)".
func effect(c *stats.Comparison, unit string) string {
	if !hasEffect(c) {
		return quantity.Missing
	}
	if c.Scale == stats.Difference {
		return quantity.Signed(float64(c.Effect.Estimate), plain(unit)) + " (" + band(c, c.Effect, unit) + ")"
	}
	return quantity.Ratio(float64(c.Effect.Estimate)) + " (" + band(c, c.Effect, unit) + ")"
}

// band formats the ends of an interval on the comparison's scale.
func band(c *stats.Comparison, i stats.Interval, unit string) string {
	low, high := float64(i.Low), float64(i.High)
	switch {
	case !hasEffect(c), !quantity.Finite(low), !quantity.Finite(high):
		return quantity.Missing
	case c.Scale == stats.Difference:
		if unit != "ns" && unit != "B" {
			unit = "" // it stands beside the estimate
		}
		return quantity.Signed(low, plain(unit)) + " to " + quantity.Signed(high, plain(unit))
	}
	return ratioBand(low, high)
}

// ratioBand is an interval of ratios: "3.9–4.3". Where it reaches further than any
// ratio that is of interest, it says no more than that it does.
func ratioBand(low, high float64) string {
	const least, most = 1e-3, 1e5
	from, to, between := quantity.Times(low), quantity.Times(high), "–"
	if low < least {
		from, between = "below "+quantity.Times(least), " to "
	}
	if high > most {
		to, between = "above "+quantity.Times(most), " to "
	}
	return from + between + to
}

// verdict is the verdict in words; a duel without one is inconclusive.
func verdict(c *stats.Comparison) string {
	if c.Verdict == "" {
		return string(stats.Inconclusive)
	}
	return plain(string(c.Verdict))
}

// finding is the duel in one sentence, which also serves as a title and so
// ends without a full stop.
func finding(d *bench.Duel) string {
	switch {
	case d.Failed != "":
		return "No result for " + plain(d.Title)
	case d.Finding == "":
		return plain(d.Title)
	}
	return strings.TrimSuffix(plain(d.Finding), ".")
}

// The forest plot's axis reaches at most this far from 1.
const utmost = 1e9

// drawable reports whether the forest plot's axis has a place for the duel:
// only ratios do.
func drawable(d *bench.Duel) bool {
	if d.Failed != "" || d.Comparison.Scale == stats.Difference || !hasEffect(&d.Comparison) {
		return false
	}
	estimate := float64(d.Comparison.Effect.Estimate)
	return estimate > 1/utmost && estimate < utmost
}
