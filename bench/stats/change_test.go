package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAChangeIsDecidedByItsInterval(t *testing.T) {
	steady := []float64{100, 101, 99, 100}
	tests := []struct {
		name          string
		before, after []float64
		better        Better
		want          Direction
		beyond        bool
		scale         Scale
		effect        float64
		why           string
	}{
		{"twice as slow", steady, []float64{200, 202, 198, 200}, Lower, Worse, true, Ratio, 2, "worse side"},
		{"twice the throughput", steady, []float64{200, 202, 198, 200}, Higher, Improved, false, Ratio, 0.5, "better side"},
		{"half the throughput", steady, []float64{50, 50.5, 49.5}, Higher, Worse, true, Ratio, 2.0001, "worse side"},
		{"slower by less than the threshold", steady, []float64{103, 104, 103, 104}, Lower, Worse, false, Ratio, 1.035, "worse side"},
		{"about the same", steady, []float64{101, 99, 100}, Lower, NoChange, false, Ratio, 1, "close about no change"},
		{"too noisy to tell", steady, []float64{20, 400, 100}, Lower, Unclear, false, Ratio, 0.9284, "more rounds"},
		{"two values", steady, []float64{900, 901}, Lower, Unclear, false, Ratio, 9.005, "values before: 4, after: 2"},
		{"one value", steady, []float64{900}, Lower, Unclear, false, Ratio, 9.0, "needs at least 3"},
		{"values that are missing", []float64{nan, 1, 1, math.Inf(1), 1}, []float64{2, 2, nan, 2}, Lower, Worse, true, Ratio, 2, "2.00×"},
		{"none lost before, some now", make([]float64, 3), []float64{12, 12, 12}, Lower, Worse, true, Difference, 12, "12 to 12"},
		{"zero before and after", make([]float64, 3), make([]float64, 3), Lower, NoChange, false, Difference, 0, "0 to 0"},
		{"nothing", nil, nil, Lower, Unclear, false, Ratio, nan, "values before: 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Changed(tt.before, tt.after, tt.better, 0.05)
			if c.Direction != tt.want || c.Beyond != tt.beyond || c.Scale != tt.scale || !strings.Contains(c.Why, tt.why) {
				t.Errorf("got %q, beyond %v, on the %s scale: %s", c.Direction, c.Beyond, c.Scale, c.Why)
			}
			if !near(float64(c.Effect.Estimate), tt.effect, 1e-3) {
				t.Errorf("effect %v, want %v", c.Effect.Estimate, tt.effect)
			}
		})
	}
}

func TestTheIntervalOfAChangeIsWelchs(t *testing.T) {
	// One sample without variance leaves the other's two degrees of freedom:
	// mean 2, deviation 1, t(0.975, 2) = 4.302653.
	c := Changed([]float64{0, 0, 0}, []float64{1, 2, 3}, Lower, 0)
	half := 4.302653 / math.Sqrt(3)
	if !near(float64(c.Effect.Low), 2-half, 1e-6) || !near(float64(c.Effect.High), 2+half, 1e-6) {
		t.Errorf("got %v to %v, want 2 ± %v", c.Effect.Low, c.Effect.High, half)
	}
	// Equal variances of equal samples have all four: t(0.975, 4) = 2.776445.
	c = Changed([]float64{-1, 0, 1}, []float64{1, 2, 3}, Lower, 0)
	half = 2.776445 * math.Sqrt(2./3)
	if !near(float64(c.Effect.Low), 2-half, 1e-6) || !near(float64(c.Effect.High), 2+half, 1e-6) {
		t.Errorf("got %v to %v, want 2 ± %v", c.Effect.Low, c.Effect.High, half)
	}
}

// sampled draws n values of a side that is slower by a factor.
func sampled(r *rand.Rand, n int, factor float64, of noise) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = 100 * factor * of.draw(r)
	}
	return values
}

func TestTheIntervalOfAChangeHoldsTheTrueOne(t *testing.T) {
	const ratio = 1.3
	quiet := noises()[0]
	eachSimulation(t, noises(), func(t *testing.T, n int, of noise) {
		got, margin := share(func(r *rand.Rand) bool {
			// The worst case for a t of equal variances: other noise, other size.
			c := Changed(sampled(r, n+2, 1, of), sampled(r, n, ratio, of), Lower, 0)
			return c.Effect.Low <= ratio && ratio <= c.Effect.High
		}, 11, confidence)
		t.Logf("covers %.3f", got)
		if got < confidence-margin {
			t.Errorf("covers %.3f, want %.3f", got, confidence)
		}
	})
	t.Run("a quiet run beside a restless one", func(t *testing.T) {
		got, margin := share(func(r *rand.Rand) bool {
			c := Changed(sampled(r, 8, 1, quiet), sampled(r, 8, ratio, noises()[1]), Lower, 0)
			return c.Effect.Low <= ratio && ratio <= c.Effect.High
		}, 12, confidence)
		if got < confidence-margin {
			t.Errorf("covers %.3f, want %.3f", got, confidence)
		}
	})
}

func TestEqualRunsSeldomCrossTheThreshold(t *testing.T) {
	eachSimulation(t, append(noises(), counts()...), func(t *testing.T, n int, of noise) {
		got, margin := share(func(r *rand.Rand) bool {
			return Changed(sampled(r, n, 1, of), sampled(r, n, 1, of), Lower, 0.05).Beyond
		}, 13, 0.025)
		if got > 0.025+margin {
			t.Errorf("%.3f of equal runs cross it, want at most one in forty", got)
		}
	})
}
