package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"redisduel/bench"
	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The fields of INFO that the chart needs; of the last one it can do without.
const (
	usedMemory = "used_memory"
	maxMemory  = "maxmemory"
	refusals   = "errorstat_OOM" // stated from the first refusal on
)

// panelLeft is the room for the labels left of the plots.
const panelLeft = vg.Length(52)

// moments is the number of points of a line.
const moments = 60

// A course is what a quantity of one side was over time: its median over the
// rounds, and the lowest and highest of them.
type course struct {
	label             string
	look              look
	twin              bool
	median, low, high plotter.XYs
	peak              float64 // the median of the rounds' largest values
}

// last is the median at the end.
func (c *course) last() float64 { return c.median[len(c.median)-1].Y }

// drawPressure draws the memory in use against its limit over a trial and,
// below it, the writes refused until then. Without a limit, or samples of both
// sides, there is no picture.
func drawPressure(d *bench.Duel, sides []side) ([]byte, error) {
	memory := courses(sides, shareOfLimit)
	if len(memory) < 2 || !memory[0].twin || !memory[1].twin {
		return nil, nil
	}
	var refused []course
	if slices.Contains(d.Samples, refusals) {
		refused = courses(sides, refusedSince)
	}
	title := pressureTitle(memory, refused)
	subtitle := "As INFO stated it, warm-up included. Lines: the median of the rounds; bands: the lowest to the highest of them."
	panels := 1 + min(len(refused), 1)
	height := labelsHeight(memory) + 24
	return paint(headHeight(title, subtitle)+vg.Length(panels)*height+24, func(c draw.Canvas) {
		c = headed(c, title, subtitle)
		above := draw.Crop(c, 0, 0, c.Max.Y-c.Min.Y-height, 0)
		drawCourses(above, memory, "memory in use, of the limit", "%")
		if len(refused) > 0 {
			below := draw.Crop(c, 0, 0, c.Max.Y-c.Min.Y-2*height, -height)
			drawCourses(below, refused, "writes refused since the first sample", "")
		}
		c.FillText(aligned(sans(labelSize, ink), -0.5, 0), vg.Point{X: c.Center().X - column/2, Y: c.Min.Y + 2}, "since the load began")
	})
}

// pressureTitle says how full the memory got and what was refused.
func pressureTitle(memory, refused []course) string {
	title := fmt.Sprintf("Memory reached %.0f %% of the limit with the anti-pattern, %.0f %% with the pattern", memory[1].peak, memory[0].peak)
	if len(refused) > 1 && refused[0].twin && refused[1].twin {
		pattern, anti := amount(math.Round(refused[0].last()), "writes"), amount(math.Round(refused[1].last()), "writes")
		if pattern == anti {
			return title + "; " + anti + " refused on either side"
		}
		title += "; refused: " + anti + " against " + pattern
	}
	return title
}

// courses follows a quantity on each side but the control, which is the pattern
// again.
func courses(sides []side, of func([]bench.Sample) plotter.XYs) (all []course) {
	for i := range sides {
		if sides[i].name == bench.Control {
			continue
		}
		var lines []plotter.XYs
		for _, t := range sides[i].trials {
			if line := of(t.Samples); len(line) > 1 {
				lines = append(lines, line)
			}
		}
		c := course{label: label(sides[i].name), look: lookOf(sides[i].name, i)}
		c.twin = sides[i].name == bench.Pattern || sides[i].name == bench.AntiPattern
		if c.summarize(lines) {
			all = append(all, c)
		}
	}
	return all
}

// summarize takes the median and the extremes of the lines at moments that all
// of them reach; false if there are none.
func (c *course) summarize(lines []plotter.XYs) bool {
	from, to := 0.0, math.Inf(1)
	for _, line := range lines {
		from, to = max(from, line[0].X), min(to, line[len(line)-1].X)
	}
	if len(lines) == 0 || to <= from {
		return false
	}
	for i := range moments + 1 {
		x := from + (to-from)*float64(i)/moments
		values := make([]float64, len(lines))
		for j, line := range lines {
			values[j] = between(line, x)
		}
		c.low = append(c.low, plotter.XY{X: x, Y: slices.Min(values)})
		c.high = append(c.high, plotter.XY{X: x, Y: slices.Max(values)})
		c.median = append(c.median, plotter.XY{X: x, Y: middle(values)})
	}
	peaks := make([]float64, len(lines))
	for i, line := range lines {
		peaks[i] = slices.MaxFunc(line, func(a, b plotter.XY) int { return cmp.Compare(a.Y, b.Y) }).Y
	}
	c.peak = middle(peaks)
	return true
}

// middle is the median; it sorts the values.
func middle(values []float64) float64 {
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// between is the height of a line at x, straight from sample to sample.
func between(line plotter.XYs, x float64) float64 {
	for i := 1; i < len(line); i++ {
		if a, b := line[i-1], line[i]; x <= b.X {
			return a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X)
		}
	}
	return line[len(line)-1].Y
}

// shareOfLimit is the memory in use in percent of the limit.
func shareOfLimit(samples []bench.Sample) plotter.XYs {
	return trail(samples, func(s *bench.Sample) float64 {
		if limit := s.Values[maxMemory]; limit > 0 {
			return 100 * s.Values[usedMemory] / limit
		}
		return math.NaN()
	})
}

// refusedSince is how many writes were refused since the first sample: the
// server counts from its start.
func refusedSince(samples []bench.Sample) plotter.XYs {
	return trail(samples, func(s *bench.Sample) float64 { return s.Values[refusals] - samples[0].Values[refusals] })
}

// trail is a quantity over the moments of the samples, as far as they follow
// each other and are no larger than an axis can hold.
func trail(samples []bench.Sample, of func(*bench.Sample) float64) (line plotter.XYs) {
	last := math.Inf(-1)
	for i := range samples {
		x, y := float64(samples[i].At), of(&samples[i])
		if x > last && y >= 0 && y < utmost {
			line = append(line, plotter.XY{X: x, Y: y})
			last = x
		}
	}
	return line
}

// drawCourses draws one quantity of all sides, each named at its end.
func drawCourses(c draw.Canvas, all []course, axis, unit string) {
	c.FillText(aligned(sans(smallSize+1, ink), 0, -1), vg.Point{X: c.Min.X, Y: c.Max.Y}, axis)
	p := newPlot()
	high, end := 0.0, 0.0
	for i := range all {
		for _, at := range all[i].high {
			high, end = max(high, at.Y), max(end, at.X)
		}
	}
	if unit == "%" {
		high = max(high, 100)
	}
	high = max(high, 1)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, end, linearTicks(end, "ns")
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, 1.08*high, linearTicks(high, unit)
	grid(p)
	for i := range slices.Backward(all) { // so that the twins lie above the others
		p.Add(coursePlotter{&all[i], unit == "%" && i == len(all)-1})
	}
	area := draw.Crop(c, 0, -column, 0, -20)
	// The panels' axes stand one below the other, however wide their labels.
	area.Min.X += max(c.Min.X+panelLeft-p.DataCanvas(area).Min.X, 0)
	p.Draw(area)
	named(area, p, all, unit)
}

// named writes the names of the courses right of the plot.
func named(c draw.Canvas, p *plot.Plot, all []course, unit string) {
	data := p.DataCanvas(c)
	tags := make([]tag, len(all))
	for i := range all {
		end := all[i].median[len(all[i].median)-1]
		tags[i] = newTag(all[i].label, all[i].look, trace(data, p, plotter.XYs{end})[0], legible(quantity.Format(math.Round(end.Y), unit))+" at the end")
	}
	writeTags(c, data, tags)
}

// labelsHeight is the room that the names of the courses need.
func labelsHeight(all []course) vg.Length {
	height := vg.Length(0)
	for i := range all {
		t := newTag(all[i].label, all[i].look, vg.Point{}, "")
		height += t.height()
	}
	return max(height, panelHeight)
}

// A coursePlotter draws a course: a third way thinner and without a band, and
// the limit of what is a share of it.
type coursePlotter struct {
	*course
	limit bool
}

// Plot implements plot.Plotter.
func (o coursePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	if o.limit {
		_, y := p.Transforms(&c)
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.25, Dashes: []vg.Length{6, 4}}, c.Min.X, y(100), c.Max.X, y(100))
		c.FillText(aligned(sans(smallSize, ink), 0, 0), vg.Point{X: c.Min.X + 5, Y: y(100) + 3}, "limit")
	}
	if !o.twin {
		c.StrokeLines(o.look.line(1.25), trace(c, p, o.median))
		return
	}
	outline := trace(c, p, o.low)
	for _, at := range slices.Backward(trace(c, p, o.high)) {
		outline = append(outline, at)
	}
	c.FillPolygon(o.look.veil(), outline)
	c.StrokeLines(o.look.line(2.5), trace(c, p, o.median))
}
