package report

import (
	"redisduel/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawSides draws both sides' values over the parameter, for a metric that can
// be zero and so has no ratio.
func drawSides(s *bench.SweepResult, points []bench.SweepPoint) ([]byte, error) {
	p := newPlot()
	across(p, s, points)
	high := 0.0
	for _, point := range points {
		for _, v := range []float64{
			float64(point.Measured.Pattern), float64(point.Measured.AntiPattern),
			float64(point.Predicted.Pattern), float64(point.Predicted.AntiPattern),
		} {
			if plottable(v) {
				high = max(high, v)
			}
		}
	}
	if high == 0 {
		high = 1
	}
	p.Y.Min, p.Y.Max = -0.03*high, 1.08*high
	p.Y.Tick.Marker = linearTicks(high, s.Primary.Unit)
	grid(p)
	p.Add(sidesPlotter{points})
	return sweepPicture(s, p, upper(plain(s.Primary.Name))+" · solid: the pattern · dashed: the anti-pattern"+ofModel(s))
}

// ofModel explains the line of the model, if there is one.
func ofModel(s *bench.SweepResult) string {
	if !modelled(s) {
		return ""
	}
	return " · dotted: the model"
}

// A sidesPlotter draws the two sides' values.
type sidesPlotter struct{ points []bench.SweepPoint }

// Plot implements plot.Plotter.
func (s sidesPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	for i, name := range []string{bench.Pattern, bench.AntiPattern} {
		look := lookOf(name, i)
		of := func(v bench.SweepSides) float64 {
			if name == bench.Pattern {
				return float64(v.Pattern)
			}
			return float64(v.AntiPattern)
		}
		var measured, predicted plotter.XYs
		for _, point := range s.points {
			if v := of(point.Measured); plottable(v) {
				measured = append(measured, plotter.XY{X: point.Value, Y: v})
			}
			if v := of(point.Predicted); plottable(v) {
				predicted = append(predicted, plotter.XY{X: point.Value, Y: v})
			}
		}
		dotted := draw.LineStyle{Color: look.color, Width: 1.5, Dashes: []vg.Length{2, 3}}
		c.StrokeLines(dotted, trace(c, p, predicted))
		c.StrokeLines(look.line(2.5), trace(c, p, measured))
		for _, at := range trace(c, p, measured) {
			c.DrawGlyph(look.glyph(4.5), at)
		}
	}
}
