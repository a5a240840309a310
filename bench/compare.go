package bench

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// CompareOptions say how two runs are compared.
type CompareOptions struct {
	Threshold  float64 // share by which a value may get worse, such as 0.1
	AllMetrics bool    // not only the primary metric of each scenario
}

// A RunComparison is what changed from one run to another.
type RunComparison struct {
	Old         RunName      `json:"old"`
	New         RunName      `json:"new"`
	Threshold   float64      `json:"threshold"`
	Differences []Difference `json:"differences"` // of the two environments: more than one leaves open what made a change
	OnlyOne     []Difference `json:"only_one"`    // scenarios that only one of the runs has
	Shifts      []Shift      `json:"shifts"`
}

// A RunName tells a run from others.
type RunName struct {
	RunID   string    `json:"run_id"`
	Started time.Time `json:"started"`
	Version string    `json:"version"`
}

// A Difference is something that two runs do not have in common.
type Difference struct {
	Scenario string `json:"scenario,omitempty"` // empty if it concerns all
	What     string `json:"what"`
	Old      string `json:"old"`
	New      string `json:"new"`
}

// String is the difference in words.
func (d Difference) String() string {
	words := fmt.Sprintf("%s: %s, then %s", d.What, d.Old, d.New)
	if d.Scenario != "" {
		words = d.Scenario + ", " + words
	}
	return words
}

// A Shift is what became of one metric of one side.
type Shift struct {
	Scenario string      `json:"scenario"`
	Metric   string      `json:"metric"`
	Unit     string      `json:"unit"`
	Primary  bool        `json:"primary"`
	Side     string      `json:"side"`
	Old      stats.Float `json:"old"` // median over the rounds that count
	New      stats.Float `json:"new"`
	// Threshold is the share that Change.Beyond goes by: the one asked for or, if
	// that is more, how far the wider A/A band of the two runs reaches.
	Threshold stats.Float  `json:"threshold"`
	Change    stats.Change `json:"change"`
}

// CompareRuns sets two runs against each other, side by side and metric by
// metric, over the rounds that count. It compares whatever the scenarios have
// in common, in any environment: the differences are for the caller to act on.
// The control is left out, for it shares its rounds with the pattern.
//
// Two equal sides of one run lie as far apart as its A/A band says, so a change
// within the band of either run is none, whatever the threshold.
func CompareRuns(before, after *Result, o CompareOptions) *RunComparison {
	c := &RunComparison{
		Old: nameOf(before), New: nameOf(after), Threshold: o.Threshold,
		Differences: environment(before, after), OnlyOne: []Difference{}, Shifts: []Shift{},
	}
	for i := range before.Duels {
		b := &before.Duels[i]
		if a := duelNamed(after, b.Scenario); a != nil {
			c.Differences = append(c.Differences, b.differences(a)...)
			c.Shifts = append(c.Shifts, shifts(b, a, o)...)
			continue
		}
		c.OnlyOne = append(c.OnlyOne, Difference{b.Scenario, "measured", "yes", "no"})
	}
	for _, a := range after.Duels {
		if duelNamed(before, a.Scenario) == nil {
			c.OnlyOne = append(c.OnlyOne, Difference{a.Scenario, "measured", "no", "yes"})
		}
	}
	return c
}

// Regressions are the primary metrics that got worse beyond the threshold with
// their whole interval: the pattern's, or those of all sides.
func (c *RunComparison) Regressions(allSides bool) []Shift {
	return slices.DeleteFunc(slices.Clone(c.Shifts), func(s Shift) bool {
		return !s.Primary || !s.Change.Beyond || s.Side != Pattern && !allSides
	})
}

func nameOf(r *Result) RunName { return RunName{r.RunID, r.Started, r.Version} }

func duelNamed(r *Result, scenario string) *Duel {
	i := slices.IndexFunc(r.Duels, func(d Duel) bool { return d.Scenario == scenario })
	if i < 0 {
		return nil
	}
	return &r.Duels[i]
}

// differing collects those of the pairs that differ.
type differing struct {
	scenario string
	found    []Difference
}

func (d *differing) check(what string, before, after any) {
	if b, a := fmt.Sprint(before), fmt.Sprint(after); b != a {
		d.found = append(d.found, Difference{d.scenario, what, orNothing(b), orNothing(a)})
	}
}

func orNothing(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// environment is what two runs as a whole differ in. The seed and the number of
// rounds may differ: neither changes what is measured. So may the version of
// redisduel, which is often what a comparison is about.
func environment(before, after *Result) []Difference {
	d := differing{found: []Difference{}}
	b, a := before.Host, after.Host
	d.check("operating system", b.OS, a.OS)
	d.check("architecture", b.Arch, a.Arch)
	d.check("kernel", b.Kernel, a.Kernel)
	d.check("processor", b.CPU, a.CPU)
	d.check("cores", b.Cores, a.Cores)
	d.check("bytes of memory", b.MemoryBytes, a.MemoryBytes)
	d.check("Go", b.Go, a.Go)
	d.check("clock", b.Clock, a.Clock)
	d.check("--rtt", before.Settings.RTT, after.Settings.RTT)
	d.check("--duration", before.Settings.Duration, after.Settings.Duration)
	d.check("warm-up", before.Settings.Warmup, after.Settings.Warmup)
	d.check("--quick", before.Settings.Quick, after.Settings.Quick)
	d.check("sweep", before.Settings.Sweep, after.Settings.Sweep)
	d.check("value of the sweep", before.Settings.At, after.Settings.At)
	return d.found
}

// differences are what keeps two duels of a scenario from measuring the same.
func (d *Duel) differences(after *Duel) []Difference {
	all := differing{scenario: d.Scenario}
	all.check("primary metric", d.Primary.Name+" in "+d.Primary.Unit, after.Primary.Name+" in "+after.Primary.Unit)
	all.check("direction of the primary metric", d.Primary.Better, after.Primary.Better)
	all.loads(d.Load, after.Load)
	all.check("round trip", d.RTT, after.RTT)
	all.check("division of cores", d.Cores.String(), after.Cores.String())
	all.check("topology", d.Topology, after.Topology)
	all.check("server", d.Server.Software+" "+d.Server.Version, after.Server.Software+" "+after.Server.Version)
	all.check("server's mode", d.Server.Mode, after.Server.Mode)
	all.check("primaries", d.Server.Nodes, after.Server.Nodes)
	all.check("server started by redisduel", d.Server.Own, after.Server.Own)
	names := slices.Concat(slices.Collect(maps.Keys(d.Server.Settings)), slices.Collect(maps.Keys(after.Server.Settings)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		all.check("server's "+name, d.Server.Settings[name], after.Server.Settings[name])
	}
	return all.found
}

// loads checks what a load consists of, but for its seed: another draw of the
// same gaps is the same load.
func (d *differing) loads(before, after load.Spec) {
	d.check("load", before.Mode, after.Mode)
	d.check("arrivals", before.Arrivals, after.Arrivals)
	d.check("ops/s", before.Rate, after.Rate)
	d.check("ops", before.Ops, after.Ops)
	d.check("workers", before.Workers, after.Workers)
	d.check("warm-up", before.Warmup, after.Warmup)
	d.check("measured time", before.Duration, after.Duration)
	d.check("timeout", before.Timeout, after.Timeout)
}

func shifts(before, after *Duel, o CompareOptions) (all []Shift) {
	for i, m := range before.Metrics {
		primary := m.Name == before.Primary.Name
		known := slices.ContainsFunc(after.Metrics, func(a Metric) bool { return a.Name == m.Name && a.Unit == m.Unit })
		if !known || !primary && !o.AllMetrics {
			continue
		}
		for _, side := range before.sidesIn(after) {
			s := shift(before, after, &before.Metrics[i], side, o.Threshold)
			s.Primary = primary
			all = append(all, s)
		}
	}
	return all
}

// sidesIn are the sides that both duels have.
func (d *Duel) sidesIn(other *Duel) []string {
	sides := []string{Pattern, AntiPattern}
	for _, v := range d.Variants {
		if slices.ContainsFunc(other.Variants, func(o VariantNote) bool { return o.Name == v.Name }) {
			sides = append(sides, v.Name)
		}
	}
	return sides
}

func shift(before, after *Duel, m *Metric, side string, threshold float64) Shift {
	_, b := before.counting(m, side)
	_, a := after.counting(m, side)
	threshold = max(threshold, before.noise(m), after.noise(m))
	s := Shift{
		Scenario: before.Scenario, Metric: m.Name, Unit: m.Unit, Side: side,
		Old: number(stats.Median(b)), New: number(stats.Median(a)),
		Threshold: stats.Float(threshold), Change: stats.Changed(b, a, m.Better, threshold),
	}
	if why := reason("before: ", before.unfit(m, side), "now: ", after.unfit(m, side)); why != "" {
		s.Change.Direction, s.Change.Beyond, s.Change.Why = stats.Unclear, false, why
	}
	return s
}

// noise is how far the A/A band of a metric reaches, as a share of the pattern's
// value; zero if there is none.
func (d *Duel) noise(m *Metric) float64 {
	i := slices.IndexFunc(d.Comparisons, func(r MetricResult) bool { return r.Metric == m.Name })
	if i < 0 {
		return 0
	}
	c := d.Comparisons[i].Comparison
	low, high := float64(c.Noise.Low), float64(c.Noise.High)
	reach := max(high-1, 1/low-1)
	if c.Scale == stats.Difference {
		reach = max(-low, high) / math.Abs(float64(d.Comparisons[i].Sides[Pattern]))
	}
	if !quantity.Finite(reach) {
		return 0
	}
	return max(reach, 0)
}

// reason is the first reason that there is, with its prefix.
func reason(before, whyBefore, after, whyAfter string) string {
	switch {
	case whyBefore != "":
		return before + whyBefore
	case whyAfter != "":
		return after + whyAfter
	}
	return ""
}

// counting are the values of the trials that count, and how many those are, some
// perhaps without a value: for times and rates, those in which the generator was
// not late.
func (d *Duel) counting(m *Metric, side string) (trials int, values []float64) {
	for _, t := range d.Trials {
		v, ok := t.Values[m.Name]
		if !ok || t.Side != side || t.Disturbed != "" && !m.Untimed {
			continue
		}
		if trials++; !math.IsNaN(float64(v)) {
			values = append(values, float64(v))
		}
	}
	return trials, values
}

// unfit says why a side's values of a metric are not to be compared with those
// of another run.
func (d *Duel) unfit(m *Metric, side string) string {
	if d.Failed != "" {
		return d.Failed
	}
	for _, v := range d.Variants {
		if v.Name == side && v.Failed+v.LeftOut != "" {
			return cmp.Or(v.Failed, "left out: "+v.LeftOut)
		}
	}
	for _, r := range d.Comparisons {
		if r.Metric == m.Name && r.Comparison.Verdict == stats.NotDemonstrable {
			return r.Comparison.Why
		}
	}
	if !m.Untimed {
		return d.overloaded(side)
	}
	return ""
}

// overloaded says whether a side could not keep up with an open loop: its times
// are then those of the trial and not its own. What a trial waited for the
// generator, which by itself costs its round, must not hide it.
func (d *Duel) overloaded(side string) string {
	trials := slices.DeleteFunc(d.of(side), func(t Trial) bool { return t.Disturbed != "" })
	if len(trials) == 0 {
		return ""
	}
	all, err := load.Merged(results(trials)...)
	if err != nil {
		return err.Error()
	}
	if why, saturated := all.Saturated(); saturated {
		return fmt.Sprintf("the %s does not sustain %g ops/s: %s", sideName(side), d.Load.Rate, why)
	}
	return ""
}
