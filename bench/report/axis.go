package report

import (
	"math"
	"slices"
	"time"

	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// valueAxis fits an axis to values: logarithmic if they allow and need it, else
// from zero.
func valueAxis(a *plot.Axis, low, high float64, unit string) {
	if low > 1/utmost && high > 3*low { // what lies closer together needs no log scale
		low, high = within(low/1.1, high*1.1)
		a.Min, a.Max, a.Scale = low, high, plot.LogScale{}
		a.Tick.Marker = logTicks(low, high, func(v float64) string { return tickLabel(v, unit) })
		return
	}
	low, high = min(low, 0), max(high, 0)
	if high-low < 1/utmost {
		high = low + 1
	}
	a.Min, a.Max = low-0.04*(high-low), high+0.08*(high-low)
	a.Tick.Marker = linearTicks(max(high, 1/utmost), unit)
}

// tickLabel is a round value; the name of what is counted is above the axis.
func tickLabel(v float64, unit string) string {
	switch unit {
	case "ns":
		return quantity.Asked(time.Duration(v))
	case "B":
		return tickText(v, unit)
	}
	return bound(v)
}

// spaced drops the labels along an axis of that length that would touch the one
// before them.
func spaced(marks ticks, style text.Style, along func(float64) vg.Length) ticks {
	const gap = 8
	taken := vg.Length(math.Inf(-1))
	for i := range marks {
		half := style.Width(marks[i].Label) / 2
		switch at := along(marks[i].Value); {
		case marks[i].Label == "":
		case at-half < taken+gap:
			marks[i].Label = ""
		default:
			taken = at + half
		}
	}
	return marks
}

// loosened leaves labels out of an axis of that length until none touches the
// one before it: of a logarithmic one those between the powers of ten first.
func loosened(a *plot.Axis, length vg.Length) {
	all := a.Tick.Marker.(ticks)
	if _, log := a.Scale.(plot.LogScale); log {
		for _, mantissas := range [][]float64{{1, 2, 5}, {1, 5}, {1}} {
			if tight(a, length) {
				a.Tick.Marker = only(all, func(_ int, v float64) bool { return contains(mantissas, mantissa(v)) })
			}
		}
	}
	for every := 2; tight(a, length) && every <= len(all); every++ {
		a.Tick.Marker = only(all, func(i int, _ float64) bool { return i%every == 0 })
	}
}

// only keeps the labels that are wanted, by their number among the labels and
// their value.
func only(all ticks, wanted func(int, float64) bool) ticks {
	kept, n := slices.Clone(all), 0
	for i := range kept {
		if kept[i].Label == "" {
			continue
		}
		if !wanted(n, kept[i].Value) {
			kept[i].Label = ""
		}
		n++
	}
	return kept
}

// mantissa is a tick's value without its power of ten.
func mantissa(v float64) float64 {
	m := v / math.Pow10(int(math.Floor(math.Log10(v)+1e-9)))
	return math.Round(m*100) / 100
}

// tight reports whether labels of an axis of that length touch.
func tight(a *plot.Axis, length vg.Length) bool {
	all := a.Tick.Marker.(ticks)
	wide := spaced(slices.Clone(all), a.Tick.Label, func(v float64) vg.Length { return vg.Length(a.Norm(v)) * length })
	return !slices.Equal(all, wide)
}

// drawAxes draws a plot with the name of its X axis below it, and returns the
// part that holds the data. gonum itself would make room for the name where it
// is not, if the axis is logarithmic.
func drawAxes(c draw.Canvas, p *plot.Plot) draw.Canvas {
	name := p.X.Label.Text
	if name == "" {
		p.Draw(c)
		return p.DataCanvas(c)
	}
	p.X.Label.Text = ""
	area := draw.Crop(c, 0, 0, labelSize+8, 0)
	p.Draw(area)
	data := p.DataCanvas(area)
	style := aligned(sans(labelSize, ink), -0.5, 0)
	half := style.Width(name) / 2
	at := min(max(data.Center().X, c.Min.X+half), c.Max.X-half)
	c.FillText(style, vg.Point{X: at, Y: c.Min.Y + 2}, name)
	return data
}
