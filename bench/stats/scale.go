package stats

import (
	"fmt"
	"math"
	"strconv"
)

// A scale maps the values of a round onto a line on which 0 is no difference
// and a positive number says that the pattern is better, and back.
type scale struct {
	Scale
	level float64 // typical size of the values of the two sides, for differences
}

// scaleOf is the ratio scale when each value has a log, else differences.
func scaleOf(rounds []Round) scale {
	s := scale{Scale: Ratio}
	for _, r := range rounds {
		if min(r.Pattern, r.AntiPattern, r.Control) <= 0 {
			s.Scale = Difference
		}
		s.level += (math.Abs(r.Pattern)/2 + math.Abs(r.AntiPattern)/2) / float64(len(rounds))
	}
	return s
}

// worse is how much worse v is than the reference.
func (s scale) worse(v, reference float64, better Better) float64 {
	if better == Higher {
		v, reference = reference, v
	}
	if s.Scale == Ratio {
		return math.Log(v) - math.Log(reference)
	}
	return v - reference
}

// value takes a point of the line back to what a reader understands.
func (s scale) value(x float64) float64 {
	if s.Scale == Ratio {
		return math.Exp(x)
	}
	return x
}

func (s scale) interval(x span) Interval {
	return Interval{Float(s.value(x.mid)), Float(s.value(x.low)), Float(s.value(x.high))}
}

// small is the distance from no difference within which an effect is too small
// to matter.
func (s scale) small() float64 {
	if s.Scale == Ratio {
		return math.Log(smallRatio)
	}
	return math.Log(smallRatio) * s.level
}

// resolution is the distance below which the measurement cannot tell.
func (s scale) resolution() float64 {
	if s.Scale == Ratio {
		return math.Log(1 + resolution)
	}
	return rounding * s.level
}

// words puts the points low and high of the line into words.
func (s scale) words(low, high float64) string {
	if s.Scale == Difference {
		return s.amount(low) + " to " + s.amount(high)
	}
	return times(math.Exp(low)) + " to " + times(math.Exp(high))
}

// amount writes a difference with four figures; what rounding alone may leave
// is written as 0.
func (s scale) amount(x float64) string {
	if math.Abs(x) <= 2*s.resolution() {
		x = 0
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// times writes a ratio with the digits that a reader needs to see it differ
// from 1 and no more.
func times(ratio float64) string {
	switch {
	case ratio > 0.9 && ratio < 1.1:
		return fmt.Sprintf("%.3f×", ratio)
	case ratio >= 0.1 && ratio < 10:
		return fmt.Sprintf("%.2f×", ratio)
	case ratio >= 10 && ratio < 1e6:
		return fmt.Sprintf("%.0f×", ratio)
	default:
		return fmt.Sprintf("%.3g×", ratio)
	}
}
