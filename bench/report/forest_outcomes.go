package report

import (
	"image/color"
	"math"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	outcomeHeight  = vg.Length(50)
	outcomesHeight = vg.Length(46) // of the heading above the rows
	shortestArrow  = vg.Length(36)
)

// outcomes draws the duels that have no place on an axis of ratios, most of
// them because one side's value is 0, below that axis: the two values as text
// and an arrow to where the ratio would lie, without a length to be read.
func outcomes(c draw.Canvas, rows []*bench.Duel) {
	if len(rows) == 0 {
		return
	}
	left, right := c.Min.X+nameWidth, c.Max.X-ratioWidth
	top := c.Max.Y - 8
	c.StrokeLine2(draw.LineStyle{Color: rule, Width: 1.5}, c.Min.X, top, c.Max.X, top)
	heading := fit("No ratio: the values themselves, the anti-pattern's against the pattern's, and an arrow off the side of who is worse.",
		sans(smallSize, faint), c.Max.X-c.Min.X, 1)
	write(c, sans(smallSize, faint), vg.Point{X: c.Min.X, Y: top - 8}, heading)
	for i, d := range rows {
		at := c.Max.Y - outcomesHeight - (vg.Length(i)+0.5)*outcomeHeight
		outcome(c, d, at, left, right)
		words(c, d, at, right+14)
	}
}

// outcome draws the middle of a row.
func outcome(c draw.Canvas, d *bench.Duel, at, left, right vg.Length) {
	mark, style := markOf(rowVerdict(d)), bold(sans(labelSize, ink))
	values := fit(values(d), style, right-left-shortestArrow-12, 1)
	length := vg.Length(0)
	if len(values) > 0 {
		length = style.Width(values[0]) + 10
	}
	text := aligned(style, 0, -0.4)
	switch rowVerdict(d) {
	case stats.PatternWins:
		write(c, text, vg.Point{X: left, Y: at}, values)
		arrow(c, mark.Color, left+length, right, at)
	case stats.AntiPatternWins:
		write(c, text, vg.Point{X: right - length + 10, Y: at}, values)
		arrow(c, mark.Color, right-length, left, at)
	default:
		c.DrawGlyph(mark, vg.Point{X: left + mark.Radius, Y: at})
		write(c, text, vg.Point{X: left + 3*mark.Radius + 4, Y: at}, values)
	}
}

// arrow draws a line whose head is at to.
func arrow(c draw.Canvas, shade color.Color, from, to, at vg.Length) {
	back := vg.Length(math.Copysign(12, float64(to-from)))
	c.StrokeLine2(draw.LineStyle{Color: shade, Width: 3}, from, at, to-back/2, at)
	c.FillPolygon(shade, []vg.Point{{X: to, Y: at}, {X: to - back, Y: at + 7}, {X: to - back, Y: at - 7}})
}

// told reports whether the duel has a number to show.
func told(d *bench.Duel) bool { return d.Failed == "" && hasEffect(&d.Comparison) }

// values are the two sides' medians of the primary metric; empty where a
// number would be read as an answer that it is not.
func values(d *bench.Duel) string {
	if !told(d) {
		return ""
	}
	for i := range d.Comparisons {
		m := &d.Comparisons[i]
		pattern, knownPattern := m.Sides[bench.Pattern]
		anti, knownAnti := m.Sides[bench.AntiPattern]
		if m.Metric == d.Primary.Name && knownPattern && knownAnti {
			return amount(float64(anti), d.Primary.Unit) + " against " + amount(float64(pattern), d.Primary.Unit)
		}
	}
	return ""
}

// amount is a value with its unit; of nothing, one word.
func amount(v float64, unit string) string {
	if v == 0 {
		return "none"
	}
	return withUnit(v, unit)
}

// answer is a row's effect and what else there is to say of it. A difference
// has a unit, so that its interval needs a line of its own.
func answer(d *bench.Duel) (number, more string) {
	c := &d.Comparison
	switch {
	case d.Failed != "":
		return quantity.Missing, "no result"
	case c.Scale == stats.Difference && hasEffect(c):
		return quantity.Signed(float64(c.Effect.Estimate), plain(d.Primary.Unit)), "(" + band(c, c.Effect, d.Primary.Unit) + ") " + verdict(c)
	}
	return effect(c, d.Primary.Unit), verdict(c)
}

// rowVerdict is the duel's verdict; a duel that failed has none.
func rowVerdict(d *bench.Duel) stats.Verdict {
	if d.Failed != "" {
		return stats.Inconclusive
	}
	return d.Comparison.Verdict
}

// forestAlt says what the picture of all duels shows.
func forestAlt(duels []bench.Duel) string {
	ratios, others := apart(duels)
	text := "How many times worse each anti-pattern is than its pattern, with 95 % intervals"
	switch {
	case len(ratios) == 0:
		return "What each anti-pattern and its pattern measured: " + counted(len(others), "duel") + " without a ratio"
	case len(others) > 0:
		text += "; below, " + counted(len(others), "duel") + " without a ratio, with the values"
	}
	return text
}
