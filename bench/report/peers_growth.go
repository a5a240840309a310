package report

import (
	"fmt"

	"redisduel/bench/peers"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// peersGrowth shows what a load costs the harness as it grows.
func peersGrowth(d *doc, r *peers.Result, drawn bool) {
	series := r.Series()
	if len(series) == 0 {
		return
	}
	d.heading(2, growthTitle)
	d.para("`redisduel load` as a process, in as many rounds as the table says: GET in a closed loop, of 50 connections, 1000 keys and one second unless that is what grows. Memory is the most that was resident, CPU what the process took while it drove the load. *Beside the load* is what the process took longer than the load: its start, the writing of the keys and their removal. Of each the median is shown; the growth of memory is the mean over rounds, with its 95 %% interval.")
	d.para("Expected: memory grows with connections, each of which has buffers, and with neither the keys nor the time, since latencies are kept in histograms of a fixed size. Writing keys takes time in proportion to their number.")
	d.para("%s.%s", upper(growthFinding(series)), growthVerdict(series))
	if drawn {
		d.para("![Peak memory of the harness over the size of a trial](%s)", growthPath)
	}
	var rows [][]string
	for _, s := range series {
		rows = append(rows, growthRows(s)...)
	}
	d.table("l", []string{"what grows", "to", "rounds", "ops", "memory", "growth of memory", "CPU of an op", "beside the load"}, rows)
	d.para("To reproduce: `make peers ARGS='--only growth'`.")
}

func growthRows(series []peers.Growth) (rows [][]string) {
	memory := peers.Memory(series)
	what := escape(series[0].Of)
	for i := range series {
		g, grew := &series[i], ""
		if i > 0 {
			c := memory.Comparisons[i-1]
			grew = unbroken(peersEffect(memory.Effect(c), c, "B"))
		}
		rows = append(rows, []string{
			what, unbroken(g.Label()), fmt.Sprint(len(g.Trials)), quantity.Number(typical(g, func(t peers.Grown) float64 { return float64(t.Ops) })),
			unbroken(quantity.Bytes(memoryOf(g))), grew,
			unbroken(quantity.Nanoseconds(typical(g, func(t peers.Grown) float64 { return float64(t.CPU) / float64(max(t.Ops, 1)) }))),
			unbroken(quantity.Nanoseconds(typical(g, func(t peers.Grown) float64 { return float64(t.Extra) }))),
		})
		what = ""
	}
	return rows
}

// typical is the median over a size's rounds.
func typical(g *peers.Growth, of func(peers.Grown) float64) float64 { return stats.Median(g.Each(of)) }

// memoryOf is how much a size took.
func memoryOf(g *peers.Growth) float64 {
	return typical(g, func(t peers.Grown) float64 { return float64(t.Memory) })
}

// growthFinding is how memory grew, in words.
func growthFinding(series [][]peers.Growth) string {
	text := "peak memory grew by"
	for i, s := range series {
		if i > 0 {
			text += ","
		}
		first, last := &s[0], &s[len(s)-1]
		text += fmt.Sprintf(" %s over %s times the %s", quantity.Ratio(grew(s)), quantity.Number(last.Size/first.Size), first.Of)
	}
	return text
}

// grew is by how much the memory of the last size is that of the first.
func grew(series []peers.Growth) float64 {
	m := peers.Memory(series)
	if len(m.Comparisons) == 0 {
		return 1
	}
	return float64(m.Effect(m.Comparisons[len(m.Comparisons)-1]).Estimate)
}

// growthVerdict says whether memory is bounded over time.
func growthVerdict(series [][]peers.Growth) (text string) {
	for _, s := range series {
		m := peers.Memory(s)
		for _, c := range m.Comparisons {
			if v := c.Judge(m.Effect(c)); v != peers.NoTarget {
				text += fmt.Sprintf(" The target, %s over the %s, is %s.", targetOf(c, m.Unit), s[0].Of, v)
			}
		}
	}
	return text
}

// drawGrowth draws memory over the size of what grows, as times the smallest.
func drawGrowth(r *peers.Result) ([]byte, error) {
	series := r.Series()
	if len(series) == 0 {
		return nil, nil
	}
	high, most := 1.0, 1.0
	for _, s := range series {
		for i := range s {
			high, most = max(high, memoryOf(&s[i])), max(most, s[i].Size/s[0].Size)
		}
	}
	p := newPlot()
	p.X.Min, p.X.Max, p.X.Scale = 0.9, max(most, 2)*1.1, plot.LogScale{}
	p.X.Tick.Marker = logTicks(p.X.Min, p.X.Max, ratioTick)
	p.X.Label.Text = "size, times the smallest that was measured (log scale)"
	valueAxis(&p.Y, 0, high, "B")
	grid(p)
	p.Add(growthPlotter(series))
	title, subtitle := upper(growthFinding(series)), "Peak resident memory of redisduel load, median over rounds"
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
		tags[i] = newTag(s[0].Of, lookOf("", i+2), end, "to "+legible(s[len(s)-1].Label()))
	}
	writeTags(c, data, tags)
}

func growthPoints(s []peers.Growth) (points plotter.XYs) {
	for i := range s {
		points = append(points, plotter.XY{X: s[i].Size / s[0].Size, Y: memoryOf(&s[i])})
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
