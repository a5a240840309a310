package report

import (
	"math"

	"redisduel/bench"
	"redisduel/bench/latency"

	"gonum.org/v1/plot/plotter"
)

const (
	// steps is the number of points of a curve.
	steps = 160
	// rarest is the end of the nines axis: 99.999 %.
	rarest = 5.0
)

// A curve is a side's latencies over the nines axis, in ns.
type curve struct {
	label     string
	look      look
	hist      *latency.Hist
	firm      plotter.XYs // as far as enough samples lie beyond
	thin      plotter.XYs // from there to the rarest sample
	marks     plotter.XYs // the quantiles of the tables
	low, high plotter.XYs // the band: lowest and highest round
}

// curvesOf makes a curve of each side that has samples.
func curvesOf(sides []side, union func(*side) *latency.Hist, of func(*bench.Trial) *latency.Hist) (all []curve) {
	for i := range sides {
		s := &sides[i]
		if h := union(s); h.Count() > 0 {
			c := curve{label: shortLabel(s.name), look: lookOf(s.name, i), hist: h}
			c.trace(h)
			c.band(s.trials, of)
			all = append(all, c)
		}
	}
	return all
}

func shortLabel(name string) string {
	if name == bench.Control {
		return "control (A/A)"
	}
	return label(name)
}

// trace follows one histogram. Its last point is the maximum, unless that is
// rarer than the axis shows.
func (c *curve) trace(h *latency.Hist) {
	end, firm := reach(h), min(nines(1-supporting/float64(h.Count())), rarest)
	for i := range steps + 1 {
		x := end * float64(i) / steps
		at := point(h, x)
		if i == steps && end < rarest {
			at.Y = height(h, 1)
		}
		if x <= firm {
			c.firm = append(c.firm, at)
		} else {
			c.thin = append(c.thin, at)
		}
	}
	if len(c.firm) > 0 && len(c.thin) > 0 {
		c.thin = append(plotter.XYs{c.firm[len(c.firm)-1]}, c.thin...)
	}
	for _, q := range shown {
		if _, ok := h.Quantile(q); ok && nines(q) <= end {
			c.marks = append(c.marks, point(h, nines(q)))
		}
	}
}

// band takes the lowest and the highest of the trials at each point that all
// of them reach.
func (c *curve) band(trials []*bench.Trial, of func(*bench.Trial) *latency.Hist) {
	var hists []*latency.Hist
	end := rarest
	for _, t := range trials {
		if h := of(t); h != nil && h.Count() > 0 {
			hists = append(hists, h)
			end = min(end, reach(h))
		}
	}
	if len(hists) < 2 {
		return
	}
	for i := range steps + 1 {
		x := end * float64(i) / steps
		low, high := math.Inf(1), 0.0
		for _, h := range hists {
			low, high = min(low, point(h, x).Y), max(high, point(h, x).Y)
		}
		c.low = append(c.low, plotter.XY{X: x, Y: low})
		c.high = append(c.high, plotter.XY{X: x, Y: high})
	}
}

// reach is where a histogram's rarest sample lies on the axis.
func reach(h *latency.Hist) float64 { return min(math.Log10(float64(h.Count())), rarest) }

func point(h *latency.Hist, x float64) plotter.XY {
	return plotter.XY{X: x, Y: height(h, quantileAt(x))}
}

// height is a quantile in ns, at least 1 since the axis is logarithmic.
func height(h *latency.Hist, q float64) float64 { return max(float64(h.At(q)), 1) }

// last is the end of the curve.
func (c *curve) last() plotter.XY {
	if len(c.thin) > 0 {
		return c.thin[len(c.thin)-1]
	}
	return c.firm[len(c.firm)-1]
}

// extent is the range of all curves and bands.
func extent(curves []curve) (end, low, high float64) {
	end, low, high = 1, math.Inf(1), 0
	for _, c := range curves {
		for _, points := range []plotter.XYs{c.firm, c.thin, c.low, c.high} {
			for _, at := range points {
				end, low, high = max(end, at.X), min(low, at.Y), max(high, at.Y)
			}
		}
	}
	return end, low, high
}
