package generator

import (
	"context"
	"fmt"
	"math"
	"time"
)

// A Tried is one trial of a search.
type Tried struct {
	Rate      float64       `json:"rate"` // ops/s
	Seed      uint64        `json:"seed"`
	Value     time.Duration `json:"value_ns"` // of the objective's quantile
	Met       bool          `json:"met"`
	Why       string        `json:"why,omitempty"`       // it did not count as met, if not for Value
	Generator bool          `json:"generator,omitempty"` // the generator could not keep up
}

// Found is the highest rate that meets an objective. The rate at which half of
// all trials would meet it lies between Low and High.
type Found struct {
	Objective string `json:"objective"`
	// Low is the highest rate found that the objective was met at by all of
	// Agreeing trials in a row; 0 if there was none.
	Low float64 `json:"low_ops_per_s"`
	// High is the lowest at which all of as many missed it; 0 if none that was
	// tried did.
	High     float64 `json:"high_ops_per_s"`
	Agreeing int     `json:"agreeing"`
	// Limited says that the generator could not keep up at High, so that the
	// server itself may do more.
	Limited bool    `json:"generator_limited,omitempty"`
	Trials  []Tried `json:"trials"`
}

// Rule says how sure Low and High are.
func (f *Found) Rule() string {
	return fmt.Sprintf("Each end was tried until %d trials in a row agreed. At a rate that meets the objective in half of all trials that many agree once in %d, so that this rate lies between the ends with 95 %% confidence.",
		f.Agreeing, 1<<f.Agreeing)
}

// TrialSeed is the seed of a search's trial: trials with the same arrivals would
// agree by their common luck. It fits a number of JSON.
func TrialSeed(seed uint64, trial int) uint64 {
	return (seed + uint64(trial)*0x9e3779b97f4a7c15) >> 11
}

const (
	// agreeing trials in a row decide an end of the interval: the fewest with which
	// it holds the knee at least 19 times of 20, whatever the noise, by simulation.
	agreeing = 5
	// narrow is the ratio of the ends at which halving ends.
	narrow = 1.05
	// widening is the factor by which an end first moves out when its trials
	// disagree; the next steps are half as long again.
	widening = 1.02
)

// A search for a rate is under way.
type search struct {
	Found
	ctx         context.Context
	least, most float64
	trial       func(context.Context, float64) (Tried, error)
}

// Search looks for the highest rate between least and most that meets an
// objective, beginning at from: it doubles or halves the rate, then halves the
// gap, with a trial each, and then tries both ends until they are proven. It
// takes some 20 to 35 trials, and ends whatever they say. With an error it returns what was tried.
func Search(ctx context.Context, o Objective, least, from, most float64, trial func(context.Context, float64) (Tried, error)) (*Found, error) {
	s := &search{Found: Found{Objective: o.String(), Agreeing: agreeing}, ctx: ctx, least: least, most: most, trial: trial}
	low, high, err := s.bracket(min(max(from, least), most))
	if err == nil {
		low, high, err = s.narrow(low, high)
	}
	if err == nil {
		s.Low, err = s.prove(low, true)
	}
	if err == nil {
		s.High, err = s.prove(max(high, s.Low*narrow), false)
	}
	return &s.Found, err
}

// try makes a trial.
func (s *search) try(rate float64) (met bool, err error) {
	t, err := s.trial(s.ctx, rate)
	if err != nil {
		return false, err
	}
	s.Trials = append(s.Trials, t)
	return t.Met, nil
}

// bracket finds two rates, the lower met and the higher missed, a factor of two
// apart; or the same rate twice at an end of the range.
func (s *search) bracket(rate float64) (low, high float64, err error) {
	met, err := s.try(rate)
	for first := met; err == nil; {
		next := min(rate*2, s.most)
		if !first {
			next = max(rate/2, s.least)
		}
		if next == rate {
			return rate, rate, nil
		}
		if met, err = s.try(next); met != first && err == nil {
			return min(rate, next), max(rate, next), nil
		}
		rate = next
	}
	return 0, 0, err
}

// narrow halves the gap, on the scale of ratios.
func (s *search) narrow(low, high float64) (_, _ float64, err error) {
	for high/low > narrow {
		mid := math.Sqrt(low * high)
		met, err := s.try(mid)
		if err != nil {
			return 0, 0, err
		}
		if met {
			low = mid
		} else {
			high = mid
		}
	}
	return low, high, nil
}

// prove moves an end outwards until enough trials agree, and returns it; 0 if it
// left the range.
func (s *search) prove(rate float64, want bool) (float64, error) {
	step := widening
	for {
		if rate = min(max(rate, s.least), s.most); !want {
			s.Limited = false
		}
		agree, err := s.agree(rate, want)
		if err != nil || agree {
			return rate, err
		}
		if rate == s.least && want || rate == s.most && !want {
			s.Limited = s.Limited && want // nothing limited what was met
			return 0, nil
		}
		if want {
			rate /= step
		} else {
			rate *= step
		}
		step = 1 + (step-1)*1.5
	}
}

// agree makes trials until one differs, or all do not.
func (s *search) agree(rate float64, want bool) (bool, error) {
	for range s.Agreeing {
		met, err := s.try(rate)
		if err != nil || met != want {
			return false, err
		}
		if last := s.Trials[len(s.Trials)-1]; !want && last.Generator {
			s.Limited = true
		}
	}
	return true, nil
}
