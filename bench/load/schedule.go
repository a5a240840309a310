package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// A schedule is the stream of an open loop's due moments. Whoever holds it
// leads: it is handed from worker to worker and never shared.
type schedule struct {
	next  func() time.Duration // the next offset from the start; never decreases
	i     int                  // index of the operation that next belongs to
	share shareOf              // which of the moments are this process's
}

// A shareOf is the share of operations that a process carries out.
type shareOf struct{ index, of int }

func (s Spec) share() shareOf { return shareOf{s.Share, max(s.Shares, 1)} }

// holds tells whether operation i belongs to the share.
func (s shareOf) holds(i int) bool { return i%s.of == s.index }

// number is that of the share's own i'th operation among those of all.
func (s shareOf) number(i int) int { return i*s.of + s.index }

// A moment is when operation i is due, counted from the start.
type moment struct {
	i   int
	due time.Duration
}

// newSchedule returns the schedule of a valid open-loop Spec. The same Spec
// gives the same moments.
func newSchedule(s Spec) *schedule {
	if s.Arrivals == Poisson {
		return &schedule{next: poisson(s.Rate, s.Seed), share: s.share()}
	}
	return &schedule{next: constant(s.Rate), share: s.share()}
}

// pop takes the share's next moment, past those of other shares.
func (s *schedule) pop() moment {
	for ; !s.share.holds(s.i); s.i++ {
		s.next()
	}
	m := moment{i: s.i, due: s.next()}
	s.i++
	return m
}

// constant gives i/rate for i from 0. Each moment is computed afresh: adding up
// a rounded gap would drift by up to half a nanosecond for each operation.
func constant(rate float64) func() time.Duration {
	i := -1.0
	return func() time.Duration {
		i++
		return time.Duration(math.Round(i / rate * float64(time.Second)))
	}
}

// poisson gives the arrivals of a Poisson process: its gaps are independent and
// exponentially distributed with mean 1/rate. The first gap precedes the first
// operation.
func poisson(rate float64, seed uint64) func() time.Duration {
	gaps := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) // the second half is arbitrary
	mean := float64(time.Second) / rate
	at := 0.0
	return func() time.Duration {
		at += gaps.ExpFloat64() * mean
		return time.Duration(at)
	}
}
