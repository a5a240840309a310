package generator

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench"
	"redisduel/bench/clock"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

var p99 = Objective{Quantile: 0.99, Limit: time.Millisecond}

// noisy is a trial whose chance to meet the objective falls from one to none
// around a knee, as a logistic curve of a width on the scale of ratios.
func noisy(knee, width float64, random *rand.Rand) func(context.Context, float64) (Tried, error) {
	return func(_ context.Context, rate float64) (Tried, error) {
		chance := 1 / (1 + math.Exp(math.Log(rate/knee)/width))
		return Tried{Rate: rate, Met: random.Float64() < chance}, nil
	}
}

func TestTheIntervalOfASearchHoldsTheKnee(t *testing.T) {
	const searches = 500
	for _, width := range []float64{0.001, 0.02, 0.05, 0.1} {
		held, trials, spread := 0, 0, 0.0
		for seed := range uint64(searches) {
			random := rand.New(rand.NewPCG(seed, 1))
			knee := 1000 * math.Exp(5*random.Float64())
			found, err := Search(t.Context(), p99, 10, 1000, 1e6, noisy(knee, width, random))
			if err != nil {
				t.Fatalf("width %v, seed %d: %v", width, seed, err)
			}
			if found.Low <= knee && knee <= found.High {
				held++
			}
			trials += len(found.Trials)
			spread += found.High / found.Low
		}
		share := float64(held) / searches
		t.Logf("width %v: %.1f %% hold the knee, %.1f trials, High/Low %.3f", width, 100*share, float64(trials)/searches, spread/searches)
		if share < 0.95 {
			t.Errorf("width %v: %.1f %% of the intervals hold the knee, want 95 %% at least", width, 100*share)
		}
	}
}

// The response time of a server that takes one op at a time, with Poisson
// arrivals and exponentially distributed service times (M/M/1), is exponentially
// distributed with rate μ − λ. So p99 = ln 100 / (μ − λ), and p99 < T up to
// λ = μ − ln 100 / T.
const (
	served = 2000.0 // μ, ops/s
	limit  = 4600 * time.Microsecond
)

var (
	underLimit = Objective{Quantile: 0.99, Limit: limit}
	knee       = served - math.Log(100)/limit.Seconds() // 999 ops/s
)

// A queue is the server. It tells an op how long it takes.
type queue struct {
	mu    sync.Mutex
	times *rand.Rand
	free  time.Time
}

func newQueue(trial int) *queue { return &queue{times: rand.New(rand.NewPCG(uint64(trial), 2))} }

func (q *queue) take(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free.Before(now) {
		q.free = now
	}
	q.free = q.free.Add(time.Duration(q.times.ExpFloat64() / served * 1e9))
	return q.free.Sub(now)
}

func TestASearchFindsTheKneeOfAQueueWhoseTheoryIsKnown(t *testing.T) {
	trial := 0
	found, err := Search(t.Context(), underLimit, 10, 100, 1e5, func(_ context.Context, rate float64) (Tried, error) {
		trial++
		q, response, at := newQueue(trial), latency.New(), time.Time{}
		arrivals := rand.New(rand.NewPCG(uint64(trial), 3))
		for range 20_000 {
			at = at.Add(time.Duration(arrivals.ExpFloat64() / rate * 1e9))
			response.Record(q.take(at))
		}
		return Tried{Rate: rate, Met: response.At(0.99) < limit}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("knee %.0f ops/s by theory; found %.0f to %.0f by %d trials", knee, found.Low, found.High, len(found.Trials))
	// The standard error of p99 over 20,000 independent samples is 1.5 % of it,
	// several times that where they queue; the ends lie some of those apart.
	if found.Low > knee || found.High < knee || found.High > 1.3*found.Low {
		t.Errorf("%.0f to %.0f ops/s, want an interval of less than 1.3 times that holds %.0f", found.Low, found.High, knee)
	}
}

func TestASearchDrivesTheRealLoadToTheSameKneeInFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const trial = 2 * time.Second
		trials := 0
		found, err := Search(t.Context(), underLimit, underLimit.LeastRate(trial), 1000, 1e5, func(ctx context.Context, rate float64) (Tried, error) {
			trials++
			q := newQueue(trials)
			// A free worker is waited for in the same order as the server, so that
			// few do; each takes a megabyte of histograms.
			spec := Spec{Conns: 4, Rate: rate, Warmup: 100 * time.Millisecond, Duration: trial, Seed: TrialSeed(1, trials)}
			found, err := load.Run(ctx, load.Plan{Spec: spec.load(), Clock: clock.Runtime()}, func(context.Context, int) error {
				time.Sleep(q.take(time.Now()))
				return nil
			})
			if err != nil {
				return Tried{}, err
			}
			return underLimit.Judge(&Result{Spec: spec, Load: found}), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("knee %.0f ops/s by theory; found %.0f to %.0f by %d trials", knee, found.Low, found.High, len(found.Trials))
		// A tenth of the samples: the ends lie some three times as far apart.
		if found.Low > knee || found.High < knee || found.High > 2*found.Low {
			t.Errorf("%.0f to %.0f ops/s, want an interval of less than twice that holds %.0f", found.Low, found.High, knee)
		}
	})
}

func TestASearchSaysWhenNoRateOrEveryRateMeetsTheObjective(t *testing.T) {
	always := func(met bool) func(context.Context, float64) (Tried, error) {
		return func(_ context.Context, rate float64) (Tried, error) { return Tried{Rate: rate, Met: met}, nil }
	}
	all, err := Search(t.Context(), p99, 10, 1000, 4000, always(true))
	if err != nil || all.Low != 4000 || all.High != 0 {
		t.Errorf("met at every rate: %v, low %v, high %v, want 4000 and none", err, all.Low, all.High)
	}
	none, err := Search(t.Context(), p99, 10, 1000, 4000, always(false))
	if err != nil || none.Low != 0 || none.High == 0 {
		t.Errorf("met at no rate: %v, low %v, high %v, want none and some", err, none.Low, none.High)
	}
}

func TestAGeneratorThatWasLateOnceLimitsNothingThatWasThenMet(t *testing.T) {
	tries := 0
	found, err := Search(t.Context(), p99, 4000, 1000, 4000, func(_ context.Context, rate float64) (Tried, error) {
		tries++
		return Tried{Rate: rate, Met: tries != 1, Generator: tries == 1}, nil
	})
	if err != nil || found.High != 0 || found.Limited {
		t.Errorf("%v, high %v, limited %v; want no upper end, and nothing that limits it", err, found.High, found.Limited)
	}
}

func TestASearchWhoseTrialsNeverAgreeEnds(t *testing.T) {
	met := false
	found, err := Search(t.Context(), p99, 10, 1000, 1e6, func(_ context.Context, rate float64) (Tried, error) {
		met = !met
		return Tried{Rate: rate, Met: met}, nil
	})
	if err != nil || found.Low != 0 || found.High != 0 {
		t.Errorf("%v, %v to %v, want no end proven", err, found.Low, found.High)
	}
}

func TestAnErrorOfATrialEndsASearchAndKeepsWhatWasTried(t *testing.T) {
	broken := errors.New("broken")
	n := 0
	found, err := Search(t.Context(), p99, 10, 1000, 1e6, func(_ context.Context, rate float64) (Tried, error) {
		if n++; n > 3 {
			return Tried{}, broken
		}
		return Tried{Rate: rate, Met: true}, nil
	})
	if !errors.Is(err, broken) || len(found.Trials) != 3 {
		t.Errorf("%v after %d trials, want the error after 3", err, len(found.Trials))
	}
}

func TestAnObjectiveIsReadAndWritten(t *testing.T) {
	for text, want := range map[string]string{
		"p99<5ms": "p99 < 5 ms", "p99.9 < 20ms": "p99.9 < 20 ms", "max<1s": "max < 1 s", "p50<1.5ms": "p50 < 1.5 ms",
	} {
		if o, err := ParseObjective(text); err != nil || o.String() != want {
			t.Errorf("%q: %v, %v, want %q", text, o, err, want)
		}
	}
	for _, text := range []string{"", "p99", "p99<5", "p99<-1ms", "p0<1ms", "p100<1ms", "99<1ms", "pNaN<1ms", "mean<1ms", "p99<5ms<6ms"} {
		if o, err := ParseObjective(text); !errors.Is(err, bench.ErrUsage) {
			t.Errorf("%q: %v, %v, want a complaint", text, o, err)
		}
	}
}
