package report

import (
	"math"
	"time"

	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
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
