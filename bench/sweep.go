package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// A Sweep varies one parameter of a scenario to find where its sides break
// even.
type Sweep struct {
	Name      string    // as typed after the scenario's name and used in file names; no other of the scenario has it
	Parameter string    // what is varied, such as "commands per connection"
	Unit      string    // of its values; empty for a plain number
	Values    []float64 // ascending, at least two, all above zero
	// Linear values are laid out evenly and not by their logarithms, and may be
	// zero.
	Linear bool
	// At is the scenario at a value: of the same name, and usually without
	// variants. It may decide by another metric than the scenario, the same one
	// at all values, and may name a round trip.
	At func(value float64) Scenario
	// Even is the effect that counts as even: 0 stands for none, a ratio of 1 or
	// a difference of 0. A sweep of "within 10 %" says 1.1.
	Even float64
	// Predict is what the model says that At's primary metric is on each side at
	// a value; NaN where it says nothing. Nil if there is no model.
	Predict func(set Setting, value float64) (pattern, antipattern float64)
	Formula string // of Predict, in words and symbols, or why there is none
}

// A SweepResult is what a sweep found.
type SweepResult struct {
	Schema    int           `json:"schema"`
	Version   string        `json:"version"`
	Scenario  string        `json:"scenario"`
	Sweep     string        `json:"sweep,omitempty"` // its name; empty in results of when a scenario had one at most
	Title     string        `json:"title"`
	Started   time.Time     `json:"started"`
	Elapsed   time.Duration `json:"elapsed_ns"`
	Args      []string      `json:"args"`
	Partial   string        `json:"partial,omitempty"`
	Settings  Settings      `json:"settings"`
	Host      Host          `json:"host"`
	Server    Server        `json:"server"`
	Primary   Metric        `json:"primary"` // which decided at every value
	Parameter string        `json:"parameter"`
	Unit      string        `json:"unit,omitempty"`
	Linear    bool          `json:"linear,omitempty"` // as in Sweep
	Formula   string        `json:"formula"`
	Even      float64       `json:"even"` // the effect that counts as even, on the comparisons' scale
	Points    []SweepPoint  `json:"points"`
	// Crossings are where the effect passes Even, in ascending order; none if
	// one side is better over the whole range.
	Crossings []Crossing `json:"crossings"`
}

// A SweepPoint is the duel at one value.
type SweepPoint struct {
	Value       float64          `json:"value"`
	RTTMeasured time.Duration    `json:"rtt_measured_ns"`
	Predicted   SweepSides       `json:"predicted"`
	Measured    SweepSides       `json:"measured"` // medians over the rounds
	Comparison  stats.Comparison `json:"comparison"`
	// Failed says why there is nothing measured.
	Failed string `json:"failed,omitempty"`
}

// SweepSides is the primary metric of both sides.
type SweepSides struct {
	Pattern     stats.Float `json:"pattern"`
	AntiPattern stats.Float `json:"antipattern"`
}

// SweepOf is what a sweep's title says beyond that of its scenario, in brackets and
// behind a space: " (without a network)"; empty if they are the same. It tells two
// sweeps apart that vary the same parameter.
func SweepOf(title, scenario string) string {
	if title == scenario {
		return ""
	}
	return " (" + strings.TrimPrefix(title, scenario+", ") + ")"
}

// sweep is the scenario's sweep of that name, nil if there is none.
func (s *Scenario) sweep(name string) *Sweep {
	for i := range s.Sweeps {
		if name != "" && s.Sweeps[i].Name == name {
			return &s.Sweeps[i]
		}
	}
	return nil
}

// RunSweep fights the scenario's duel at each value of its sweep of that name.
// It returns what it has beside an error; a duel that yields no numbers is a
// point that says so, and an ErrFailed at the end.
func RunSweep(ctx context.Context, c Config, s Scenario, name string) (*SweepResult, error) {
	sweep := s.sweep(name)
	if sweep == nil {
		return nil, fmt.Errorf("%w: the scenario %s has no sweep %q", ErrUsage, s.Name, name)
	}
	began := time.Now()
	r := newSweepResult(&c, &s, sweep, began)
	c.Scenarios = []Scenario{s}
	var broken error
	for i, v := range sweep.Values {
		run, err := Run(ctx, at(c, sweep, i))
		if len(run.Duels) > 0 && run.Partial == "" {
			r.add(sweep, v, &run.Duels[0])
		}
		switch {
		case run.Partial != "" || err != nil && !errors.Is(err, ErrFailed):
			r.Partial = Sentence(err.Error())
			r.finish(began)
			return r, err
		case err != nil && broken == nil:
			broken = fmt.Errorf("at %s: %w", quantity.Number(v), err)
		}
	}
	r.finish(began)
	return r, broken
}

func newSweepResult(c *Config, s *Scenario, sweep *Sweep, began time.Time) *SweepResult {
	first := sweep.At(sweep.Values[0])
	return &SweepResult{
		Schema: Schema, Version: c.Version, Scenario: s.Name, Sweep: sweep.Name, Title: first.Title,
		Started: began.UTC(), Args: c.Args, Settings: c.Settings, Host: ThisHost(),
		Primary: first.Primary, Parameter: sweep.Parameter, Unit: sweep.Unit, Linear: sweep.Linear,
		Formula: sweep.Formula, Even: sweep.Even, Points: []SweepPoint{}, Crossings: []Crossing{},
	}
}

// at is the configuration of the i'th value. Its progress counts the trials of
// the values before it, and supposes that those after it are as many.
func at(c Config, sweep *Sweep, i int) Config {
	values := sweep.Values
	c.Settings.Sweep, c.Settings.At = sweep.Name, values[i]
	if tell := c.Progress; tell != nil {
		others := time.Duration(len(values) - i - 1)
		c.Progress = func(p Progress) {
			p.Phase = fmt.Sprintf("at %s: %s", quantity.Number(values[i]), p.Phase)
			perTrial := p.Remaining / time.Duration(max(1, p.Total-p.Done))
			p.Remaining += perTrial * time.Duration(p.Total) * others
			p.Done += i * p.Total
			p.Total *= len(values)
			tell(p)
		}
	}
	return c
}

// EstimateSweep is how long RunSweep will take, roughly; 0 if the scenario has
// no sweep of that name.
func EstimateSweep(c Config, s Scenario, name string) (total time.Duration) {
	c.Scenarios = []Scenario{s}
	sweep := s.sweep(name)
	if sweep == nil {
		return 0
	}
	for i := range sweep.Values {
		c := at(c, sweep, i)
		total += c.Estimate()
	}
	return total
}

func (r *SweepResult) finish(began time.Time) {
	r.Elapsed = time.Since(began)
	r.cross()
}

// add makes a point of a duel.
func (r *SweepResult) add(sweep *Sweep, value float64, d *Duel) {
	p := SweepPoint{Value: value, RTTMeasured: d.RTTMeasured, Failed: d.Failed, Comparison: d.Comparison}
	p.Predicted = sweep.predicted(r.Settings.setting(), value, d.RTTMeasured)
	p.Measured = SweepSides{number(d.Value(r.Primary.Name, Pattern)), number(d.Value(r.Primary.Name, AntiPattern))}
	r.Server = d.Server
	r.Points = append(r.Points, p)
}

// predicted is what the model says at a value and a round trip as measured.
func (s *Sweep) predicted(set Setting, value float64, rtt time.Duration) SweepSides {
	if s.Predict == nil {
		return SweepSides{nan, nan}
	}
	set.RTT = rtt
	pattern, antipattern := s.Predict(set, value)
	return SweepSides{number(pattern), number(antipattern)}
}
