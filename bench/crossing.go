package bench

import (
	"cmp"
	"math"
	"slices"

	"redisduel/bench/stats"
)

// A Crossing is a value at which the sides break even: by interpolation between
// the points, and the interval in which the points' own intervals cross.
type Crossing struct {
	At   stats.Float `json:"at"`
	Low  stats.Float `json:"low"`
	High stats.Float `json:"high"`
	// Predicted is where the model's effect crosses; NaN if it does not.
	Predicted stats.Float `json:"predicted"`
	// Rising says that the anti-pattern is the better choice below, and the
	// pattern above.
	Rising bool `json:"rising"`
}

// cross finds where the effect passes even. A point whose effect does not lie on
// the scale of the others, as a ratio of zeros, has none.
func (r *SweepResult) cross() {
	scale := r.scale()
	if r.Even == 0 && scale == stats.Ratio {
		r.Even = 1
	}
	position := func(v stats.Float) float64 {
		if scale == stats.Ratio {
			return math.Log(float64(v) / r.Even)
		}
		return float64(v) - r.Even
	}
	var measured, low, high, predicted line
	for _, p := range r.Points {
		if p.Failed != "" || p.Comparison.Scale != scale {
			continue
		}
		x, effect := r.place(p.Value), p.Comparison.Effect
		measured = append(measured, point{x, position(effect.Estimate)})
		low, high = append(low, point{x, position(effect.Low)}), append(high, point{x, position(effect.High)})
		predicted = append(predicted, point{x, position(stats.Float(r.Effect(p.Predicted, scale)))})
	}
	r.Crossings = crossings(measured, low, high, predicted)
	for i := range r.Crossings {
		c := &r.Crossings[i]
		for _, x := range []*stats.Float{&c.At, &c.Low, &c.High, &c.Predicted} {
			*x = number(r.value(float64(*x)))
		}
	}
}

// place is where a value lies on the axis between the points, and value its
// inverse.
func (r *SweepResult) place(value float64) float64 {
	if r.Linear {
		return value
	}
	return math.Log(value)
}

func (r *SweepResult) value(place float64) float64 {
	if r.Linear {
		return place
	}
	return math.Exp(place)
}

// scale is that of most points that have something measured.
func (r *SweepResult) scale() stats.Scale {
	ratios, differences := 0, 0
	for _, p := range r.Points {
		switch {
		case p.Failed != "":
		case p.Comparison.Scale == stats.Ratio:
			ratios++
		default:
			differences++
		}
	}
	if ratios >= differences {
		return stats.Ratio
	}
	return stats.Difference
}

// Effect is how much worse the anti-pattern is, as a comparison on that scale
// would state it.
func (r *SweepResult) Effect(s SweepSides, scale stats.Scale) float64 {
	worse, better := float64(s.AntiPattern), float64(s.Pattern)
	if r.Primary.Better == stats.Higher {
		worse, better = better, worse
	}
	if scale == stats.Ratio {
		return worse / better
	}
	return worse - better
}

// A line is a curve by its points, from left to right: the place of the
// parameter's value, and the distance from even.
type line []point

type point struct{ x, y float64 }

// zeros are where a line passes zero, going up or down.
func (l line) zeros() (at []point) {
	for i := 1; i < len(l); i++ {
		a, b := l[i-1], l[i]
		if a.y < 0 != (b.y < 0) && !math.IsNaN(a.y) && !math.IsNaN(b.y) {
			at = append(at, point{a.x + (b.x-a.x)*a.y/(a.y-b.y), b.y - a.y})
		}
	}
	return at
}

// nearest is the zero of the same direction that lies nearest to x.
func (l line) nearest(x float64, rising bool) (at float64, ok bool) {
	zeros := slices.DeleteFunc(l.zeros(), func(p point) bool { return p.y > 0 != rising })
	if len(zeros) == 0 {
		return nan64, false
	}
	return slices.MinFunc(zeros, func(a, b point) int {
		return cmp.Compare(math.Abs(a.x-x), math.Abs(b.x-x))
	}).x, true
}

// crossings are the zeros of the measured line, each with the interval that the
// zeros of its band span. Where one end of the band does not cross, no point on
// one of the sides is sure, and the zero may be noise. Zeros within the same
// interval are one. All are places, not values.
func crossings(measured, low, high, predicted line) []Crossing {
	found := []Crossing{}
	for _, zero := range measured.zeros() {
		rising := zero.y > 0
		a, early := high.nearest(zero.x, rising)
		b, late := low.nearest(zero.x, rising)
		from, to := number(min(a, b)), number(max(a, b))
		if !early || !late || len(found) > 0 && found[len(found)-1].Low == from {
			continue
		}
		model, _ := predicted.nearest(zero.x, rising)
		found = append(found, Crossing{At: number(zero.x), Low: from, High: to, Predicted: number(model), Rising: rising})
	}
	return found
}
