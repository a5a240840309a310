package bench

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// tolerated is the share of ops that may fail before a duel yields no numbers.
const tolerated = 0.01

// punctual is how late a trial's processes may begin. A bystander that comes
// later may miss the stall that it is there to see.
const punctual = 10 * time.Millisecond

// Judge works out what a duel's trials say: metrics, checks, comparisons, the
// verdict, the finding and the doubts. Judging twice changes nothing.
func Judge(d *Duel, s *Scenario, host Host) {
	for i := range d.Trials {
		measure(&d.Trials[i], s.metrics())
	}
	d.Checks = []CheckResult{}
	for _, c := range s.Checks {
		if trials := d.witnesses(c); len(trials) > 0 || !c.Timed && d.leftOut(c.Side) == "" {
			d.Checks = append(d.Checks, c.over(trials))
		}
	}
	d.Comparisons = []MetricResult{}
	d.judgeVariants()
	for _, m := range s.metrics() {
		d.Comparisons = append(d.Comparisons, d.compare(m, host))
	}
	d.Failed, d.Finding, d.Also, d.Doubts = "", "", nil, nil
	if d.Failed = d.failure(); d.Failed == "" {
		d.overload(s.metrics())
	}
	d.Comparison = d.Comparisons[0].Comparison
	if d.Failed != "" {
		return
	}
	d.Doubts = d.doubts()
	d.words(s)
}

// words has the scenario say what was found, if both sides have a number.
func (d *Duel) words(s *Scenario) {
	for _, side := range []string{Pattern, AntiPattern} {
		if math.IsNaN(d.Value(s.Primary.Name, side)) {
			return
		}
	}
	d.Finding = s.Finding(d)
	if s.Also != nil {
		d.Also = s.Also(d)
	}
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
	if t.Bystander != nil {
		if why, limited := t.Bystander.GeneratorLimited(); limited {
			t.Disturbed = "beside the bystander, whose waits would be its own, " + why
		}
	}
	if t.Late > punctual {
		t.Disturbed = fmt.Sprintf("one of its processes began %v late", t.Late.Round(time.Millisecond))
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

// witnesses are the trials that a check is about.
func (d *Duel) witnesses(c Check) []Trial {
	return slices.DeleteFunc(d.of(c.Side), func(t Trial) bool { return c.Timed && t.Disturbed != "" })
}

// compare sets the sides against each other, round by round.
func (d *Duel) compare(m Metric, host Host) MetricResult {
	result := MetricResult{Metric: m.Name, Sides: map[string]stats.Float{}}
	result.Comparison = d.Plan.Compare(d.paired(m, AntiPattern), m.Better)
	for _, side := range []string{Pattern, AntiPattern, Control} {
		result.median(side, d.values(&m, side))
	}
	for _, v := range d.Variants {
		if v.Failed == "" && v.LeftOut == "" {
			result.median(v.Name, d.values(&m, v.Name))
			c := stats.Compare(d.paired(m, v.Name), m.Better)
			result.Variants = set(result.Variants, v.Name, c)
		}
	}
	if m.Limit != nil {
		if why := m.Limit(host); why != "" {
			result.Comparison.Verdict, result.Comparison.Why = stats.NotDemonstrable, why
		}
	}
	return result
}

func (m *MetricResult) median(side string, values []float64) {
	if len(values) > 0 {
		m.Sides[side] = number(stats.Median(values))
	}
}

// values are those of the trials of a side that count; of all, if none does, which
// the verdict then says. There are none if most trials that count have no number:
// the few that have one are no sample of them.
func (d *Duel) values(m *Metric, side string) (values []float64) {
	all, values := d.counting(m, side)
	if all > 0 {
		if 2*len(values) < all {
			return nil
		}
		return values
	}
	for _, t := range d.Trials {
		if v, ok := t.Values[m.Name]; ok && t.Side == side {
			values = append(values, float64(v))
		}
	}
	return values
}

// paired are the rounds of the pattern and another side. What a round lacks, or
// what does not count because the generator was late, is NaN.
func (d *Duel) paired(m Metric, other string) (rounds []stats.Round) {
	at := map[int]int{} // round to its index
	for _, t := range d.Trials {
		i, known := at[t.Round]
		if !known {
			i = len(rounds)
			at[t.Round] = i
			rounds = append(rounds, stats.Round{Pattern: nan64, AntiPattern: nan64, Control: nan64})
		}
		v, ok := t.Values[m.Name]
		if !ok || t.Disturbed != "" && !m.Untimed {
			continue
		}
		switch t.Side {
		case Pattern:
			rounds[i].Pattern = float64(v)
		case other:
			rounds[i].AntiPattern = float64(v)
		case Control:
			rounds[i].Control = float64(v)
		}
	}
	return rounds
}

// judgeVariants says of each variant whether its numbers are to be shown. A
// variant that fails costs the duel nothing.
func (d *Duel) judgeVariants() {
	for i := range d.Variants {
		v := &d.Variants[i]
		if v.Failed = ""; v.LeftOut != "" {
			continue
		}
		v.Failed = d.sideFailure(v.Name)
		for _, c := range d.Checks {
			if c.Side == v.Name && !c.OK && v.Failed == "" {
				v.Failed = c.failure()
			}
		}
	}
}

// leftOut says why a variant did not run on the duel's server; empty for every
// side that did.
func (d *Duel) leftOut(side string) string {
	for _, v := range d.Variants {
		if v.Name == side {
			return v.LeftOut
		}
	}
	return ""
}

// failure says why the duel's numbers are not to be believed.
func (d *Duel) failure() string {
	for _, side := range []string{Pattern, AntiPattern} {
		if why := d.sideFailure(side); why != "" {
			return why
		}
	}
	for _, c := range d.Checks {
		if c.voids() {
			return c.failure()
		}
	}
	return ""
}

// sideFailure says why the trials of a side are not to be believed, whatever
// its checks say.
func (d *Duel) sideFailure(side string) string {
	trials := d.of(side)
	if len(trials) == 0 {
		return fmt.Sprintf("no trial of the %s succeeded: %s", sideName(side), d.firstWhy(side))
	}
	var intended, lost, wrong int64
	errs := map[string]int64{}
	for _, t := range trials {
		for class, n := range t.Load.Errors {
			errs[class] += n
		}
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
		return fmt.Sprintf("%d of the %s's %d ops failed%s", lost, sideName(side), intended, mostly(errs))
	}
	return ""
}

// mostly names the class of most errors, if there are any.
func mostly(errs map[string]int64) string {
	class := ""
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		if class == "" || errs[name] > errs[class] {
			class = name
		}
	}
	if class == "" {
		return ""
	}
	return fmt.Sprintf(", %d of them because: %s", errs[class], class)
}

func (c *CheckResult) failure() string {
	return fmt.Sprintf("the check %q failed on the %s: got %.4g, wanted %.4g to %.4g: it did not do what its name says",
		c.Name, sideName(c.Side), float64(c.Got), c.Min, c.Max)
}

// settled says why more rounds would change nothing of what a duel is about;
// empty if they may. A check that failed once voids the duel whatever else is
// measured, so that nothing is lost by the rounds that are left out.
func (d *Duel) settled() string {
	switch {
	case slices.ContainsFunc(d.Checks, func(c CheckResult) bool { return c.voids() && len(d.of(c.Side)) > 0 }):
		return "a check failed, which more rounds cannot mend"
	case d.Failed == "" && d.Plan.Enough(d.Comparison):
		return "a side wins, and by how much is known well enough"
	}
	return ""
}

// stop notes why the rounds end with the given one, if they do by the rule that was
// fixed beforehand.
func (d *Duel) stop(round int) {
	if why := d.settled(); why != "" && round < d.Plan.Rounds && round == d.Plan.Next(round-1) {
		d.Stopped = fmt.Sprintf("after %d of %d rounds, by the rule fixed beforehand: %s", round, d.Plan.Rounds, why)
	}
}

// voids reports whether the check has failed on one of the twins.
func (c CheckResult) voids() bool { return !c.OK && (c.Side == Pattern || c.Side == AntiPattern) }

// broken says what keeps a duel from being a success, even if its numbers
// stand.
func (d *Duel) broken() string {
	if d.Failed != "" {
		return d.Failed
	}
	for _, v := range d.Variants {
		if v.Failed != "" {
			return fmt.Sprintf("the variant %q: %s", v.Name, v.Failed)
		}
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

// overload takes the verdict from times and rates if a side could not keep up with
// an open loop, whose latencies then measure the length of the trial, or if the
// generator was late in so many rounds that those which count were picked by
// chance.
func (d *Duel) overload(metrics []Metric) {
	verdict, why := stats.Saturated, cmp.Or(d.overloaded(Pattern), d.overloaded(AntiPattern))
	if disturbed, all := d.disturbed(); why == "" && 2*disturbed > all {
		verdict, why = stats.Inconclusive, fmt.Sprintf("limited by the generator: it was late in %d of %d rounds", disturbed, all)
	}
	if why == "" {
		return
	}
	for i, m := range metrics {
		if !m.Untimed {
			d.Comparisons[i].Comparison.Verdict, d.Comparisons[i].Comparison.Why = verdict, why
		}
	}
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
