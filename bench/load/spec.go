package load

import (
	"cmp"
	"fmt"
	"time"

	"redisduel/bench/latency"
)

// Mode says what decides when an operation is due.
type Mode string

// The loads.
const (
	Open   Mode = "open"   // a schedule
	Closed Mode = "closed" // a free worker, for a duration
	Job    Mode = "job"    // a free worker, for a number of operations
)

// Arrivals says how the moments of an open loop's schedule are spaced.
type Arrivals string

// The schedules of an open loop.
const (
	Constant Arrivals = "constant" // one every 1/rate
	Poisson  Arrivals = "poisson"  // exponentially distributed gaps of mean 1/rate
)

// A Spec describes a load. The zero value of an optional field means its
// documented default.
type Spec struct {
	Mode     Mode          `json:"mode"`
	Arrivals Arrivals      `json:"arrivals,omitempty"`    // open loop; default Constant
	Rate     float64       `json:"rate,omitempty"`        // open loop, operations per second
	Ops      int           `json:"ops,omitempty"`         // job, operations
	Workers  int           `json:"workers,omitempty"`     // most operations in flight; default 1
	Warmup   time.Duration `json:"warmup_ns,omitempty"`   // driven but kept out of the result
	Duration time.Duration `json:"duration_ns,omitempty"` // of the measured phase; a job has none and ignores it
	Timeout  time.Duration `json:"timeout_ns,omitempty"`  // of one operation, from its start; default 5 s
	Timeline time.Duration `json:"timeline_ns,omitempty"` // width of a timeline bucket; 0 keeps no timeline
	Seed     uint64        `json:"seed,omitempty"`        // of the Poisson gaps
	// Shares is the number of processes that divide an open or a closed loop, 0
	// for one, and Share the number of this one, from 0: it carries out the
	// operations whose number leaves Share when divided by Shares. Together they
	// carry out exactly what one process would in an open loop; in a closed loop
	// only the numbers are divided, since nothing else is common.
	Share  int `json:"share,omitempty"`
	Shares int `json:"shares,omitempty"`
}

// The limits of a Spec.
const (
	minRate     = 0.001
	maxRate     = 1e6
	maxOps      = 1e9
	maxWorkers  = 10_000
	maxDuration = 24 * time.Hour
	maxBuckets  = 100_000
	maxShares   = 10_000
	// A longer operation would not fit the histogram.
	maxTimeout     = latency.Range
	defaultTimeout = 5 * time.Second
)

// Validate says in one sentence which field has a value outside its range, or
// one that the mode does not use and that would be ignored.
func (s Spec) Validate() error {
	_, err := s.withDefaults()
	return err
}

// withDefaults fills in what is optional and checks the whole.
func (s Spec) withDefaults() (Spec, error) {
	if s.Mode == Open {
		s.Arrivals = cmp.Or(s.Arrivals, Constant)
	}
	if s.Mode == Job {
		s.Duration = 0
	}
	s.Workers = cmp.Or(s.Workers, 1)
	s.Timeout = cmp.Or(s.Timeout, defaultTimeout)
	return s, cmp.Or(s.checkMode(), s.checkCommon())
}

// checkMode checks the fields that depend on the mode.
func (s Spec) checkMode() error {
	switch s.Mode {
	case Open:
		return cmp.Or(s.checkArrivals(), s.unused("Ops", s.Ops != 0), within("Rate", s.Rate, minRate, maxRate), s.checkDuration())
	case Closed:
		return cmp.Or(s.unused("Rate", s.Rate != 0), s.unused("Arrivals", s.Arrivals != ""),
			s.unused("Ops", s.Ops != 0), s.checkDuration())
	case Job:
		return cmp.Or(s.unused("Rate", s.Rate != 0), s.unused("Arrivals", s.Arrivals != ""),
			s.unused("Shares", s.Shares != 0), within("Ops", s.Ops, 1, maxOps))
	}
	return fmt.Errorf("load: Mode is %q, but must be %s, %s or %s", s.Mode, Open, Closed, Job)
}

func (s Spec) checkArrivals() error {
	if s.Arrivals != Constant && s.Arrivals != Poisson {
		return fmt.Errorf("load: Arrivals is %q, but must be %s or %s", s.Arrivals, Constant, Poisson)
	}
	return nil
}

func (s Spec) checkDuration() error {
	return within("Duration", s.Duration, time.Millisecond, maxDuration)
}

// checkCommon checks the fields that every mode uses.
func (s Spec) checkCommon() error {
	return cmp.Or(
		within("Workers", s.Workers, 1, maxWorkers),
		within("Shares", s.Shares, 0, maxShares),
		within("Share", s.Share, 0, max(s.Shares, 1)-1),
		within("Warmup", s.Warmup, 0, maxDuration),
		within("Timeout", s.Timeout, time.Millisecond, maxTimeout),
		s.checkTimeline(),
	)
}

func (s Spec) checkTimeline() error {
	if s.Timeline == 0 {
		return nil
	}
	if err := within("Timeline", s.Timeline, time.Millisecond, maxDuration); err != nil {
		return err
	}
	if s.Duration/s.Timeline > maxBuckets {
		return fmt.Errorf("load: Timeline is %v, but must be at least %v for no more than %d buckets",
			s.Timeline, s.Duration/maxBuckets, maxBuckets)
	}
	return nil
}

// unused complains about a field that is set although the mode ignores it.
func (s Spec) unused(field string, set bool) error {
	if !set {
		return nil
	}
	return fmt.Errorf("load: %s is set, but the mode %s does not use it: leave it out", field, s.Mode)
}

// within checks a range. NaN lies in none.
func within[T int | float64 | time.Duration](field string, value, low, high T) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("load: %s is %v, but must be from %v to %v", field, value, low, high)
}
