package scenarios

import (
	"math"
	"sort"
)

// waitQuantile is a quantile of the time that is spent waiting in an M/D/1 queue
// (Poisson arrivals, service of one length), in services, at a utilisation below
// 1: by Erlang's formula of 1909,
//
//	P(W ≤ x) = (1 − ρ) Σ_{k=0}^{⌊x⌋} e^{−ρ(k−x)} (ρ(k−x))^k / k!
//
// whose terms alternate, and which is good to five digits up to 20 services.
func waitQuantile(use, q float64) float64 {
	const step = 0.001
	n := sort.Search(int(20/step), func(i int) bool { return waited(use, float64(i)*step) >= q })
	return float64(n) * step
}

// waited is P(W ≤ x).
func waited(use, x float64) float64 {
	sum, factorial := 0.0, 1.0
	for k := range int(x) + 1 {
		if k > 0 {
			factorial *= float64(k)
		}
		behind := use * (float64(k) - x)
		sum += math.Exp(-behind) * math.Pow(behind, float64(k)) / factorial
	}
	return (1 - use) * sum
}
