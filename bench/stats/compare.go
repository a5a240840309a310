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
// documented at verdict. The number of rounds was fixed before the first; where
// it was not, Plan.Compare is the one to call.
//
// A round's number is the log of the ratio of the anti-pattern to the geometric
// mean of the pattern's two trials for a metric that is better Lower, and of
// that mean to the anti-pattern for one that is better Higher; Effect is the
// mean over rounds, taken back from the log. Noise is the same of the control
// against the pattern's first trial. If any value is zero or negative, both are
// of plain differences, and of the arithmetic mean.
//
// A round in which any of the three values is NaN or infinite is left out;
// Comparison.Rounds counts those that are left. The verdict is one of the first
// four; Saturated and NotDemonstrable are the caller's to set, who knows why.
func Compare(rounds []Round, better Better) Comparison {
	return compare(rounds, better, 1-confidence)
}

// compare is Compare with intervals that miss the truth with probability alpha.
func compare(rounds []Round, better Better, alpha float64) Comparison {
	complete := completeOf(rounds)
	s := scaleOf(complete)
	effect := spanOf(complete, quantile(len(complete), alpha), func(r Round) float64 {
		return (s.worse(r.AntiPattern, r.Pattern, better) + s.worse(r.AntiPattern, r.Control, better)) / 2
	})
	noise := spanOf(complete, 0, func(r Round) float64 { return s.worse(r.Control, r.Pattern, better) }).mirrored()
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

// mirrored is the band that reaches as far to both sides of no difference as the
// estimate lies from it.
func (s span) mirrored() span {
	return span{mid: s.mid, low: -math.Abs(s.mid), high: math.Abs(s.mid)}
}

// spanOf is the mean of one number per round with its Student's t interval;
// both ends are NaN for fewer than two rounds, and all is for none.
func spanOf(rounds []Round, t float64, of func(Round) float64) span {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	half := t * deviation / math.Sqrt(float64(len(values)))
	return span{mid: mean, low: mean - half, high: mean + half}
}

// quantile is that of Student's t for a two-sided interval of the mean of n
// values which misses it with probability alpha; NaN for fewer than two.
func quantile(n int, alpha float64) float64 {
	if n < 2 {
		return math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}
	return t.Quantile(1 - alpha/2)
}
