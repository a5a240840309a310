package generator

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// noisy is a trial whose chance to meet the objective falls from one to none
// around a knee, as a logistic curve of a width on the scale of ratios.
func noisy(knee, width float64, random *rand.Rand) func(context.Context, float64) (Tried, error) {
	return func(_ context.Context, rate float64) (Tried, error) {
		chance := 1 / (1 + math.Exp(math.Log(rate/knee)/width))
		return Tried{Rate: rate, Met: random.Float64() < chance}, nil
	}
}

func TestTheIntervalOfASearchHoldsTheKnee(t *testing.T) {
	objective := Objective{Quantile: 0.99, Limit: time.Millisecond}
	const searches = 2000
	for _, width := range []float64{0.001, 0.02, 0.05, 0.1} {
		held, trials, worst := 0, 0, 0
		spread := 0.0
		for seed := range uint64(searches) {
			random := rand.New(rand.NewPCG(seed, 1))
			knee := 1000 * math.Exp(5*random.Float64())
			found, err := Search(t.Context(), objective, 10, 1000, 1e6, noisy(knee, width, random))
			if err != nil {
				t.Fatalf("width %v, seed %d: %v", width, seed, err)
			}
			if found.Low <= knee && knee <= found.High {
				held++
			}
			trials += len(found.Trials)
			worst = max(worst, len(found.Trials))
			spread += found.High / found.Low
		}
		share := float64(held) / searches
		t.Logf("width %v: %.1f %% hold the knee, %.1f trials (at most %d), High/Low %.3f", width, 100*share, float64(trials)/searches, worst, spread/searches)

		if share < 0.95 {
			t.Errorf("width %v: %.1f %% of the intervals hold the knee, want 95 %% at least", width, 100*share)
		}
	}
}
