package stats

import "gonum.org/v1/gonum/stat/distuv"

// Proportion is the share k/n with the exact 95 % interval of Clopper and
// Pearson, which holds the true share with at least that confidence for any n.
// It is NaN for n of zero.
func Proportion(k, n int) Interval {
	if n == 0 {
		nan := Float(quantile(0, 1))
		return Interval{nan, nan, nan}
	}
	i := Interval{Estimate: Float(k) / Float(n), High: 1}
	const tail = (1 - confidence) / 2
	if k > 0 {
		i.Low = Float(distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(tail))
	}
	if k < n {
		i.High = Float(distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - tail))
	}
	return i
}
