package bench

import (
	"fmt"
	"math"
	"slices"

	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// tolerated is the share of ops that may fail before a duel yields no numbers.
const tolerated = 0.01

// Judge works out what a duel's trials say: metrics, checks, comparisons, the
// verdict, the finding and the doubts. Judging twice changes nothing.
func Judge(d *Duel, s *Scenario) {
	for i := range d.Trials {
		measure(&d.Trials[i], s.metrics())
	}
	d.Checks = []CheckResult{}
	for _, c := range s.Checks {
		d.Checks = append(d.Checks, c.over(d.of(c.Side)))
	}
	d.Comparisons = []MetricResult{}
	for _, m := range s.metrics() {
		d.Comparisons = append(d.Comparisons, d.compare(m))
	}
	d.Comparison = d.Comparisons[0].Comparison
	d.Failed, d.Finding, d.Doubts = "", "", nil
	if d.Failed = d.failure(); d.Failed != "" {
		return
	}
	if verdict, why := d.overload(); why != "" {
		d.Comparison.Verdict, d.Comparison.Why = verdict, why
	}
	d.Doubts = d.doubts()
	d.Finding = s.Finding(d)
}

// measure computes a trial's metrics.
func measure(t *Trial, metrics []Metric) {
	t.Values, t.Disturbed = nil, ""
	if t.Outcome != Completed {
		return
	}
	if why, limited := t.Load.GeneratorLimited(); limited {
		t.Disturbed = why
	}
	t.Values = make(map[string]stats.Float, len(metrics))
	for _, m := range metrics {
		t.Values[m.Name] = number(m.Of(t))
	}
}

// of returns the completed trials of a side; the control's belong to the
// pattern's.
func (d *Duel) of(side string) []Trial {
	return slices.DeleteFunc(slices.Clone(d.Trials), func(t Trial) bool {
		same := t.Side == side || t.Side == Control && side == Pattern
		return !same || t.Outcome != Completed
	})
}

// compare sets the sides against each other, round by round.
func (d *Duel) compare(m Metric) MetricResult {
	rounds := map[int]*stats.Round{}
	sides := map[string][]float64{}
	last := 0
	for _, t := range d.Trials {
		last = max(last, t.Round)
		round := rounds[t.Round]
		if round == nil {
			round = &stats.Round{Pattern: math.NaN(), AntiPattern: math.NaN(), Control: math.NaN()}
			rounds[t.Round] = round
		}
		value, ok := t.Values[m.Name]
		if !ok {
			continue
		}
		sides[t.Side] = append(sides[t.Side], float64(value))
		if t.Disturbed != "" {
			continue
		}
		switch t.Side {
		case Pattern:
			round.Pattern = float64(value)
		case AntiPattern:
			round.AntiPattern = float64(value)
		case Control:
			round.Control = float64(value)
		}
	}
	var paired []stats.Round
	for i := 1; i <= last; i++ {
		if r := rounds[i]; r != nil {
			paired = append(paired, *r)
		}
	}
	result := MetricResult{Metric: m.Name, Sides: map[string]stats.Float{}, Comparison: stats.Compare(paired, m.Better)}
	for side, values := range sides {
		result.Sides[side] = number(stats.Median(values))
	}
	return result
}

// failure says why the duel's numbers are not to be believed.
func (d *Duel) failure() string {
	for _, side := range []string{Pattern, AntiPattern} {
		trials := d.of(side)
		if len(trials) == 0 {
			return fmt.Sprintf("no trial of the %s succeeded: %s", sideName(side), d.firstWhy(side))
		}
		var intended, lost, wrong int64
		for _, t := range trials {
			intended += t.Load.Intended
			lost += t.Load.Failed + t.Load.Unknown
			wrong += t.Load.Errors[load.ClassWrong]
			if err := t.Load.Conserved(); err != nil {
				return err.Error()
			}
		}
		if wrong > 0 {
			return fmt.Sprintf("the %s gave %d wrong answers: wrong and fast is no win", sideName(side), wrong)
		}
		if float64(lost) > tolerated*float64(intended) {
			return fmt.Sprintf("%d of the %s's %d ops failed", lost, sideName(side), intended)
		}
	}
	for _, c := range d.Checks {
		if !c.OK {
			return fmt.Sprintf("the check %q failed on the %s: got %.4g, wanted %.4g to %.4g: it did not do what its name says",
				c.Name, sideName(c.Side), float64(c.Got), c.Min, c.Max)
		}
	}
	return ""
}

// broken says what keeps a duel from being a success, even if its numbers
// stand.
func (d *Duel) broken() string {
	if d.Failed != "" {
		return d.Failed
	}
	return d.trialDoubt()
}

func (d *Duel) firstWhy(side string) string {
	for _, t := range d.Trials {
		if t.Side == side && t.Why != "" {
			return t.Why
		}
	}
	return "none ran"
}

// overload says whether a side could not keep up with an open loop, whose
// latencies would then measure the length of the trial, or whether the
// generator was late in so many rounds that those which count were picked by
// chance.
func (d *Duel) overload() (stats.Verdict, string) {
	for _, side := range []string{Pattern, AntiPattern} {
		all, err := load.Merged(results(d.of(side))...)
		if err != nil {
			return stats.Inconclusive, err.Error()
		}
		if why, saturated := all.Saturated(); saturated {
			return stats.Saturated, fmt.Sprintf("the %s does not sustain %g ops/s: %s", sideName(side), d.Load.Rate, why)
		}
	}
	if disturbed, all := d.disturbed(); 2*disturbed > all {
		return stats.Inconclusive, fmt.Sprintf("limited by the generator: it was late in %d of %d rounds", disturbed, all)
	}
	return "", ""
}

// disturbed counts the rounds in which the generator was late, and all rounds.
func (d *Duel) disturbed() (disturbed, all int) {
	late := map[int]bool{}
	for _, t := range d.Trials {
		late[t.Round] = late[t.Round] || t.Disturbed != ""
	}
	for _, l := range late {
		if l {
			disturbed++
		}
	}
	return disturbed, len(late)
}

// sideName is a side in prose.
func sideName(side string) string {
	if side == AntiPattern {
		return "anti-pattern"
	}
	return side
}

func results(trials []Trial) []*load.Result {
	all := make([]*load.Result, len(trials))
	for i := range trials {
		all[i] = trials[i].Load
	}
	return all
}
