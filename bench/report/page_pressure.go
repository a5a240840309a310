package report

import (
	"math"

	"redisduel/bench/quantity"
)

// pressure shows how full the memory got, where a limit was set.
func (p *page) pressure() {
	if p.pressureChart == "" {
		return
	}
	p.heading(2, "Memory over time")
	p.para("What the server itself stated of its memory while each side ran, against the limit that it was given.%s", limitInBytes(p.sides))
	p.para("![Memory in use over a trial against its limit, and the writes refused](%s)", p.pressureChart)
}

// limitInBytes states the limits: shares of them can be turned back into
// bytes. They differ by what a server used before it was given one.
func limitInBytes(sides []side) string {
	low, high := math.Inf(1), 0.0
	for i := range sides {
		for _, t := range sides[i].trials {
			for j := range t.Samples {
				if limit := t.Samples[j].Values[maxMemory]; limit > 0 {
					low, high = min(low, limit), max(high, limit)
				}
			}
		}
	}
	if low > high {
		return ""
	}
	text := quantity.Number(low)
	if low < high {
		text += " to " + quantity.Number(high)
	}
	return " The limit (maxmemory) was " + text + " bytes."
}
