package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Direction is what became of a value from one run to another.
type Direction string

// The directions of a change.
const (
	Worse    Direction = "worse"
	Improved Direction = "better"
	NoChange Direction = "no measurable change"
	Unclear  Direction = "inconclusive"
)

// A Change is what two samples say about one metric of one side. Above 1
// (ratio) or 0 (difference) the new one is worse, whichever way the metric
// improves; what is missing is NaN.
type Change struct {
	Scale     Scale     `json:"scale"`
	Old       int       `json:"old_values"` // finite ones, of the old sample
	New       int       `json:"new_values"`
	Effect    Interval  `json:"effect"` // new against old
	Direction Direction `json:"direction"`
	// Beyond says that the whole interval is worse by more than the threshold.
	Beyond bool   `json:"beyond_threshold"`
	Why    string `json:"why"` // the reason for the direction, one sentence
}

// Changed says how much worse the new sample is than the old one. The samples
// are independent: the n-th value of one has nothing to do with the n-th of the
// other, and their numbers may differ. threshold is a share, such as 0.05.
//
// The effect is the ratio of the geometric means, with Welch's t interval on
// the logs: mean ± t(0.975, ν) · √(s₁²/n₁ + s₂²/n₂), with ν degrees of freedom
// after Welch and Satterthwaite, so that a restless run beside a quiet one does
// no harm. If any value is zero or negative, it is the difference of the
// arithmetic means, and the threshold is a share of the old one's size.
//
// It is worse, or better, if the whole interval lies on one side of no
// difference and 0.1 % away from it; no measurable change if the interval lies
// within 1/1.25 to 1.25 of it; and inconclusive otherwise, or with fewer than
// three finite values in either sample.
//
// What the interval cannot hold is what all rounds of a run have in common: the
// hour at which it ran. A threshold well above what two runs of the same code
// differ by guards against that.
func Changed(before, after []float64, better Better, threshold float64) Change {
	before, after = finites(before), finites(after)
	s := changeScale(before, after)
	x := s.welch(before, after, better)
	c := Change{Scale: s.Scale, Old: len(before), New: len(after), Effect: s.interval(x)}
	c.Direction, c.Why = s.direction(x, c.Old, c.New)
	c.Beyond = c.Direction == Worse && x.low > s.share(threshold)
	return c
}

// changeScale is the ratio scale when each value has a log, else differences
// whose level is that of the old sample.
func changeScale(before, after []float64) scale {
	s := scale{Scale: Ratio}
	for _, sample := range [][]float64{before, after} {
		for _, v := range sample {
			if v <= 0 {
				s.Scale = Difference
			}
		}
	}
	for _, v := range before {
		s.level += math.Abs(v) / float64(len(before))
	}
	return s
}

// share is how far from no difference a worsening by a share lies.
func (s scale) share(threshold float64) float64 {
	if s.Scale == Ratio {
		return math.Log1p(threshold)
	}
	return threshold * s.level
}

// welch is the difference of the samples' means on the line on which a positive
// number says that the second is worse, with its interval.
func (s scale) welch(before, after []float64, better Better) span {
	m1, v1 := stat.MeanVariance(s.line(before, better), nil)
	m2, v2 := stat.MeanVariance(s.line(after, better), nil)
	mid := m2 - m1
	e1, e2 := v1/float64(len(before)), v2/float64(len(after))
	half := 0.0 // two samples without any variance
	if e1+e2 != 0 {
		n1, n2 := float64(len(before)-1), float64(len(after)-1)
		t := distuv.StudentsT{Sigma: 1, Nu: (e1 + e2) * (e1 + e2) / (e1*e1/n1 + e2*e2/n2)}
		half = math.NaN()
		if t.Nu > 0 { // neither NaN, as with one value, nor nothing
			half = t.Quantile(1-(1-confidence)/2) * math.Sqrt(e1+e2)
		}
	}
	return span{mid: mid, low: mid - half, high: mid + half}
}

// line is the values on the line on which a larger number is worse.
func (s scale) line(values []float64, better Better) []float64 {
	none := 0.0
	if s.Scale == Ratio {
		none = 1
	}
	line := make([]float64, len(values))
	for i, v := range values {
		line[i] = s.worse(v, none, better)
	}
	return line
}

// direction decides by the rule documented at Changed.
func (s scale) direction(x span, before, after int) (Direction, string) {
	switch {
	case before < fewest || after < fewest:
		return Unclear, fmt.Sprintf("values before: %d, after: %d; a verdict needs at least %d of each", before, after, fewest)
	case !finite(x):
		return Unclear, "the values are too large to compute with"
	case x.low > s.resolution():
		return Worse, "the interval " + s.words(x.low, x.high) + " lies on the worse side"
	case x.high < -s.resolution():
		return Improved, "the interval " + s.words(x.low, x.high) + " lies on the better side"
	case x.reach() <= s.small():
		return NoChange, "the interval " + s.words(x.low, x.high) + " is close about no change"
	}
	return Unclear, "the interval " + s.words(x.low, x.high) + " holds no change and much else, so that more rounds or a quieter host are needed"
}

// finites are the values that are neither NaN nor infinite.
func finites(values []float64) []float64 {
	var kept []float64
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			kept = append(kept, v)
		}
	}
	return kept
}
