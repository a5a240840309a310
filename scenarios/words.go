package scenarios

import (
	"fmt"
	"math"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// A figure is a number of a duel that a sentence takes in.
type figure struct {
	metric, side string
	bare         bool // without its unit
}

// of is a side's number with its unit, and bare the same without.
func of(metric, side string) figure   { return figure{metric: metric, side: side} }
func bare(metric, side string) figure { return figure{metric: metric, side: side, bare: true} }

// twins are the anti-pattern's number and the pattern's, and bareTwins the
// same without their unit.
func twins(metric string) []figure {
	return []figure{of(metric, bench.AntiPattern), of(metric, bench.Pattern)}
}

func bareTwins(metric string) []figure {
	return []figure{bare(metric, bench.AntiPattern), bare(metric, bench.Pattern)}
}

func (f figure) of(d *bench.Duel) string {
	if f.bare {
		return quantity.Number(d.Value(f.metric, f.side))
	}
	return d.Text(f.metric, f.side)
}

// says is a sentence with a figure for each %s of format; empty if one of them
// was not measured, such as that of a variant that was left out.
func says(format string, figures ...figure) func(*bench.Duel) string {
	return func(d *bench.Duel) string {
		words := make([]any, len(figures))
		for i, f := range figures {
			if math.IsNaN(d.Value(f.metric, f.side)) {
				return ""
			}
			words[i] = f.of(d)
		}
		return fmt.Sprintf(format, words...)
	}
}

// also are those of some sentences that have something to say.
func also(sentences ...func(*bench.Duel) string) func(*bench.Duel) []string {
	return func(d *bench.Duel) (all []string) {
		for _, sentence := range sentences {
			if text := sentence(d); text != "" {
				all = append(all, text)
			}
		}
		return all
	}
}

// besideNobody is what the bystander waited for without either side.
func besideNobody(d *bench.Duel) string {
	if d.Alone == nil || d.Alone.Bystander == nil {
		return ""
	}
	return "In a trial with nobody beside it, the other client waited up to " + quantity.Span(d.Alone.Bystander.Response.Max()) + "."
}
