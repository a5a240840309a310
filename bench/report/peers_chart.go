package report

import (
	"image/color"
	"math"

	"redisduel/bench/peers"
	"redisduel/bench/stats"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	targetHeight  = vg.Length(25) // of its first line, with a gap
	belowHeight   = vg.Length(15) // of each line below that
	sectionHeight = vg.Length(30)
	targetName    = vg.Length(290)
	targetWidth   = vg.Length(190) // of the numbers on the right
	// farthest is the end of the axis: beyond, a target is missed by so much that
	// its number says it.
	farthest = 3.0
)

// A targetRow is a target at its height, or a section's title.
type targetRow struct {
	*target
	title string
	about []string  // lines below its first
	at    vg.Length // of its middle, below the top
}

// drawTargets draws how much of what each target allows was used: at 1 a target
// is just met. Without a target there is no picture.
func drawTargets(r *peers.Result) ([]byte, error) {
	all := targetsOf(r)
	if len(all) == 0 {
		return nil, nil
	}
	rows, height := targetRows(all)
	title := targetsTitle(all)
	subtitle := "Point and bar: how much of what the target allows was used, with its 95 % interval over the rounds. Left of 1 the target is met."
	return paint(headHeight(title, subtitle)+height+axisHeight, func(c draw.Canvas) {
		c = headed(c, title, subtitle)
		p := newPlot()
		p.X.Min, p.X.Max = 0, farthest
		p.X.Tick.Marker = ticks{{Value: 0, Label: "0"}, {Value: 1, Label: "1"}, {Value: 2, Label: "2"}, {Value: 3, Label: "3"}}
		p.Y.Min, p.Y.Max = 0, 1
		p.HideY()
		grid(p)
		area := draw.Crop(c, targetName, -targetWidth, 42, 0)
		p.Draw(area)
		data := p.DataCanvas(area)
		x, _ := p.Transforms(&data)
		data.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.25}, x(1), data.Min.Y, x(1), data.Max.Y)
		for _, row := range rows {
			row.draw(c, data, x)
		}
		bothWays(c, data)
	})
}

// targetRows places the targets below the titles of their sections.
func targetRows(all []target) (rows []targetRow, height vg.Length) {
	for i := range all {
		if i == 0 || all[i].section != all[i-1].section {
			rows = append(rows, targetRow{title: all[i].section, at: height + sectionHeight*0.65})
			height += sectionHeight
		}
		about := fit(all[i].held(), sans(smallSize, faint), targetName-14, 2)
		takes := targetHeight + belowHeight*vg.Length(len(about))
		rows = append(rows, targetRow{target: &all[i], about: about, at: height + takes/2})
		height += takes
	}
	return rows, height
}

func (r targetRow) draw(c, data draw.Canvas, x func(float64) vg.Length) {
	at := c.Max.Y - r.at
	if r.target == nil {
		c.StrokeLine2(draw.LineStyle{Color: rule, Width: 1.5}, c.Min.X, at-12, c.Max.X, at-12)
		c.FillText(aligned(bold(sans(labelSize, ink)), 0, -0.5), vg.Point{X: c.Min.X, Y: at}, legible(r.title))
		return
	}
	mark := markOfTarget(r.verdict)
	used, low, high := usage(r.comparison, r.effect)
	if !math.IsNaN(low) && !math.IsNaN(high) {
		data.StrokeLine2(draw.LineStyle{Color: mark.Color, Width: 3}, x(min(low, farthest)), at, x(min(high, farthest)), at)
	}
	if !math.IsNaN(used) {
		data.DrawGlyph(mark, vg.Point{X: x(min(used, farthest)), Y: at})
	}
	lines(c, vg.Point{X: c.Min.X, Y: at}, targetName-14, r.measure.What, r.about, ink)
	bounds := []string{legible(targetOf(r.comparison, r.measure.Unit) + ": " + string(r.verdict))}
	lines(c, vg.Point{X: data.Max.X + 14, Y: at}, targetWidth-14, peersEffect(r.effect, r.comparison, r.measure.Unit), bounds, mark.Color)
}

// held is what is held against what.
func (t *target) held() string {
	if against := t.against(); against != "" {
		return t.comparison.Of + ", against " + against
	}
	return t.comparison.Of
}

// lines writes a line and fainter ones below it around a height.
func lines(c draw.Canvas, at vg.Point, width vg.Length, first string, below []string, shade color.Color) {
	style := bold(sans(smallSize, shade))
	at.Y += belowHeight * vg.Length(1+len(below)) / 2
	at.Y -= write(c, style, at, fit(first, style, width, 1))
	write(c, sans(smallSize, faint), at, below)
}

// markOfTarget is how a verdict looks.
func markOfTarget(v peers.Verdict) draw.GlyphStyle {
	switch v {
	case peers.Met:
		return draw.GlyphStyle{Color: blue, Radius: 5.5, Shape: draw.CircleGlyph{}}
	case peers.Missed:
		return draw.GlyphStyle{Color: vermillion, Radius: 5.5, Shape: draw.BoxGlyph{}}
	}
	return draw.GlyphStyle{Color: faint, Radius: 5.5, Shape: hollow{}}
}

// bothWays names the axis and its two sides of 1.
func bothWays(c, data draw.Canvas) {
	small := sans(smallSize, faint)
	c.FillText(aligned(sans(labelSize, ink), -0.5, 0), vg.Point{X: data.Center().X, Y: c.Min.Y + 4}, "share of what the target allows")
	c.FillText(aligned(small, 0, 0), vg.Point{X: data.Min.X, Y: c.Min.Y + 24}, "← met")
	c.FillText(aligned(small, -1, 0), vg.Point{X: data.Max.X, Y: c.Min.Y + 24}, "missed →")
}

// usage is how much of what a target allows an effect uses: 1 at the bound, and
// 0 at what the target is about or better than that.
func usage(c peers.Comparison, e stats.Interval) (used, low, high float64) {
	at := func(v stats.Float) float64 { return usedBy(c, float64(v)) }
	used, low, high = at(e.Estimate), at(e.Low), at(e.High)
	if low > high {
		low, high = high, low
	}
	if perfect := ideal(c); c.Min != nil && c.Max != nil && float64(e.Low) < perfect && float64(e.High) > perfect {
		low = 0
	}
	return used, low, high
}

// ideal is the middle of a target with two bounds.
func ideal(c peers.Comparison) float64 {
	if c.Scale == stats.Ratio {
		return 1
	}
	return 0
}

// usedBy is usage of one value.
func usedBy(c peers.Comparison, v float64) float64 {
	edge := c.Max
	if edge == nil || c.Min != nil && v < ideal(c) {
		edge = c.Min
	}
	switch b := *edge; {
	case c.Scale == stats.Ratio && c.Min != nil && c.Max != nil:
		return math.Log(v) / math.Log(b)
	case c.Scale == stats.Ratio && edge == c.Min:
		return b / v
	case c.Min == nil && v <= 0: // nothing used, or less
		return 0
	default:
		return v / b
	}
}
