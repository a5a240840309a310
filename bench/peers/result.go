package peers

import (
	"math"
	"time"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// Schema is the version of the JSON of a Result.
const Schema = 2

// A Result is what all steps found.
type Result struct {
	Schema   int           `json:"peers_schema"`
	Started  time.Time     `json:"started"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	Quick    bool          `json:"quick,omitempty"`
	Host     bench.Host    `json:"host"`
	Programs []Program     `json:"programs"`
	Sections []Section     `json:"sections"`
	Growth   []Growth      `json:"growth,omitempty"`
}

// A Program took part, or says why it did not.
type Program struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Absent  string `json:"absent,omitempty"` // such as "not on PATH"
}

// A Section answers one question.
type Section struct {
	Title     string    `json:"title"`
	About     []string  `json:"about"` // paragraphs: what was done, and what was expected before
	Measures  []Measure `json:"measures"`
	Reproduce string    `json:"reproduce"` // the command
}

// A Measure is one quantity of several ways in the same rounds.
type Measure struct {
	What        string       `json:"what"`
	Unit        string       `json:"unit"` // as in bench.Metric
	Ways        []Way        `json:"ways"`
	Comparisons []Comparison `json:"comparisons"`
	// Note is what else was measured that bears on it, in words.
	Note string `json:"note,omitempty"`
}

// A Way is one way of doing it.
type Way struct {
	Name   string        `json:"name"`
	Rounds []stats.Float `json:"rounds"` // null where the round failed
}

// A Comparison holds one way against another. Its effect is a ratio, or the
// difference less Less, in the measure's unit. Against nothing, it is the value
// itself, as the difference to zero.
type Comparison struct {
	Of      string      `json:"of"`
	Against string      `json:"against,omitempty"`
	Scale   stats.Scale `json:"scale"`
	Less    float64     `json:"less,omitempty"`
	// Min and Max bound what the target allows; nil is no bound.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
}

// A Verdict says whether a target is met.
type Verdict string

// The verdicts.
const (
	Met       Verdict = "met"
	Missed    Verdict = "missed"
	Undecided Verdict = "undecided" // the interval reaches across the bound
	NoTarget  Verdict = ""
)

// Of returns a way's rounds.
func (m *Measure) Of(name string) []stats.Float {
	for i := range m.Ways {
		if m.Ways[i].Name == name {
			return m.Ways[i].Rounds
		}
	}
	return nil
}

// Median is the median of a way's rounds.
func (m *Measure) Median(way string) float64 {
	var values []float64
	for _, v := range m.Of(way) {
		values = append(values, float64(v))
	}
	return stats.Median(values)
}

// Effect is the comparison's mean over rounds with its 95 % interval.
func (m *Measure) Effect(c Comparison) stats.Interval {
	of, against := m.Of(c.Of), m.Of(c.Against)
	if c.Against == "" {
		against = make([]stats.Float, len(of))
	}
	var effects []float64
	for i := range min(len(of), len(against)) {
		a, b := float64(of[i]), float64(against[i])
		switch {
		case c.Scale == stats.Difference:
			effects = append(effects, a-b-c.Less)
		case a > 0 && b > 0:
			effects = append(effects, a/b)
		}
	}
	return stats.Mean(effects, c.Scale)
}

// Judge says whether the whole interval lies within the bounds, or outside.
func (c Comparison) Judge(effect stats.Interval) Verdict {
	if c.Min == nil && c.Max == nil {
		return NoTarget
	}
	least, most := math.Inf(-1), math.Inf(1)
	if c.Min != nil {
		least = *c.Min
	}
	if c.Max != nil {
		most = *c.Max
	}
	low, high := float64(effect.Low), float64(effect.High)
	switch {
	case low >= least && high <= most:
		return Met
	case high < least || low > most:
		return Missed
	}
	return Undecided
}
