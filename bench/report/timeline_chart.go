package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	panelHeight = vg.Length(190)
	// stallFactor is how many times the median beside the pattern a wait has to
	// be to be marked as a stall.
	stallFactor = 10
	// mostLabels is how many stalls of a panel get their length in words.
	mostLabels = 6
	// mostBuckets bounds the time that drawing takes: 1,000 s of 10 ms.
	mostBuckets = 100_000
)

// A stall is a run of waits above the limit: one halt of the server delays all
// calls that fall due meanwhile, each for what is left of it.
type stall struct {
	from    int // the bucket of its longest wait
	longest time.Duration
}

// stallsOf finds the stalls of a timeline, in the order of time. Within a halt
// the waits fall; one that rises by more than the limit belongs to the next.
func stallsOf(waits []time.Duration, limit time.Duration) (stalls []stall) {
	before := time.Duration(0)
	for i, wait := range waits {
		last := len(stalls) - 1
		switch {
		case wait <= limit:
		case before <= limit, wait-before > limit:
			stalls = append(stalls, stall{i, wait})
		case wait > stalls[last].longest:
			stalls[last] = stall{i, wait}
		}
		before = wait
	}
	return stalls
}

// watchedRound is the round to draw: of those in which both sides have a
// timeline, the one with the median of the anti-pattern's primary metric.
func watchedRound(d *bench.Duel, sides []side) (pattern, anti *bench.Trial) {
	type pair struct{ pattern, anti *bench.Trial }
	var pairs []pair
	for _, t := range find(sides, bench.Pattern).trials {
		for _, u := range find(sides, bench.AntiPattern).trials {
			if t.Round == u.Round && timelineOf(t) != nil && timelineOf(u) != nil && t.Disturbed == "" && u.Disturbed == "" {
				pairs = append(pairs, pair{t, u})
			}
		}
	}
	if len(pairs) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Compare(a.anti.Values[d.Primary.Name], b.anti.Values[d.Primary.Name])
	})
	middle := pairs[(len(pairs)-1)/2]
	return middle.pattern, middle.anti
}

// timelineOf is what the bystander waited over time; nil if it waited
// nothing, or for longer than a picture can show.
func timelineOf(t *bench.Trial) *load.Timeline {
	if t.Bystander == nil || t.Bystander.Timeline == nil {
		return nil
	}
	line := t.Bystander.Timeline
	if line.Step <= 0 || len(line.Max) > mostBuckets || len(answered(line)) == 0 {
		return nil
	}
	return line
}

// answered are the waits of the buckets that have one.
func answered(t *load.Timeline) (waits []time.Duration) {
	for _, wait := range t.Max {
		if wait > 0 {
			waits = append(waits, wait)
		}
	}
	return waits
}

// drawTimeline draws what the bystander waited over one round, beside the
// pattern and beside the anti-pattern, on the same axes. Without timelines
// there is no picture.
func drawTimeline(d *bench.Duel, sides []side) ([]byte, error) {
	pattern, anti := watchedRound(d, sides)
	if pattern == nil {
		return nil, nil
	}
	panels := []panel{{bench.Pattern, timelineOf(pattern), nil}, {bench.AntiPattern, timelineOf(anti), nil}}
	calm := answered(panels[0].line)
	slices.Sort(calm)
	limit := stallFactor * min(calm[len(calm)/2], latency.Range)
	for i := range panels {
		panels[i].stalls = stallsOf(panels[i].line.Max, limit)
	}
	title := timelineTitle(panels)
	subtitle := fmt.Sprintf("The longest wait in each %s of round %d, the anti-pattern's median one. Dotted: %d times the median beside the pattern; longer is a stall.",
		quantity.Asked(panels[0].line.Step), pattern.Round, stallFactor)
	return paint(headHeight(title, subtitle)+2*panelHeight+24, func(c draw.Canvas) {
		c = headed(c, title, subtitle)
		small := sans(smallSize, ink)
		for i := range panels {
			area := c
			area.Max.Y = c.Max.Y - vg.Length(i)*panelHeight
			area.Min.Y = area.Max.Y - panelHeight
			panels[i].draw(area, panels, limit)
		}
		c.FillText(aligned(small, -0.5, 0), vg.Point{X: c.Center().X, Y: c.Min.Y}, "since the measurement began")
	})
}

// timelineTitle counts the stalls and names the longest of each side.
func timelineTitle(panels []panel) string {
	pattern, anti := panels[0].stalls, panels[1].stalls
	if len(pattern) == 0 && len(anti) == 0 {
		return "A bystander met no stall, beside either side"
	}
	return fmt.Sprintf("A bystander met %s beside the anti-pattern, %s beside the pattern", met(anti, "no stall"), met(pattern, "none"))
}

// met puts stalls into words: "2 stalls of up to 240 ms", or what is given for
// none of them.
func met(stalls []stall, none string) string {
	longest := time.Duration(0)
	for _, s := range stalls {
		longest = max(longest, s.longest)
	}
	switch len(stalls) {
	case 0:
		return none
	case 1:
		return "1 stall of " + quantity.Span(longest)
	}
	return counted(len(stalls), "stall") + " of up to " + quantity.Span(longest)
}

// A panel is one side's timeline.
type panel struct {
	side   string
	line   *load.Timeline
	stalls []stall
}

func (p panel) draw(c draw.Canvas, all []panel, limit time.Duration) {
	look := lookOf(p.side, 0)
	c.FillText(bold(sans(labelSize, look.color)), vg.Point{X: c.Min.X, Y: c.Max.Y - 2}, "beside the "+label(p.side))
	c.FillText(aligned(sans(smallSize, ink), -1, -1), vg.Point{X: c.Max.X, Y: c.Max.Y - 4}, "wait (log scale)")
	axes := timelinePlot(all, limit)
	axes.Add(timelinePlotter{p, look, limit})
	axes.Draw(draw.Crop(c, 0, -8, 0, -24))
}

// timelinePlot has the axes that all panels share, the limit within them.
func timelinePlot(all []panel, limit time.Duration) *plot.Plot {
	low, high, end := math.Inf(1), float64(limit), 0.0
	for _, p := range all {
		waits := answered(p.line)
		low, high = min(low, float64(slices.Min(waits))), max(high, float64(slices.Max(waits)))
		end = max(end, float64(len(p.line.Max))*float64(p.line.Step))
	}
	low, high = within(low/1.5, high*2) // with room for the labels
	p := newPlot()
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, end, linearTicks(end, "ns")
	p.Y.Min, p.Y.Max, p.Y.Scale = low, high, plot.LogScale{}
	p.Y.Tick.Marker = logTicks(low, high, func(v float64) string { return quantity.Asked(time.Duration(v)) })
	p.Y.Tick.Label.Font.Size = smallSize
	grid(p)
	return p
}

// A timelinePlotter draws a bar for each bucket and marks the stalls.
type timelinePlotter struct {
	panel
	look  look
	limit time.Duration
}

// Plot implements plot.Plotter.
func (t timelinePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(bucket int, wait time.Duration) vg.Point {
		return vg.Point{X: x((float64(bucket) + 0.5) * float64(t.line.Step)), Y: y(float64(wait))}
	}
	width := max(min((x(float64(t.line.Step))-x(0))*0.7, 5), 0.5)
	for i, wait := range t.line.Max {
		if wait > 0 {
			top := at(i, wait)
			c.StrokeLine2(draw.LineStyle{Color: t.look.color, Width: width}, top.X, c.Min.Y, top.X, top.Y)
		}
	}
	limit := y(float64(t.limit))
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1, Dashes: []vg.Length{2, 3}}, c.Min.X, limit, c.Max.X, limit)
	t.mark(c, at)
}

// mark names the longest stalls above their bars.
func (t timelinePlotter) mark(c draw.Canvas, at func(int, time.Duration) vg.Point) {
	longest := slices.Clone(t.stalls)
	slices.SortStableFunc(longest, func(a, b stall) int { return cmp.Compare(b.longest, a.longest) })
	for i, s := range t.stalls {
		top := at(s.from, s.longest)
		c.DrawGlyph(t.look.glyph(4), top)
		if slices.Contains(longest[:min(len(longest), mostLabels)], s) {
			style := aligned(sans(smallSize, ink), 0, 0)
			text := legible(quantity.Span(s.longest))
			if i == len(t.stalls)-1 && top.X+style.Width(text) > c.Max.X {
				style = aligned(style, -1, 0)
			}
			c.FillText(style, vg.Point{X: top.X, Y: top.Y + 6}, text)
		}
	}
}
