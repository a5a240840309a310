package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is the share of intervals that hold the true value.
const confidence = 0.95

// Compare says how much worse the anti-pattern is than the pattern, how much
// the pattern differs from itself in the same rounds, and who wins by the rule
// documented at verdict.
//
// The effect is the geometric mean over rounds of anti-pattern / pattern for a
// metric that is better Lower, and of pattern / anti-pattern for one that is
// better Higher. Noise is the same with the control in the anti-pattern's
// place. If any value is zero or negative, both are the arithmetic mean of
// anti-pattern − pattern or of pattern − anti-pattern instead.
//
// A round in which any of the three values is NaN or infinite is left out;
// Comparison.Rounds counts those that are left. The verdict is one of the first
// four; Saturated and NotDemonstrable are the caller's to set, who knows why.
func Compare(rounds []Round, better Better) Comparison {
	complete := completeOf(rounds)
	s := scaleOf(complete)
	t := quantile(len(complete))
	effect := paired(complete, t, func(r Round) float64 { return s.worse(r.AntiPattern, r.Pattern, better) })
	noise := paired(complete, t, func(r Round) float64 { return s.worse(r.Control, r.Pattern, better) })
	c := Comparison{
		Scale:  s.Scale,
		Rounds: len(complete),
		Effect: s.interval(effect),
		Noise:  s.interval(noise),
	}
	c.Verdict, c.Why = verdict(grounds{s, effect, noise, len(complete), len(rounds)})
	return c
}

// completeOf returns the rounds whose three values are all finite.
func completeOf(rounds []Round) []Round {
	var complete []Round
	for _, r := range rounds {
		// A sum is NaN or infinite if a term is; halving keeps it from overflow.
		if sum := r.Pattern/4 + r.AntiPattern/4 + r.Control/4; !math.IsNaN(sum) && !math.IsInf(sum, 0) {
			complete = append(complete, r)
		}
	}
	return complete
}

// A span is an estimate and its interval on the line on which 0 is no
// difference: log ratios, or plain differences.
type span struct{ mid, low, high float64 }

// reach is the distance from no difference to the far end of the span.
func (s span) reach() float64 { return max(math.Abs(s.low), math.Abs(s.high)) }

// paired is the mean of one number per round with its Student's t interval;
// both ends are NaN for fewer than two rounds, and all is for none.
func paired(rounds []Round, t float64, of func(Round) float64) span {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	half := t * deviation / math.Sqrt(float64(len(values)))
	return span{mid: mean, low: mean - half, high: mean + half}
}

// quantile is that of Student's t for a two-sided interval of the mean of n
// values; NaN for fewer than two.
func quantile(n int) float64 {
	if n < 2 {
		return math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}
	return t.Quantile(1 - (1-confidence)/2)
}
