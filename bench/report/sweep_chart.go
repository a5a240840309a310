package report

import (
	"math"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawSweep draws the effect over the parameter, measured and predicted, with
// the level that counts as even and the crossings. Without two points there is
// no picture.
func drawSweep(s *bench.SweepResult) ([]byte, error) {
	points := sound(s)
	if len(points) < 2 {
		return nil, nil
	}
	if points[0].Comparison.Scale == stats.Difference {
		return drawSides(s, points)
	}
	p := newPlot()
	across(p, s, points)
	low, high := effects(s, points)
	p.Y.Min, p.Y.Max, p.Y.Scale = low, high, plot.LogScale{}
	p.Y.Tick.Marker = logTicks(low, high, ratioTick)
	grid(p)
	p.Add(effectPlotter{s, points})
	return sweepPicture(s, p, "anti-pattern, times worse (log scale; below 1× it is better) · bars: 95 % interval"+ofModel(s))
}

// sweepPicture paints a plot below the sweep's finding.
func sweepPicture(s *bench.SweepResult, p *plot.Plot, axis string) ([]byte, error) {
	title := strings.TrimSuffix(breakEven(s), ".")
	subtitle := upper(plain(s.Primary.Name)) + " · " + plain(s.Title) + " · " + sweptTrips(s)
	return paint(chartHeight+28, func(c draw.Canvas) {
		c = draw.Crop(headed(c, title, subtitle), 0, -margin, 0, -20)
		drawAxes(c, p)
		c.FillText(aligned(sans(smallSize+1, ink), 0, 0), vg.Point{X: c.Min.X, Y: c.Max.Y + 9}, axis)
	})
}

// across sets up the axis of the parameter.
func across(p *plot.Plot, s *bench.SweepResult, points []bench.SweepPoint) {
	low, high := points[0].Value, points[len(points)-1].Value
	if s.Linear {
		room := 0.04 * (high - low)
		p.X.Min, p.X.Max = low-room, high+room
	} else {
		room := math.Pow(high/low, 0.04)
		p.X.Min, p.X.Max, p.X.Scale = low/room, high*room, plot.LogScale{}
	}
	marks := ticks{}
	for _, point := range points {
		marks = append(marks, plot.Tick{Value: point.Value, Label: legible(sweptValue(s, point.Value))})
	}
	place := func(v float64) vg.Length { return vg.Length(p.X.Norm(v)) * (chartWidth - 110) } // less what is left of the plot
	p.X.Tick.Marker = spaced(joined(marks, place), p.X.Tick.Label, place)
	p.X.Label.Text = plain(s.Parameter)
	if !s.Linear {
		p.X.Label.Text += " (log scale)"
	}
}

// joined lets values in the same place share a label.
func joined(marks ticks, place func(float64) vg.Length) ticks {
	shown := 0
	for i := 1; i < len(marks); i++ {
		if place(marks[i].Value)-place(marks[shown].Value) < 6 {
			marks[shown].Label += ", " + marks[i].Label
			marks[i].Label = ""
			continue
		}
		shown = i
	}
	return marks
}

// effects is the range of the effects, measured and predicted, with even.
func effects(s *bench.SweepResult, points []bench.SweepPoint) (low, high float64) {
	low, high = 0.9, 1.1
	note := func(v float64) {
		if quantity.Finite(v) && v > 1/utmost && v < utmost {
			low, high = min(low, v), max(high, v)
		}
	}
	for _, p := range points {
		note(float64(p.Comparison.Effect.Estimate))
		note(s.Effect(p.Predicted, stats.Ratio))
	}
	// Few rounds may leave an interval of many decades, which would press all
	// else into a line: it is cut, and an arrow says so.
	least, most := low/5, high*5
	for _, p := range points {
		note(max(float64(p.Comparison.Effect.Low), least))
		note(min(float64(p.Comparison.Effect.High), most))
	}
	return within(low*0.97, high*1.03)
}

// An effectPlotter draws a sweep's ratios.
type effectPlotter struct {
	sweep  *bench.SweepResult
	points []bench.SweepPoint
}

// Plot implements plot.Plotter.
func (e effectPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, at := range e.sweep.Crossings {
		box := []vg.Point{{X: x(float64(at.Low)), Y: c.Min.Y}, {X: x(float64(at.High)), Y: c.Min.Y}, {X: x(float64(at.High)), Y: c.Max.Y}, {X: x(float64(at.Low)), Y: c.Max.Y}}
		c.FillPolygon(look{color: grey}.veil(), box)
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.25}, c.Min.X, y(1), c.Max.X, y(1))
	if !neutral(e.sweep) {
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1, Dashes: []vg.Length{6, 4}}, c.Min.X, y(e.sweep.Even), c.Max.X, y(e.sweep.Even))
	}
	var measured, predicted plotter.XYs
	for _, point := range e.points {
		effect := point.Comparison.Effect
		measured = append(measured, plotter.XY{X: point.Value, Y: clamp(p, float64(effect.Estimate))})
		if v := e.sweep.Effect(point.Predicted, stats.Ratio); v > 0 && quantity.Finite(v) {
			predicted = append(predicted, plotter.XY{X: point.Value, Y: clamp(p, v)})
		}
		if low, high, ok := ends(effect); ok {
			e.bar(c, p, x(point.Value), low, high)
		}
	}
	c.StrokeLines(draw.LineStyle{Color: green, Width: 2, Dashes: []vg.Length{2, 3}}, trace(c, p, predicted))
	c.StrokeLines(draw.LineStyle{Color: ink, Width: 2}, trace(c, p, measured))
	for i, at := range trace(c, p, measured) {
		c.DrawGlyph(markOf(e.points[i].Comparison.Verdict), at)
	}
}

// bar draws an interval; where the picture cuts it, with an arrowhead.
func (e effectPlotter) bar(c draw.Canvas, p *plot.Plot, at vg.Length, low, high float64) {
	_, y := p.Transforms(&c)
	from, to := y(clamp(p, low)), y(clamp(p, high))
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.5}, at, from, at, to)
	if low < p.Y.Min {
		c.FillPolygon(ink, []vg.Point{{X: at, Y: from}, {X: at - 4, Y: from + 8}, {X: at + 4, Y: from + 8}})
	}
	if high > p.Y.Max {
		c.FillPolygon(ink, []vg.Point{{X: at, Y: to}, {X: at - 4, Y: to - 8}, {X: at + 4, Y: to - 8}})
	}
}

// clamp keeps a value within the plot's height.
func clamp(p *plot.Plot, v float64) float64 { return min(max(v, p.Y.Min), p.Y.Max) }

// plottable reports whether an axis can hold a value.
func plottable(v float64) bool { return math.Abs(v) < utmost*utmost } // NaN is not
