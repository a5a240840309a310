package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	nodeBar   = vg.Length(12)
	nodeGap   = vg.Length(18) // between the groups of bars
	nodeRight = vg.Length(120)
	// mostNodes is how many bars a group can have.
	mostNodes = 12
)

// A nodeLoad is how a side's calls of one command fell on the nodes.
type nodeLoad struct {
	side, command string
	look          look
	shares        []float64 // of the calls, in percent
}

// busiest is the largest share.
func (s *nodeLoad) busiest() float64 { return slices.Max(s.shares) }

// uneven is the largest share over the mean.
func (s *nodeLoad) uneven() float64 { return s.busiest() * float64(len(s.shares)) / 100 }

// drawNodes draws each side's calls on each node, with their mean. Commands
// that fall alike on all sides are left out; if no other is left, there is no
// picture.
func drawNodes(sides []side) ([]byte, error) {
	all := telling(nodeLoads(sides))
	if len(all) == 0 {
		return nil, nil
	}
	n := len(all[0].shares)
	row := max(vg.Length(n)*nodeBar, 2.5*labelSize) + nodeGap
	title := nodesTitle(all)
	subtitle := "Each node's share in a side's calls of a command, node 1 on top. Commands that fall alike on all sides are left out."
	return paint(headHeight(title, subtitle)+vg.Length(len(all))*row+waysAxis+20, func(c draw.Canvas) {
		c = headed(c, title, subtitle)
		p := nodesPlot(all)
		area := draw.Crop(c, wayName, -nodeRight, 0, -20)
		data := drawAxes(area, p)
		x, y := p.Transforms(&data)
		c.FillText(aligned(sans(smallSize, ink), -0.5, 0), vg.Point{X: x(100 / float64(n)), Y: data.Max.Y + 4}, "the mean of the nodes")
		for i := range all {
			s := &all[i]
			s.words(c, y(float64(-i)), area.Max.X+12)
		}
	})
}

// words writes the side and the command on the left, the imbalance on the right.
func (s *nodeLoad) words(c draw.Canvas, at, right vg.Length) {
	name, small := bold(sans(labelSize, s.look.color)), sans(smallSize, faint)
	lines := fit(label(s.side), name, wayName-14, 2)
	top := at + labelSize*0.6*vg.Length(len(lines)) + smallSize*0.6
	top -= write(c, name, vg.Point{X: c.Min.X, Y: top}, lines)
	write(c, small, vg.Point{X: c.Min.X, Y: top}, fit(strings.ToUpper(s.command), small, wayName-14, 1))
	c.FillText(aligned(name, 0, -0.45), vg.Point{X: right, Y: at}, legible(quantity.Ratio(s.uneven()))+" the mean")
}

// nodeLoads are the usual commands of each side, the control left out: it is
// the pattern again.
func nodeLoads(sides []side) (all []nodeLoad) {
	for i := range sides {
		if sides[i].name == bench.Control {
			continue
		}
		calls := callsByNode(&sides[i])
		for _, command := range slices.Sorted(maps.Keys(calls)) {
			sum := 0.0
			for _, n := range calls[command] {
				sum += n
			}
			s := nodeLoad{side: sides[i].name, command: command, look: lookOf(sides[i].name, i)}
			for _, n := range calls[command] {
				s.shares = append(s.shares, 100*n/sum)
			}
			if sum > 0 && len(s.shares) > 1 && len(s.shares) <= mostNodes {
				all = append(all, s)
			}
		}
	}
	return all
}

// telling are the loads of commands that fall otherwise on some side.
func telling(all []nodeLoad) []nodeLoad {
	const alike = 2 // percent of the calls
	low, high := map[string]float64{}, map[string]float64{}
	for i := range all {
		s := &all[i]
		if _, known := low[s.command]; !known {
			low[s.command], high[s.command] = math.Inf(1), 0
		}
		low[s.command], high[s.command] = min(low[s.command], s.busiest()), max(high[s.command], s.busiest())
	}
	return slices.DeleteFunc(all, func(s nodeLoad) bool {
		return high[s.command]-low[s.command] < alike || len(s.shares) != len(all[0].shares)
	})
}

// nodesTitle compares the two sides by the first command that both send.
func nodesTitle(all []nodeLoad) string {
	for i := range all {
		for j := range all {
			p, a := &all[i], &all[j]
			if p.side == bench.Pattern && a.side == bench.AntiPattern && p.command == a.command {
				return fmt.Sprintf("The busiest node took %.0f %% of the anti-pattern's %s calls and %.0f %% of the pattern's",
					a.busiest(), strings.ToUpper(plain(p.command)), p.busiest())
			}
		}
	}
	return "How the calls of each side fell on the nodes"
}

func nodesPlot(all []nodeLoad) *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max, p.X.Label.Text = 0, 109, "share of the calls"
	p.X.Tick.Marker = linearTicks(100, "%")
	p.Y.Min, p.Y.Max = 0.5-float64(len(all)), 0.5
	p.HideY()
	grid(p)
	p.Add(nodesPlotter(all))
	return p
}

// A nodesPlotter draws a group of bars for each load, from the top down, and
// the mean through all of them.
type nodesPlotter []nodeLoad

// Plot implements plot.Plotter.
func (n nodesPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	small := aligned(sans(smallSize-1, ink), 0, -0.45)
	for i := range n {
		top := y(float64(-i)) + vg.Length(len(n[i].shares))*nodeBar/2
		for k, share := range n[i].shares {
			at := top - (vg.Length(k)+0.5)*nodeBar
			c.FillPolygon(n[i].look.color, []vg.Point{
				{X: x(0), Y: at - 4}, {X: x(share), Y: at - 4}, {X: x(share), Y: at + 4}, {X: x(0), Y: at + 4},
			})
			c.FillText(small, vg.Point{X: x(share) + 4, Y: at}, fmt.Sprintf("%.0f %%", share))
		}
	}
	mean := x(100 / float64(len(n[0].shares)))
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.25, Dashes: []vg.Length{6, 4}}, mean, c.Min.Y, mean, c.Max.Y)
}
