package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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

// A Crossing is a value at which the sides break even: by interpolation between
// the points, and the interval in which the points' own intervals cross.
type Crossing struct {
	At   stats.Float `json:"at"`
	Low  stats.Float `json:"low"`
	High stats.Float `json:"high"`
	// Predicted is where the model's effect crosses; NaN if it does not.
	Predicted stats.Float `json:"predicted"`
	// Rising says that the anti-pattern is the better choice below, and the
	// pattern above.
	Rising bool `json:"rising"`
}

// sweep is the scenario's sweep of that name, nil if there is none.
func (s *Scenario) sweep(name string) *Sweep {
	for i := range s.Sweeps {
		if s.Sweeps[i].Name == name {
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
			r.Partial = err.Error()
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
		n := time.Duration(len(values) - i)
		c.Progress = func(p Progress) {
			p.Phase = fmt.Sprintf("at %s: %s", quantity.Number(values[i]), p.Phase)
			p.Done += i * p.Total
			p.Total *= len(values)
			p.Remaining *= n
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

// cross finds where the effect passes even. A point whose effect does not lie on
// the scale of the others, as a ratio of zeros, has none.
func (r *SweepResult) cross() {
	scale := r.scale()
	if r.Even == 0 && scale == stats.Ratio {
		r.Even = 1
	}
	position := func(v stats.Float) float64 {
		if scale == stats.Ratio {
			return math.Log(float64(v) / r.Even)
		}
		return float64(v) - r.Even
	}
	var measured, low, high, predicted line
	for _, p := range r.Points {
		if p.Failed != "" || p.Comparison.Scale != scale {
			continue
		}
		x, effect := r.place(p.Value), p.Comparison.Effect
		measured = append(measured, point{x, position(effect.Estimate)})
		low, high = append(low, point{x, position(effect.Low)}), append(high, point{x, position(effect.High)})
		predicted = append(predicted, point{x, position(stats.Float(r.Effect(p.Predicted, scale)))})
	}
	r.Crossings = crossings(measured, low, high, predicted)
	for i := range r.Crossings {
		c := &r.Crossings[i]
		for _, x := range []*stats.Float{&c.At, &c.Low, &c.High, &c.Predicted} {
			*x = number(r.value(float64(*x)))
		}
	}
}

// place is where a value lies on the axis between the points, and value its
// inverse.
func (r *SweepResult) place(value float64) float64 {
	if r.Linear {
		return value
	}
	return math.Log(value)
}

func (r *SweepResult) value(place float64) float64 {
	if r.Linear {
		return place
	}
	return math.Exp(place)
}

// scale is that of most points.
func (r *SweepResult) scale() stats.Scale {
	ratios := 0
	for _, p := range r.Points {
		if p.Comparison.Scale == stats.Ratio {
			ratios++
		}
	}
	if 2*ratios >= len(r.Points) {
		return stats.Ratio
	}
	return stats.Difference
}

// Effect is how much worse the anti-pattern is, as a comparison on that scale
// would state it.
func (r *SweepResult) Effect(s SweepSides, scale stats.Scale) float64 {
	worse, better := float64(s.AntiPattern), float64(s.Pattern)
	if r.Primary.Better == stats.Higher {
		worse, better = better, worse
	}
	if scale == stats.Ratio {
		return worse / better
	}
	return worse - better
}

// A line is a curve by its points, from left to right: the place of the
// parameter's value, and the distance from even.
type line []point

type point struct{ x, y float64 }

// zeros are where a line passes zero, going up or down.
func (l line) zeros() (at []point) {
	for i := 1; i < len(l); i++ {
		a, b := l[i-1], l[i]
		if a.y < 0 != (b.y < 0) && !math.IsNaN(a.y) && !math.IsNaN(b.y) {
			at = append(at, point{a.x + (b.x-a.x)*a.y/(a.y-b.y), b.y - a.y})
		}
	}
	return at
}

// nearest is the zero of the same direction that lies nearest to x.
func (l line) nearest(x float64, rising bool) (at float64, ok bool) {
	zeros := slices.DeleteFunc(l.zeros(), func(p point) bool { return p.y > 0 != rising })
	if len(zeros) == 0 {
		return nan64, false
	}
	return slices.MinFunc(zeros, func(a, b point) int {
		return cmp.Compare(math.Abs(a.x-x), math.Abs(b.x-x))
	}).x, true
}

// crossings are the zeros of the measured line, each with the interval that the
// zeros of its band span. Where one end of the band does not cross, no point on
// one of the sides is sure, and the zero may be noise. Zeros within the same
// interval are one. All are places, not values.
func crossings(measured, low, high, predicted line) []Crossing {
	found := []Crossing{}
	for _, zero := range measured.zeros() {
		rising := zero.y > 0
		a, early := high.nearest(zero.x, rising)
		b, late := low.nearest(zero.x, rising)
		from, to := number(min(a, b)), number(max(a, b))
		if !early || !late || len(found) > 0 && found[len(found)-1].Low == from {
			continue
		}
		model, _ := predicted.nearest(zero.x, rising)
		found = append(found, Crossing{At: number(zero.x), Low: from, High: to, Predicted: number(model), Rising: rising})
	}
	return found
}
