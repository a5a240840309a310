package generator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// An Objective is a quantile of the response time and what it must stay below.
type Objective struct {
	Quantile float64       `json:"quantile"` // 1 is the longest
	Limit    time.Duration `json:"limit_ns"`
}

// ParseObjective reads "p99<5ms", "p99.9<20ms" or "max<1s".
func ParseObjective(text string) (Objective, error) {
	name, limit, _ := strings.Cut(strings.ReplaceAll(text, " ", ""), "<")
	o := Objective{Quantile: 1}
	if name != "max" {
		percent, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64)
		if err != nil || !strings.HasPrefix(name, "p") || !(percent > 0 && percent < 100) {
			return o, fmt.Errorf("%w: %q is no objective; write one such as p99<5ms or max<1s", bench.ErrUsage, text)
		}
		o.Quantile = percent / 100
	}
	var err error
	if o.Limit, err = time.ParseDuration(limit); err != nil || o.Limit <= 0 {
		return o, fmt.Errorf("%w: %q has no time with its unit after the <; write one such as p99<5ms", bench.ErrUsage, text)
	}
	return o, nil
}

// String is the objective as it is written.
func (o Objective) String() string { return o.name() + " < " + quantity.Asked(o.Limit) }

func (o Objective) name() string {
	if o.Quantile == 1 {
		return "max"
	}
	return "p" + strconv.FormatFloat(100*o.Quantile, 'g', 6, 64)
}

// leastOps is how many ops a trial needs for the quantile not to be one op's
// luck.
func (o Objective) leastOps() float64 {
	if o.Quantile <= 0.5 || o.Quantile == 1 {
		return 100
	}
	return 12 / (1 - o.Quantile) // ten, and what a Poisson process may fall short by
}

// Judge says what a trial found and whether it met the objective: the quantile
// lies below the limit, no op failed and all were started. A generator that was
// late has only made the quantile longer.
func (o Objective) Judge(r *Result) Tried {
	d, enough := r.Load.Response.Quantile(o.Quantile)
	t := Tried{Rate: r.Spec.Rate, Seed: r.Spec.Seed, Value: d}
	switch {
	case !enough:
		t.Why = fmt.Sprintf("%d ops are too few for %s", r.Load.OK, o.name())
	case r.Failures() > 0:
		t.Why = fmt.Sprintf("%d ops failed", r.Failures())
	case r.Load.NotStarted > 0:
		t.Why = fmt.Sprintf("%d ops were not started", r.Load.NotStarted)
	}
	t.Met = t.Why == "" && d < o.Limit
	if _, limited := r.Load.GeneratorLimited(); limited && !t.Met {
		t.Generator = true
	}
	return t
}

// LeastRate is the lowest rate, in ops/s, at which trials of a duration have
// enough ops to tell.
func (o Objective) LeastRate(trial time.Duration) float64 { return o.leastOps() / trial.Seconds() }
