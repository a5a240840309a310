package report

import (
	"fmt"

	"redisduel/bench/peers"
	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// peersGrowth shows what a load costs the harness as it grows.
func peersGrowth(d *doc, all []peers.Growth, drawn bool) {
	if len(all) == 0 {
		return
	}
	d.heading(2, "Growth")
	d.para("`redisduel load` as a process, one trial of each size: GET in a closed loop, of 50 connections, 1000 keys and one second unless that is what grows. Memory is the most that was resident. *Beside the load* is what the process took longer than the load: its start, the writing of the keys and their removal.")
	d.para("Expected: memory grows with connections, each of which has buffers, and with neither the keys nor the time, since latencies are kept in histograms of a fixed size. Writing keys takes time in proportion to their number.")
	d.para("%s", upper(growthFinding(all))+"."+growthVerdict(all))
	if drawn {
		d.para("![Peak memory of the harness over the size of a trial](%s)", growthPath)
	}
	var rows [][]string
	for i := range all {
		rows = append(rows, growthRow(&all[i]))
	}
	d.table("l", []string{"what grows", "to", "ops", "memory", "CPU of an op", "beside the load"}, rows)
	d.para("To reproduce: `make peers ARGS='--only growth'`.")
}

func growthRow(g *peers.Growth) []string {
	row := []string{escape(g.Of), tickText(g.Size, g.Unit)}
	if g.Unit != "ns" {
		row[1] = quantity.Number(g.Size)
	}
	if g.Refused != "" {
		return append(row, escape(g.Refused), "", "", "")
	}
	return append(row, quantity.Count(g.Ops), quantity.Bytes(float64(g.Memory)), quantity.Nanoseconds(float64(g.CPU)/float64(max(g.Ops, 1))), quantity.Span(g.Extra))
}

// grown are the sizes of each thing that grows which were measured, in order.
func grown(all []peers.Growth) (series [][]peers.Growth) {
	for _, g := range all {
		switch last := len(series) - 1; {
		case g.Refused != "":
		case last >= 0 && series[last][0].Of == g.Of:
			series[last] = append(series[last], g)
		default:
			series = append(series, []peers.Growth{g})
		}
	}
	return series
}

// growthFinding is how memory grew, in words.
func growthFinding(all []peers.Growth) string {
	text := "peak memory grew by"
	for i, s := range grown(all) {
		first, last := s[0], s[len(s)-1]
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %s over %s times the %s", quantity.Ratio(float64(last.Memory)/float64(first.Memory)), quantity.Number(last.Size/first.Size), first.Of)
	}
	return text
}

// bounded is by how much memory may grow with the duration: a heap that is
// collected now and then has no exact size.
const bounded = 1.25

// growthVerdict says whether memory is bounded over time.
func growthVerdict(all []peers.Growth) string {
	for _, s := range grown(all) {
		if s[0].Of != "duration" || len(s) < 2 {
			continue
		}
		verdict := peers.Missed
		if float64(s[len(s)-1].Memory) <= bounded*float64(s[0].Memory) {
			verdict = peers.Met
		}
		return fmt.Sprintf(" The target, at most %s over the duration, is %s.", quantity.Ratio(bounded), verdict)
	}
	return ""
}

// drawGrowth draws memory over the size of what grows, as times the smallest.
func drawGrowth(all []peers.Growth) ([]byte, error) {
	series := grown(all)
	if len(series) == 0 {
		return nil, nil
	}
	high, most := 1.0, 1.0
	for _, s := range series {
		for _, g := range s {
			high, most = max(high, float64(g.Memory)), max(most, g.Size/s[0].Size)
		}
	}
	p := newPlot()
	p.X.Min, p.X.Max, p.X.Scale = 0.9, max(most, 2)*1.1, plot.LogScale{}
	p.X.Tick.Marker = logTicks(p.X.Min, p.X.Max, ratioTick)
	p.X.Label.Text = "size, times the smallest that was measured (log scale)"
	valueAxis(&p.Y, 0, high, "B")
	grid(p)
	p.Add(growthPlotter(series))
	title, subtitle := upper(growthFinding(all)), "Peak resident memory of redisduel load, one trial of each size"
	return paint(chartHeight, func(c draw.Canvas) {
		c = draw.Crop(headed(c, title, subtitle), 0, -150, 0, 0)
		labelGrowth(c, drawAxes(c, p), p, series)
	})
}

// labelGrowth names each line at its end.
func labelGrowth(c, data draw.Canvas, p *plot.Plot, series [][]peers.Growth) {
	c.Max.X += 150
	tags := make([]tag, len(series))
	for i, s := range series {
		points := growthPoints(s)
		end := trace(data, p, points[len(points)-1:])[0]
		tags[i] = newTag(s[0].Of, lookOf("", i+2), end, "to "+legible(growthRow(&s[len(s)-1])[1]))
	}
	writeTags(c, data, tags)
}

func growthPoints(s []peers.Growth) (points plotter.XYs) {
	for _, g := range s {
		points = append(points, plotter.XY{X: g.Size / s[0].Size, Y: float64(g.Memory)})
	}
	return points
}

// A growthPlotter draws a line for each thing that grows.
type growthPlotter [][]peers.Growth

// Plot implements plot.Plotter.
func (g growthPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	for i, s := range g {
		look := lookOf("", i+2)
		points := trace(c, p, growthPoints(s))
		c.StrokeLines(look.line(vg.Length(2.5)), points)
		for _, at := range points {
			c.DrawGlyph(look.glyph(4.5), at)
		}
	}
}
