package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"redisduel/bench/stats"
)

// A Source is a result and what errors call it, such as the name of its file.
type Source struct {
	Name   string
	Result *Result
}

// Merge joins the results of several runs into one and judges it again: the
// trials are kept as they are with their histograms, and the rounds of a later
// source count on from those of the earlier. A duel that only some sources have
// is kept. The sources stay as they are, and share their histograms with the
// result.
//
// It fails, naming the sources and what keeps them apart, if they differ in a
// setting, or in a duel's metrics, load, network or server, and if a trial
// would count twice. Different machines may be merged: the result's Host then
// says that there were several. A bystander's trial alone, and predictions, are
// those of the first source that has the duel.
func Merge(sources []Source, scenarios []Scenario) (*Result, error) {
	if len(sources) == 0 {
		return nil, fmt.Errorf("%w: there is nothing to merge; name at least one result", ErrUsage)
	}
	all := begun(sources[0].Result)
	m := merging{all: all, owners: map[string]string{}, seen: map[trialID]string{}}
	for _, s := range sources {
		if err := m.add(s, sources[0]); err != nil {
			return nil, err
		}
	}
	all.Skipped = slices.DeleteFunc(all.Skipped, func(s Skipped) bool { return m.owners[s.Scenario] != "" })
	all.Host = sharedHost(sources)
	all.Settings.Rounds, all.Settings.Early = all.mostRounds(), false
	for i := range all.Duels {
		judgeByName(&all.Duels[i], scenarios, all)
	}
	return all, nil
}

// begun is a result without a duel that has the settings of another.
func begun(first *Result) *Result {
	return &Result{Schema: first.Schema, Version: first.Version, RunID: NewRunID(), Started: first.Started, Settings: first.Settings, Duels: []Duel{}}
}

// A trialID tells a trial from all others: two of a scenario never begin in the
// same nanosecond.
type trialID struct {
	scenario, side string
	started        time.Time
}

// merging is a Merge in progress.
type merging struct {
	all    *Result
	owners map[string]string  // scenario to the first source that has it
	seen   map[trialID]string // trial to its source
}

func (m *merging) add(s, first Source) error {
	if why := unlike(first.Result, s.Result); why != "" {
		return fmt.Errorf("%s and %s do not belong together (%s); merge runs that were made alike", first.Name, s.Name, why)
	}
	r, all := s.Result, m.all
	all.Elapsed += r.Elapsed
	if r.Started.Before(all.Started) {
		all.Started = r.Started
	}
	all.Version = joined(all.Version, r.Version)
	all.Partial = joined(all.Partial, r.Partial)
	all.Merged = append(all.Merged, described(r)...)
	for _, left := range r.Skipped {
		if !slices.Contains(all.Skipped, left) {
			all.Skipped = append(all.Skipped, left)
		}
	}
	for i := range r.Duels {
		if err := m.join(s.Name, &r.Duels[i]); err != nil {
			return err
		}
	}
	return nil
}

// unlike says what keeps two runs apart as a whole.
func unlike(first, other *Result) string {
	d := differing{}
	d.check("schema", first.Schema, other.Schema)
	b, a := first.Settings, other.Settings
	d.check("--rtt", b.RTT, a.RTT)
	d.check("--duration", b.Duration, a.Duration)
	d.check("warm-up", b.Warmup, a.Warmup)
	d.check("--quick", b.Quick, a.Quick)
	d.check("sweep", b.Sweep, a.Sweep)
	d.check("value of the sweep", b.At, a.At)
	return inWords(d.found)
}

func inWords(all []Difference) string {
	words := make([]string, len(all))
	for i, d := range all {
		words[i] = d.String()
	}
	return strings.Join(words, "; ")
}

// joined adds texts to those that there are, unless they are among them.
func joined(all, texts string) string {
	there := slices.DeleteFunc(strings.Split(all+"; "+texts, "; "), func(text string) bool { return text == "" })
	var once []string
	for _, text := range there {
		if !slices.Contains(once, text) {
			once = append(once, text)
		}
	}
	return strings.Join(once, "; ")
}

// described is a source in words, or its own sources.
func described(r *Result) []string {
	if len(r.Merged) > 0 {
		return r.Merged
	}
	h := r.Host
	return []string{fmt.Sprintf("run %s of %s with redisduel %s on %d cores (%s, %s/%s %s, %s)",
		r.RunID, r.Started.UTC().Format(time.DateTime), r.Version, h.Cores, orNothing(h.CPU), h.OS, h.Arch, h.Kernel, h.Go)}
}

// join adds a duel's trials to those of the same scenario.
func (m *merging) join(source string, d *Duel) error {
	have := duelNamed(m.all, d.Scenario)
	if have == nil {
		m.owners[d.Scenario] = source
		m.all.Duels = append(m.all.Duels, emptied(d))
		have = &m.all.Duels[len(m.all.Duels)-1]
	} else if why := d.apart(have); why != "" {
		return fmt.Errorf("%s and %s do not belong together (%s); merge runs that were made alike", m.owners[d.Scenario], source, why)
	}
	last := have.lastRound()
	have.Plan = have.Plan.Then(d.Plan)
	for _, t := range d.Trials {
		id := trialID{d.Scenario, t.Side, t.Started.UTC()}
		if other, twice := m.seen[id]; twice {
			return fmt.Errorf("%s and %s hold the same trial of %s, begun at %s, which must not count twice; name each run once", other, source, d.Scenario, t.Started.UTC().Format(time.RFC3339Nano))
		}
		m.seen[id] = source
		t.Round += last
		have.Trials = append(have.Trials, t)
	}
	have.Calibrations = append(have.Calibrations, d.Calibrations...)
	have.Partial = joined(have.Partial, d.Partial)
	// Both are medians of the same link; halfway between them is as good.
	have.RTTMeasured = time.Duration(stats.Median([]float64{float64(have.RTTMeasured), float64(d.RTTMeasured)}))
	return nil
}

// emptied is a duel without its trials.
func emptied(d *Duel) Duel {
	e := *d
	e.Trials, e.Calibrations, e.Partial = []Trial{}, nil, ""
	e.Plan, e.Stopped = stats.Plan{}, ""  // join adds the plan, and merged rounds have not been stopped
	e.Variants = slices.Clone(d.Variants) // which Judge writes to
	return e
}

// apart says what keeps a duel's trials from being added to another's.
func (d *Duel) apart(have *Duel) string {
	found := have.differences(d)
	all := differing{scenario: d.Scenario, found: found}
	all.check("metrics", metricNames(have), metricNames(d))
	all.check("variants", variantNames(have), variantNames(d))
	return inWords(all.found)
}

func metricNames(d *Duel) string {
	var names []string
	for _, m := range d.Metrics {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

func variantNames(d *Duel) string {
	names := map[string]bool{}
	for _, v := range d.Variants {
		names[v.Name] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

func (d *Duel) lastRound() (last int) {
	for _, t := range d.Trials {
		last = max(last, t.Round)
	}
	return last
}

// whole reports whether a round has all its arms.
func (d *Duel) whole(round int) bool {
	arms := map[string]bool{}
	for _, t := range d.Trials {
		if t.Round == round {
			arms[t.Side] = true
		}
	}
	return arms[Pattern] && arms[AntiPattern] && arms[Control]
}

func (r *Result) mostRounds() (most int) {
	for i := range r.Duels {
		most = max(most, r.Duels[i].lastRound())
	}
	return most
}

// sharedHost is the host of all sources, or what several have in common: the
// fewest cores and the least memory, which is what each of them had at least.
func sharedHost(sources []Source) Host {
	shared := sources[0].Result.Host
	kinds := map[string]bool{}
	for _, s := range sources {
		h := s.Result.Host
		for _, run := range described(s.Result) {
			_, host, _ := strings.Cut(run, " on ")
			kinds[host] = true
		}
		shared.OS, shared.Arch = joined(shared.OS, h.OS), joined(shared.Arch, h.Arch)
		shared.Kernel, shared.CPU = joined(shared.Kernel, h.Kernel), joined(shared.CPU, h.CPU)
		shared.Go, shared.Clock = joined(shared.Go, h.Go), joined(shared.Clock, h.Clock)
		shared.Cores, shared.MemoryBytes = min(shared.Cores, h.Cores), min(shared.MemoryBytes, h.MemoryBytes)
	}
	if len(kinds) > 1 {
		shared.Several = len(kinds)
	}
	return shared
}
