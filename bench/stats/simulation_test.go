package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// The simulations have fixed seeds: they state a property of the rule, and a
// change of the rule that breaks it must fail every time.
const simulated = 2000

// A noise multiplies the value of one trial.
type noise struct {
	name string
	draw func(*rand.Rand) float64
}

// noises are a quiet host, a restless one, and one whose neighbours now and
// then take the processor away for long: one trial in six is slowed by a
// factor from a Pareto distribution without a variance.
func noises() []noise {
	jitter := func(r *rand.Rand, sigma float64) float64 { return math.Exp(sigma * r.NormFloat64()) }
	return []noise{
		{"quiet", func(r *rand.Rand) float64 { return jitter(r, 0.02) }},
		{"restless", func(r *rand.Rand) float64 { return jitter(r, 0.20) }},
		{"neighbours", func(r *rand.Rand) float64 {
			slowed := 1.0
			if r.IntN(6) == 0 {
				slowed = math.Pow(1-r.Float64(), -1/1.5)
			}
			return jitter(r, 0.03) * slowed
		}},
	}
}

// counts are noises of few values, whose ties can make an interval collapse:
// coverage is not defined for them, but equal sides must not win either.
func counts() []noise {
	return []noise{
		{"coarse counts", func(r *rand.Rand) float64 { return 10 + float64(r.IntN(2)) }},
		{"rare events", func(r *rand.Rand) float64 { return float64(r.IntN(4) / 3) }},
	}
}

// simulate draws n rounds in which the anti-pattern is worse by the given
// ratio. The host's own speed drifts from round to round; pairing removes it.
func simulate(r *rand.Rand, n int, ratio float64, of noise) []Round {
	rounds := make([]Round, n)
	for i := range rounds {
		speed := 100 * math.Exp(0.3*r.NormFloat64())
		rounds[i] = Round{speed * of.draw(r), speed * ratio * of.draw(r), speed * of.draw(r)}
	}
	return rounds
}

// share is the share of simulations in which holds is true, with the margin
// that chance leaves around a true share of p: four standard deviations.
func share(holds func(*rand.Rand) bool, seed uint64, p float64) (got, margin float64) {
	r := rand.New(rand.NewPCG(seed, 7))
	count := 0
	for range simulated {
		if holds(r) {
			count++
		}
	}
	return float64(count) / simulated, 4 * math.Sqrt(p*(1-p)/simulated)
}

func eachSimulation(t *testing.T, among []noise, f func(t *testing.T, n int, of noise)) {
	for _, of := range among {
		for _, n := range []int{3, 5, 8, 10} {
			t.Run(fmt.Sprintf("%s/rounds=%d", of.name, n), func(t *testing.T) { f(t, n, of) })
		}
	}
}

func TestTheIntervalHoldsTheTrueEffect(t *testing.T) {
	const ratio = 1.7
	eachSimulation(t, noises(), func(t *testing.T, n int, of noise) {
		got, margin := share(func(r *rand.Rand) bool {
			c := Compare(simulate(r, n, ratio, of), Lower)
			return c.Effect.Low <= ratio && ratio <= c.Effect.High
		}, 1, confidence)
		t.Logf("covers %.3f", got)
		if got < confidence-margin {
			t.Errorf("covers %.3f, want at least %.3f", got, confidence-margin)
		}
	})
}

func TestEqualSidesSeldomWin(t *testing.T) {
	eachSimulation(t, slices.Concat(noises(), counts()), func(t *testing.T, n int, of noise) {
		got, margin := share(func(r *rand.Rand) bool {
			v := Compare(simulate(r, n, 1, of), Lower).Verdict
			return v == PatternWins || v == AntiPatternWins
		}, 2, 1-confidence)
		t.Logf("wins %.4f", got)
		if got > 1-confidence+margin {
			t.Errorf("%.3f of equal sides win, want at most %.3f", got, 1-confidence+margin)
		}
	})
}

// A rule that never speaks would pass the tests above.
func TestALargeEffectIsSeen(t *testing.T) {
	tests := []struct {
		noise  string
		rounds int
		ratio  float64
		least  float64 // share of wins
	}{
		{"quiet", 3, 1.5, 0.95},
		{"quiet", 8, 1.1, 0.99},
		{"restless", 5, 4, 0.90},
		{"restless", 8, 2, 0.80},
		{"neighbours", 8, 4, 0.75},
		{"neighbours", 10, 10, 0.95},
	}
	for _, tt := range tests {
		of := noises()[slices.IndexFunc(noises(), func(n noise) bool { return n.name == tt.noise })]
		t.Run(fmt.Sprintf("%s/rounds=%d/ratio=%v", tt.noise, tt.rounds, tt.ratio), func(t *testing.T) {
			got, _ := share(func(r *rand.Rand) bool {
				return Compare(simulate(r, tt.rounds, tt.ratio, of), Lower).Verdict == PatternWins
			}, 3, tt.least)
			t.Logf("wins %.3f", got)
			if got < tt.least {
				t.Errorf("wins %.3f, want at least %.3f", got, tt.least)
			}
		})
	}
}

// The road not taken: the percentile bootstrap is too narrow for few rounds.
func TestTheBootstrapIsTooNarrowForFewRounds(t *testing.T) {
	tests := []struct {
		rounds int
		most   float64 // coverage
	}{{3, 0.80}, {5, 0.90}, {10, 0.935}}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("rounds=%d", tt.rounds), func(t *testing.T) {
			got, _ := share(func(r *rand.Rand) bool {
				values := make([]float64, tt.rounds)
				for i := range values {
					values[i] = r.NormFloat64()
				}
				low, high := bootstrap(r, values)
				return low <= 0 && 0 <= high
			}, 4, confidence)
			t.Logf("covers %.3f", got)
			if got > tt.most {
				t.Errorf("covers %.3f, the package comment says at most %.3f", got, tt.most)
			}
		})
	}
}

// bootstrap is the percentile bootstrap's 95 % interval of the mean.
func bootstrap(r *rand.Rand, values []float64) (low, high float64) {
	means := make([]float64, 400)
	sample := make([]float64, len(values))
	for i := range means {
		for j := range sample {
			sample[j] = values[r.IntN(len(values))]
		}
		means[i] = stat.Mean(sample, nil)
	}
	slices.Sort(means)
	return stat.Quantile(0.025, stat.Empirical, means, nil), stat.Quantile(0.975, stat.Empirical, means, nil)
}
