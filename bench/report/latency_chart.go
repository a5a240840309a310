package report

import (
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// charts draws the duel's charts and remembers their paths.
func (p *page) charts() (files Files, err error) {
	if p.duel.Failed != "" {
		return nil, nil
	}
	add := func(path string, curves []curve, title, subtitle string) error {
		picture, err := percentileChart(curves, title, subtitle)
		files = append(files, File{path, picture})
		return err
	}
	setting := "round trip " + quantity.Span(p.duel.RTTMeasured) + " · " + conditions(&p.duel.Load)
	drawn := p.drawn()
	curves := curvesOf(drawn, func(s *side) *latency.Hist { return s.response }, ofResponse)
	if len(curves) > 0 {
		p.latencyChart = "charts/" + p.duel.Scenario + "-latency.png"
		err = add(p.latencyChart, curves, p.responseTitle(), "Response time · "+setting)
	}
	curves = curvesOf(drawn, func(s *side) *latency.Hist { return s.bystander }, ofBystander)
	if len(curves) > 0 && err == nil {
		p.bystanderChart = "charts/" + p.duel.Scenario + "-bystander.png"
		err = add(p.bystanderChart, curves, p.stallTitle(), "Response time of a bystander that reads one small key, beside each side of "+p.duel.Scenario+" · round trip "+quantity.Span(p.duel.RTTMeasured))
	}
	if err != nil {
		return nil, err
	}
	more, err := p.moreCharts()
	return append(files, more...), err
}

// mostVariants is how many variants a chart can show apart.
const mostVariants = 3

// drawn are the sides that the charts show: of many variants the first ones,
// which the scenario names first; the tables hold all.
func (p *page) drawn() (sides []side) {
	variants := 0
	for _, s := range p.sides {
		if s.name != bench.Pattern && s.name != bench.AntiPattern && s.name != bench.Control {
			if variants++; variants > mostVariants {
				continue
			}
		}
		sides = append(sides, s)
	}
	return sides
}

// percentileChart draws response times over the nines axis.
func percentileChart(curves []curve, title, subtitle string) ([]byte, error) {
	p := newPlot()
	end, low, high := extent(curves)
	low, high = within(low, high)
	if high < 2*low {
		high = 2 * low
	}
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, end, ninesTicks(end)
	p.X.Label.Text = "share of operations that were at least as fast (each step is ten times rarer)"
	p.Y.Min, p.Y.Max, p.Y.Scale = low, high, plot.LogScale{}
	p.Y.Tick.Marker = logTicks(low, high, func(v float64) string { return quantity.Asked(time.Duration(v)) })
	grid(p)
	inOrder(curves, func(c *curve) { p.Add(bandPlotter{c}) })
	inOrder(curves, func(c *curve) { p.Add(curvePlotter{c}) })
	return paint(curvesHeight(curves, title, subtitle), func(c draw.Canvas) {
		c = draw.Crop(headed(c, title, subtitle), 0, -column, 0, -20)
		data := drawAxes(c, p)
		c.FillText(aligned(sans(smallSize+1, ink), 0, 0), vg.Point{X: c.Min.X, Y: c.Max.Y + 9}, "response time (log scale)")
		labels(c, data, p, curves)
	})
}

// inOrder visits the curves so that the pattern and the anti-pattern lie above
// the others.
func inOrder(curves []curve, visit func(*curve)) {
	for i := range slices.Backward(curves) {
		visit(&curves[i])
	}
}

func grid(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = rule, rule
	g.Vertical.Width, g.Horizontal.Width = 0.75, 0.75
	g.Vertical.Dashes, g.Horizontal.Dashes = nil, nil
	p.Add(g)
}

// A bandPlotter draws what lies between the lowest and the highest round.
type bandPlotter struct{ *curve }

// Plot implements plot.Plotter.
func (b bandPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	outline := trace(c, p, b.low)
	for _, at := range slices.Backward(trace(c, p, b.high)) {
		outline = append(outline, at)
	}
	if len(outline) > 0 {
		c.FillPolygon(b.look.veil(), outline)
	}
}

// A curvePlotter draws a curve and its markers.
type curvePlotter struct{ *curve }

// Plot implements plot.Plotter.
func (d curvePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	c.StrokeLines(d.look.line(2.5), trace(c, p, d.firm))
	c.StrokeLines(d.look.line(1), trace(c, p, d.thin))
	for _, at := range trace(c, p, d.marks) {
		c.DrawGlyph(d.look.glyph(4.5), at)
	}
}

// trace moves points from the axes' coordinates to the canvas's.
func trace(c draw.Canvas, p *plot.Plot, points plotter.XYs) []vg.Point {
	x, y := p.Transforms(&c)
	moved := make([]vg.Point, len(points))
	for i, at := range points {
		moved[i] = vg.Point{X: x(at.X), Y: y(at.Y)}
	}
	return moved
}

// labels names each curve at its end.
func labels(c, data draw.Canvas, p *plot.Plot, curves []curve) {
	tags := tagsOf(curves)
	for i := range tags {
		tags[i].end = trace(data, p, plotter.XYs{curves[i].last()})[0]
	}
	writeTags(c, data, tags)
}

func tagsOf(curves []curve) []tag {
	tags := make([]tag, len(curves))
	for i := range curves {
		of := &curves[i]
		tags[i] = newTag(of.label, of.look, vg.Point{},
			"median "+legible(quantity.Span(of.hist.At(0.5))), "longest "+legible(quantity.Span(of.hist.Max())))
	}
	return tags
}

// curvesHeight is that of the chart, with room for all tags.
func curvesHeight(curves []curve, title, subtitle string) vg.Length {
	height := headHeight(title, subtitle) + 20 + 40 // and the texts of both axes
	for _, t := range tagsOf(curves) {
		height += t.height()
	}
	return max(chartHeight, height)
}
