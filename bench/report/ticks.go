package report

import (
	"math"
	"strings"

	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
)

// ticks are the marks of an axis, whatever its range.
type ticks []plot.Tick

// Ticks implements plot.Ticker.
func (t ticks) Ticks(_, _ float64) []plot.Tick { return t }

// logTicks marks a logarithmic axis from lo to hi, both positive: with labels
// at the powers of ten and, where these are few, between them.
func logTicks(lo, hi float64, label func(float64) string) (all ticks) {
	steps, every := mantissas(math.Log10(hi / lo))
	for exponent := int(math.Floor(math.Log10(lo))); exponent <= int(math.Ceil(math.Log10(hi))); exponent++ {
		for _, m := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9} {
			v := m * math.Pow10(exponent)
			if v < lo*0.999 || v > hi*1.001 {
				continue
			}
			tick := plot.Tick{Value: v}
			if exponent%every == 0 && contains(steps, m) {
				tick.Label = legible(label(v))
			}
			if m == math.Trunc(m) || tick.Label != "" {
				all = append(all, tick)
			}
		}
	}
	return all
}

// mantissas says which multiples of which powers of ten get a label on an axis
// of that many decades.
func mantissas(decades float64) (steps []float64, every int) {
	switch {
	case decades <= 0.4:
		return []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9}, 1
	case decades <= 0.75:
		return []float64{1, 1.5, 2, 3, 4, 5, 7}, 1
	case decades <= 1.5:
		return []float64{1, 2, 3, 5}, 1
	case decades <= 3:
		return []float64{1, 2, 5}, 1
	}
	return []float64{1}, int(math.Ceil(decades / 6))
}

func contains(list []float64, v float64) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// linearTicks marks an axis from 0 in four to ten round steps.
func linearTicks(high float64, unit string) (all ticks) {
	step := math.Pow10(int(math.Floor(math.Log10(high))))
	for _, m := range []float64{0.1, 0.2, 0.25, 0.5, 1} {
		if high/(step*m) <= 8 {
			step *= m
			break
		}
	}
	// A step of nothing, or a sum beyond the largest number, would never end.
	for i := range 12 {
		v := float64(i) * step
		if !quantity.Finite(v) || v > high*1.05 || (i > 0 && v == 0) {
			break
		}
		all = append(all, plot.Tick{Value: v, Label: legible(tickText(v, unit))})
	}
	return all
}

// tickText is a round value with its unit: 2 ms and not 2.00 ms, 1.5× and not
// 1.50×.
func tickText(v float64, unit string) string {
	text := withUnit(v, unit)
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && r != '-' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(text)
	}
	number := text[:end]
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + text[end:]
}

// within widens a range to the next 1, 1.5, 2, 3, 5 or 7 of a power of ten, so
// that an axis ends near a label.
func within(lo, hi float64) (float64, float64) {
	down, up := lo, hi
	for exponent := math.Floor(math.Log10(lo)); exponent <= math.Ceil(math.Log10(hi)); exponent++ {
		for _, m := range []float64{1, 1.5, 2, 3, 5, 7} {
			v := m * math.Pow10(int(exponent))
			if v <= lo {
				down = v
			}
			if v >= hi && up == hi {
				up = v
			}
		}
	}
	return down, up
}

// nines maps a quantile to the axis on which each step is ten times rarer:
// 0.9 is 1, 0.99 is 2.
func nines(q float64) float64 { return -math.Log10(1 - q) }

// quantileAt is the inverse of nines.
func quantileAt(x float64) float64 { return 1 - math.Pow(10, -x) }

// ninesTicks marks the nines axis up to end.
func ninesTicks(end float64) (all ticks) {
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999} {
		if x := nines(q); x <= end+1e-9 {
			all = append(all, plot.Tick{Value: x, Label: percentile(q)[1:] + " %"})
		}
	}
	return all
}
