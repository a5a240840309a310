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
	Parameter string    // what is varied, such as "commands per connection"
	Unit      string    // of its values; empty for a plain number
	Values    []float64 // ascending, at least two, all above zero
	// At is the scenario at a value: of the same name and primary metric, and
	// usually without variants.
	At func(value float64) Scenario
	// Even is the effect that counts as even: 0 stands for none, a ratio of 1 or
	// a difference of 0. A sweep of "within 10 %" says 1.1.
	Even float64
	// Predict is what the model says that the primary metric is on each side at
	// a value; NaN where it says nothing.
	Predict func(set Setting, value float64) (pattern, antipattern float64)
	Formula string // of Predict, in words and symbols
}

// A SweepResult is what a sweep found.
type SweepResult struct {
	Schema    int           `json:"schema"`
	Version   string        `json:"version"`
	Scenario  string        `json:"scenario"`
	Title     string        `json:"title"`
	Started   time.Time     `json:"started"`
	Elapsed   time.Duration `json:"elapsed_ns"`
	Args      []string      `json:"args"`
	Partial   string        `json:"partial,omitempty"`
	Settings  Settings      `json:"settings"`
	Host      Host          `json:"host"`
	Server    Server        `json:"server"`
	Primary   Metric        `json:"primary"`
	Parameter string        `json:"parameter"`
	Unit      string        `json:"unit,omitempty"`
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

// RunSweep fights the scenario's duel at each value of its sweep. It returns
// what it has beside an error; a duel that yields no numbers is a point that
// says so, and an ErrFailed at the end.
func RunSweep(ctx context.Context, c Config, s Scenario) (*SweepResult, error) {
	began := time.Now()
	r := &SweepResult{
		Schema: Schema, Version: c.Version, Scenario: s.Name, Title: s.Title, Started: began.UTC(), Args: c.Args,
		Settings: c.Settings, Host: ThisHost(), Primary: s.Primary, Points: []SweepPoint{}, Crossings: []Crossing{},
	}
	if s.Sweep == nil {
		return nil, fmt.Errorf("%w: the scenario %s has nothing to sweep", ErrUsage, s.Name)
	}
	r.Parameter, r.Unit, r.Formula, r.Even = s.Sweep.Parameter, s.Sweep.Unit, s.Sweep.Formula, s.Sweep.Even
	c.Scenarios = []Scenario{s}
	var broken error
	for i, v := range s.Sweep.Values {
		run, err := Run(ctx, at(c, s.Sweep.Values, i))
		if len(run.Duels) > 0 && run.Partial == "" {
			r.add(s.Sweep, v, &run.Duels[0])
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

// at is the configuration of the i'th value. Its progress counts the trials of
// the values before it, and supposes that those after it are as many.
func at(c Config, values []float64, i int) Config {
	c.Settings.At = &values[i]
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

// EstimateSweep is how long RunSweep will take, roughly.
func EstimateSweep(c Config, s Scenario) (total time.Duration) {
	c.Scenarios = []Scenario{s}
	if s.Sweep == nil {
		return 0
	}
	for i := range s.Sweep.Values {
		c := at(c, s.Sweep.Values, i)
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
	set := r.Settings.setting()
	set.RTT = d.RTTMeasured
	pattern, antipattern := sweep.Predict(set, value)
	p.Predicted = SweepSides{number(pattern), number(antipattern)}
	p.Measured = SweepSides{number(d.Value(r.Primary.Name, Pattern)), number(d.Value(r.Primary.Name, AntiPattern))}
	r.Server = d.Server
	r.Points = append(r.Points, p)
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
		x, effect := math.Log(p.Value), p.Comparison.Effect
		measured = append(measured, point{x, position(effect.Estimate)})
		low, high = append(low, point{x, position(effect.Low)}), append(high, point{x, position(effect.High)})
		predicted = append(predicted, point{x, position(stats.Float(r.Effect(p.Predicted, scale)))})
	}
	r.Crossings = crossings(measured, low, high, predicted)
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

// A line is a curve by its points, from left to right: the log of the
// parameter, and the distance from even.
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
// interval are one.
func crossings(measured, low, high, predicted line) []Crossing {
	found := []Crossing{}
	for _, zero := range measured.zeros() {
		rising := zero.y > 0
		a, early := high.nearest(zero.x, rising)
		b, late := low.nearest(zero.x, rising)
		from, to := number(math.Exp(min(a, b))), number(math.Exp(max(a, b)))
		if !early || !late || len(found) > 0 && found[len(found)-1].Low == from {
			continue
		}
		model, _ := predicted.nearest(zero.x, rising)
		found = append(found, Crossing{At: number(math.Exp(zero.x)), Low: from, High: to, Predicted: number(math.Exp(model)), Rising: rising})
	}
	return found
}
