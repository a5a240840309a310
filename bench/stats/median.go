package stats

import (
	"math"
	"slices"
)

// Median is the middle of the values that are not NaN, and the mean of the two
// middle ones when their number is even. It is NaN when there is none. The
// values keep their order.
func Median(values []float64) float64 {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(known) == 0 {
		return math.NaN()
	}
	slices.Sort(known)
	low, high := known[(len(known)-1)/2], known[len(known)/2]
	if low == high {
		return low // also the infinities, of which no mean exists
	}
	return low/2 + high/2 // their sum may overflow
}
