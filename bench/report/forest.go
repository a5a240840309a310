package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	rowHeight  = vg.Length(54)
	nameWidth  = vg.Length(170)
	ratioWidth = vg.Length(178)
	axisHeight = vg.Length(64)
)

// forest draws one row for each duel: those that have a ratio with its point,
// its interval and its A/A band, the others below them. Without a number of
// any duel there is no picture.
func forest(duels []bench.Duel) ([]byte, error) {
	ratios, others := apart(duels)
	if len(ratios) == 0 && !slices.ContainsFunc(others, told) {
		return nil, nil
	}
	title, subtitle := forestTitle(slices.Concat(ratios, others)), ""
	height := headHeight(title, subtitle)
	if len(ratios) > 0 {
		subtitle = "Point and bar: ratio and its 95 % interval over the rounds. Grey box: A/A band, the pattern against itself."
		height = headHeight(title, subtitle) + vg.Length(len(ratios))*rowHeight + axisHeight
	}
	below := vg.Length(0)
	if len(others) > 0 {
		below = outcomesHeight + vg.Length(len(others))*outcomeHeight
	}
	return paint(height+below, func(c draw.Canvas) {
		c = headed(c, title, subtitle)
		if len(ratios) > 0 {
			ratioRows(draw.Crop(c, 0, 0, below, 0), ratios)
		}
		c.Max.Y = c.Min.Y + below
		outcomes(c, others)
	})
}

// apart divides the duels into those with a place on the axis and the others.
func apart(duels []bench.Duel) (ratios, others []*bench.Duel) {
	for i := range duels {
		if drawable(&duels[i]) {
			ratios = append(ratios, &duels[i])
		} else {
			others = append(others, &duels[i])
		}
	}
	return ratios, others
}

// ratioRows draws the rows that share the axis of ratios.
func ratioRows(c draw.Canvas, rows []*bench.Duel) {
	p := forestPlot(rows)
	area := draw.Crop(c, nameWidth, -ratioWidth, 42, 0)
	p.Draw(area)
	data := p.DataCanvas(area)
	for i, d := range rows {
		_, y := p.Transforms(&data)
		words(c, d, y(float64(-i)), area.Max.X+14)
	}
	directions(c, data)
}

// forestTitle says who won, of all duels.
func forestTitle(rows []*bench.Duel) string {
	if len(rows) == 1 {
		return finding(rows[0])
	}
	won := map[stats.Verdict]int{}
	for _, d := range rows {
		if d.Failed == "" {
			won[d.Comparison.Verdict]++
		}
	}
	title := fmt.Sprintf("The pattern wins %d of %d duels", won[stats.PatternWins], len(rows))
	if n := won[stats.AntiPatternWins]; n > 0 {
		title += fmt.Sprintf(", the anti-pattern %d", n)
	}
	return title
}

func forestPlot(rows []*bench.Duel) *plot.Plot {
	p := newPlot()
	low, high := ratios(rows)
	p.X.Min, p.X.Max, p.X.Scale = low, high, plot.LogScale{}
	p.X.Tick.Marker = logTicks(low, high, ratioTick)
	p.Y.Min, p.Y.Max = 0.5-float64(len(rows)), 0.5
	p.HideY()
	grid(p)
	p.Add(forestRows(rows))
	return p
}

// ratioTick is a label of the axis: 0.1×, 20×, 1e6×.
func ratioTick(v float64) string {
	if v >= 1e5 || v < 1e-3 {
		return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(strconv.FormatFloat(v, 'e', 0, 64)) + "×"
	}
	return bound(v) + "×"
}

// ratios is the range of the axis, with 1 and some room on its both sides.
func ratios(rows []*bench.Duel) (low, high float64) {
	low, high = 0.9, 1.1
	for _, d := range rows {
		for _, i := range []stats.Interval{d.Comparison.Effect, d.Comparison.Noise} {
			if from, to, ok := ends(i); ok {
				low, high = min(low, from), max(high, to)
			}
		}
		estimate := float64(d.Comparison.Effect.Estimate)
		low, high = min(low, estimate), max(high, estimate)
	}
	room := math.Pow(high/low, 0.06)
	return low / room, high * room
}

// forestRows draws the duels from the top down.
type forestRows []*bench.Duel

// Plot implements plot.Plotter.
func (f forestRows) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, d := range f {
		at := y(float64(-i))
		if low, high, ok := ends(d.Comparison.Noise); ok {
			box(c, x(low), x(high), at, 15)
		}
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.25}, x(1), c.Min.Y, x(1), c.Max.Y)
	for i, d := range f {
		at, mark := y(float64(-i)), markOf(d.Comparison.Verdict)
		if low, high, ok := ends(d.Comparison.Effect); ok {
			bar := draw.LineStyle{Color: mark.Color, Width: 3}
			c.StrokeLine2(bar, x(low), at, x(high), at)
			if x(high)-x(low) > 2*mark.Radius { // else the point covers the bar
				c.StrokeLine2(bar, x(low), at-7, x(low), at+7)
				c.StrokeLine2(bar, x(high), at-7, x(high), at+7)
			}
		}
		c.DrawGlyph(mark, vg.Point{X: x(float64(d.Comparison.Effect.Estimate)), Y: at})
	}
}

// ends returns an interval, cut to what the axis can hold.
func ends(i stats.Interval) (low, high float64, ok bool) {
	low, high = float64(i.Low), float64(i.High)
	ok = quantity.Finite(low) && quantity.Finite(high) && high >= low && high > 0
	return min(max(low, 1/utmost), utmost), min(max(high, 1/utmost), utmost), ok
}

// box fills an A/A band, at least two points wide so that it can be seen.
func box(c draw.Canvas, left, right, at, half vg.Length) {
	if right-left < 2 {
		middle := (left + right) / 2
		left, right = middle-1, middle+1
	}
	c.FillPolygon(color.NRGBA{0xbb, 0xbb, 0xbb, 0xff}, []vg.Point{
		{X: left, Y: at - half}, {X: right, Y: at - half}, {X: right, Y: at + half}, {X: left, Y: at + half},
	})
}

// markOf is how a verdict looks: the winner's colour and marker.
func markOf(v stats.Verdict) draw.GlyphStyle {
	switch v {
	case stats.PatternWins:
		return lookOf(bench.Pattern, 0).glyph(5.5)
	case stats.AntiPatternWins:
		return lookOf(bench.AntiPattern, 1).glyph(5.5)
	}
	return draw.GlyphStyle{Color: faint, Radius: 5.5, Shape: hollow{}}
}

// words writes a row's texts: the duel and its metric on the left, the effect
// and the verdict on the right.
func words(c draw.Canvas, d *bench.Duel, at, right vg.Length) {
	pair(c, vg.Point{X: c.Min.X, Y: at}, nameWidth-12, d.Scenario, d.Primary.Name, ink)
	number, outcome := answer(d)
	pair(c, vg.Point{X: right, Y: at}, ratioWidth-14, number, outcome, markOf(rowVerdict(d)).Color)
}

// pair writes a bold line and one or two small ones around a height.
func pair(c draw.Canvas, at vg.Point, width vg.Length, first, second string, shade color.Color) {
	style, small := bold(sans(labelSize, shade)), sans(smallSize, faint)
	if style.Width(legible(first)) > width {
		style.Font.Size = smallSize
	}
	below := fit(second, small, width, 2)
	at.Y += 10 + 7*vg.Length(len(below))
	at.Y -= write(c, style, at, fit(first, style, width, 1))
	write(c, small, at, below)
}

// directions names the axis and what its two ends mean.
func directions(c, data draw.Canvas) {
	y := c.Min.Y + 4
	small, middle := sans(smallSize, faint), sans(labelSize, ink)
	c.FillText(aligned(middle, -0.5, 0), vg.Point{X: data.Center().X, Y: y}, "times worse (log scale)")
	y += 20
	c.FillText(aligned(small, 0, 0), vg.Point{X: data.Min.X, Y: y}, "← anti-pattern better")
	c.FillText(aligned(small, -1, 0), vg.Point{X: data.Max.X, Y: y}, "anti-pattern worse →")
}
