package main

import (
	"context"
	"fmt"
	"time"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/quantity"
)

// What a search for a rate begins with and ends at, in ops/s.
const (
	firstRate   = 1000
	highestRate = 1e6
)

// likelyTrials is how many trials a search mostly takes.
const likelyTrials = 25

// search looks for the highest rate that meets the objective. Its result is that
// of the last trial at that rate, or of the last of all if none met it.
func (f *loadFlags) search(ctx context.Context, g *generator.Generator, bar *progress) (*generator.Result, error) {
	first := f.spec.Rate
	if first == 0 {
		first = firstRate
	}
	least := f.objective.LeastRate(f.spec.Duration)
	results := map[float64]*generator.Result{}
	var last *generator.Result
	trials := 0
	found, err := generator.Search(ctx, *f.objective, least, first, highestRate, func(ctx context.Context, rate float64) (generator.Tried, error) {
		left := time.Duration(max(likelyTrials-trials, 1)) * f.perTrial()
		bar.update(bench.Progress{
			Scenario: "load", Phase: fmt.Sprintf("trial %d: %s ops/s", trials+1, quantity.Number(rounded(rate))),
			Done: trials, Total: max(likelyTrials, trials+1), Remaining: left,
		})
		trials++
		result, err := g.Run(ctx, func(s *generator.Spec) { s.Rate, s.Seed = rate, generator.TrialSeed(f.spec.Seed, trials) })
		if err != nil {
			return generator.Tried{}, err
		}
		results[rate], last = result, result
		return f.objective.Judge(result), nil
	})
	if at := results[found.Low]; at != nil {
		last = at
	}
	if last != nil {
		last.Search = found
		if err != nil {
			last.Partial = bench.Sentence(err.Error())
		}
	}
	return last, err
}

// perTrial is what a trial takes.
func (f *loadFlags) perTrial() time.Duration {
	return f.spec.Warmup + f.spec.Duration + 100*time.Millisecond
}

// estimate is how long the load will take.
func (f *loadFlags) estimate() time.Duration {
	wait := max(0, time.Until(f.spec.StartAt))
	if !f.spec.Unseeded {
		wait = max(wait, time.Duration(f.spec.Keys)*likelyEach)
	}
	if f.objective != nil {
		return wait + likelyTrials*f.perTrial()
	}
	return wait + f.perTrial()
}

// announce is what the load will do.
func (f *loadFlags) announce() string {
	s := &f.spec
	how := fmt.Sprintf("closed loop of %d", s.Conns)
	switch {
	case f.objective != nil:
		how = "looking for the highest rate with " + f.objective.String()
	case s.Rate > 0:
		how = quantity.Format(s.Rate, "ops/s")
	}
	return fmt.Sprintf("load: %s, %v each after %v of warm-up", how, s.Duration, s.Warmup)
}

func rounded(rate float64) float64 { return float64(int64(rate + 0.5)) }
