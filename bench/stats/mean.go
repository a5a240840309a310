package stats

// Mean is the mean of one number of each round with Student's t interval: the
// geometric one for ratios, which must be above zero, the arithmetic one for
// differences. What is not finite is left out; without two values there is no
// interval, without one no mean, and both are then NaN.
func Mean(values []float64, as Scale) Interval {
	var rounds []Round
	for _, v := range finites(values) {
		rounds = append(rounds, Round{Pattern: v})
	}
	s := scale{Scale: as}
	return s.interval(spanOf(rounds, quantile(len(rounds), 1-confidence), func(r Round) float64 {
		if as == Ratio {
			return s.worse(r.Pattern, 1, Lower)
		}
		return r.Pattern
	}))
}
