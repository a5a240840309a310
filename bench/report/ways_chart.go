package report

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	wayHeight  = vg.Length(46)
	wayName    = vg.Length(178)
	wayValue   = vg.Length(158)
	waysAxis   = vg.Length(48)
	longestWay = vg.Length(12) // that a median's bar reaches up and down
)

// A way is one row: a side's rounds, their median, and what was predicted.
type way struct {
	roundSide
	median, predicted float64 // NaN if there is none
	against           string  // the pattern, in words; empty for the twins
}

// drawWays draws the primary metric of the twins and, below them, of every
// third way. Without a third way that was measured there is no picture.
func drawWays(p *page) ([]byte, error) {
	ways := p.ways()
	if len(ways) == 0 || ways[len(ways)-1].against == "" || ways[0].name != bench.Pattern {
		return nil, nil
	}
	title := waysTitle(p.duel.Primary.Name, ways)
	subtitle := upper(plain(p.duel.Primary.Name)) + " of each side. Dots: the rounds. Bar: their median. Triangle above: predicted."
	rows := vg.Length(len(ways)) * wayHeight
	return paint(headHeight(title, subtitle)+rows+waysAxis, func(c draw.Canvas) {
		c = headed(c, title, subtitle)
		axes := waysPlot(p.duel, ways)
		area := draw.Crop(c, wayName, -wayValue, 0, 0)
		data := drawAxes(area, axes)
		for i := range ways {
			_, y := axes.Transforms(&data)
			ways[i].words(c, y(float64(-i)), area.Max.X+12, p.duel.Primary.Unit)
		}
	})
}

// ways are the sides that have a value, the control left out: it is the
// pattern again.
func (p *page) ways() (ways []way) {
	for _, s := range roundSides(p.duel, p.sides) {
		if s.name == bench.Control {
			continue
		}
		w := way{roundSide: s, median: p.median(p.duel.Primary.Name, s.name), predicted: math.NaN()}
		for _, x := range p.duel.Predictions {
			if x.Side == s.name && x.Metric == p.duel.Primary.Name && plottable(float64(x.Value)) {
				w.predicted = float64(x.Value)
				break // of several the first is the one for this load
			}
		}
		if s.name != bench.Pattern && s.name != bench.AntiPattern {
			w.against = against(p.duel, s.name)
		}
		ways = append(ways, w)
	}
	return ways
}

// How a third way compares with the pattern.
const (
	better    = "better than the pattern"
	worseWay  = "worse than the pattern"
	alike     = "no measurable difference"
	undecided = "inconclusive"
)

// against says in words how a third way compares with the pattern.
func against(d *bench.Duel, name string) string {
	if len(d.Comparisons) == 0 {
		return undecided
	}
	switch d.Comparisons[0].Variants[name].Verdict {
	case stats.AntiPatternWins:
		return better
	case stats.PatternWins:
		return worseWay
	case stats.NoDifference:
		return alike
	}
	return undecided
}

// waysTitle counts the third ways that are drawn by how they compare with the
// pattern.
func waysTitle(metric string, ways []way) string {
	count, n := map[string]int{}, 0
	for i := range ways {
		if ways[i].against != "" {
			count[ways[i].against]++
			n++
		}
	}
	var parts []string
	for _, c := range []struct{ how, words string }{
		{better, "%d better than the pattern"}, {alike, "%d without a measurable difference"}, {worseWay, "%d worse"}, {undecided, "%d inconclusive"},
	} {
		switch {
		case count[c.how] == n:
			return "By " + plain(metric) + ", " + allWays(n, c.how)
		case count[c.how] > 0:
			parts = append(parts, fmt.Sprintf(c.words, count[c.how]))
		}
	}
	return fmt.Sprintf("By %s, of %d third ways: %s", plain(metric), n, strings.Join(parts, ", "))
}

// allWays says that n third ways compare alike.
func allWays(n int, how string) string {
	subject, verb := fmt.Sprintf("all %d third ways", n), "are"
	switch n {
	case 1:
		subject, verb = "the third way", "is"
	case 2:
		subject = "both third ways"
	}
	if how == alike {
		how = "not measurably different from the pattern"
	}
	return subject + " " + verb + " " + how
}

// waysPlot has the values across and a row for each side.
func waysPlot(d *bench.Duel, ways []way) *plot.Plot {
	p := newPlot()
	low, high := math.Inf(1), math.Inf(-1)
	for i := range ways {
		from, to := rangeOf([]roundSide{ways[i].roundSide})
		low, high = min(low, from), max(high, to)
		if v := ways[i].predicted; v > 0 { // NaN is not
			low, high = min(low, v), max(high, v)
		}
	}
	valueAxis(&p.X, low, high, d.Primary.Unit)
	loosened(&p.X, chartWidth-2*margin-wayName-wayValue)
	p.X.Label.Text = legible(axisName(d.Primary, &p.X))
	p.Y.Min, p.Y.Max = 0.5-float64(len(ways)), 0.5
	p.HideY()
	grid(p)
	p.Add(waysPlotter(ways))
	return p
}

// A waysPlotter draws the rows from the top down.
type waysPlotter []way

// Plot implements plot.Plotter.
func (w waysPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	place := func(v float64) vg.Length { return x(min(max(v, p.X.Min), p.X.Max)) }
	for i := range w {
		at := y(float64(-i))
		c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.75}, c.Min.X, at, c.Max.X, at)
		if i > 0 && w[i].against != "" && w[i-1].against == "" { // where the third ways begin
			above := y(0.5 - float64(i))
			c.StrokeLine2(draw.LineStyle{Color: grey, Width: 1}, c.Min.X, above, c.Max.X, above)
		}
		edge := draw.GlyphStyle{Color: color.White, Radius: 6.25, Shape: w[i].look.marker}
		for _, v := range w[i].values { // each with an edge, so that neighbours stay apart
			c.DrawGlyph(edge, vg.Point{X: place(v.value), Y: at})
			mark(c, w[i].look, vg.Point{X: place(v.value), Y: at}, v.disturbed)
		}
		if m := w[i].median; quantity.Finite(m) {
			c.StrokeLine2(draw.LineStyle{Color: w[i].look.color, Width: 3}, place(m), at-longestWay, place(m), at+longestWay)
		}
		if v := w[i].predicted; v >= p.X.Min { // NaN is not
			pointer(c, vg.Point{X: place(v), Y: at + longestWay + 1})
		}
	}
}

// pointer draws a triangle that points down to at.
func pointer(c draw.Canvas, at vg.Point) {
	c.FillPolygon(ink, []vg.Point{at, {X: at.X - 4.5, Y: at.Y + 8}, {X: at.X + 4.5, Y: at.Y + 8}})
}

// words writes the side's name on the left, and the median and what to say of
// it on the right.
func (w *way) words(c draw.Canvas, at, right vg.Length, unit string) {
	name := bold(sans(labelSize, w.look.color))
	lines := fit(label(w.name), name, wayName-14, 2)
	write(c, name, vg.Point{X: c.Min.X, Y: at + 9*vg.Length(len(lines))}, lines)
	more := w.against
	if quantity.Finite(w.predicted) {
		more = strings.TrimPrefix(more+"; predicted "+withUnit(w.predicted, unit), "; ")
	}
	pair(c, vg.Point{X: right, Y: at}, wayValue-14, withUnit(w.median, unit), more, w.look.color)
}
