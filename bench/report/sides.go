package report

import (
	"fmt"
	"slices"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

// A side is what the completed trials of one side of a duel say together.
type side struct {
	name   string // as in the result
	label  string // for readers, not escaped
	trials []*bench.Trial
	// Sums over the trials, without the histograms.
	load, bystanders load.Result

	response, service, lateness, bystander *latency.Hist // over all samples
}

// measured reports whether any trial of the side completed.
func (s *side) measured() bool { return len(s.trials) > 0 }

// sidesOf gathers the trials of a duel by side: the pattern, the anti-pattern,
// the variants in the order they first ran, and the control.
func sidesOf(d *bench.Duel) ([]side, error) {
	var sides []side
	for _, name := range sideNames(d) {
		s, err := gather(d, name)
		if err != nil {
			return nil, fmt.Errorf("report: %s, %s: %w", plain(d.Scenario), plain(name), err)
		}
		sides = append(sides, s)
	}
	return sides, nil
}

func sideNames(d *bench.Duel) []string {
	names := []string{bench.Pattern, bench.AntiPattern}
	control := false
	for i := range d.Trials {
		switch name := d.Trials[i].Side; {
		case name == bench.Control:
			control = true
		case !slices.Contains(names, name) && !voided(d, name):
			names = append(names, name)
		}
	}
	if control {
		names = append(names, bench.Control)
	}
	return names
}

// voided reports whether a side is a variant whose numbers are not to be shown.
func voided(d *bench.Duel, name string) bool {
	return slices.ContainsFunc(d.Variants, func(v bench.VariantNote) bool { return v.Name == name && v.Failed != "" })
}

func gather(d *bench.Duel, name string) (s side, err error) {
	s.name, s.label = name, label(name)
	for i := range d.Trials {
		if t := &d.Trials[i]; t.Side == name && t.Outcome == bench.Completed && t.Load != nil {
			s.trials = append(s.trials, t)
			accumulate(&s.load, t.Load)
			if t.Bystander != nil {
				accumulate(&s.bystanders, t.Bystander)
			}
		}
	}
	for _, union := range []struct {
		to **latency.Hist
		of func(*bench.Trial) *latency.Hist
	}{
		{&s.response, ofResponse}, {&s.service, ofService}, {&s.lateness, ofLateness}, {&s.bystander, ofBystander},
	} {
		if *union.to, err = merged(s.trials, union.of); err != nil {
			return s, err
		}
	}
	return s, nil
}

func accumulate(all, r *load.Result) {
	all.Intended += r.Intended
	all.OK += r.OK
	all.Failed += r.Failed
	all.Unknown += r.Unknown
	all.NotStarted += r.NotStarted
	all.Attempts += r.Attempts
	for class, n := range r.Errors {
		if all.Errors == nil {
			all.Errors = map[string]int64{}
		}
		all.Errors[class] += n
	}
}

// merged is the union of the trials' samples, never an average of percentiles.
func merged(trials []*bench.Trial, of func(*bench.Trial) *latency.Hist) (*latency.Hist, error) {
	var hists []*latency.Hist
	for _, t := range trials {
		if h := of(t); h != nil {
			hists = append(hists, h)
		}
	}
	return latency.Merged(hists...)
}

func ofResponse(t *bench.Trial) *latency.Hist { return t.Load.Response }
func ofService(t *bench.Trial) *latency.Hist  { return t.Load.Service }
func ofLateness(t *bench.Trial) *latency.Hist { return t.Load.Lateness }

func ofBystander(t *bench.Trial) *latency.Hist {
	if t.Bystander == nil {
		return nil
	}
	return t.Bystander.Response
}

// label names a side for readers.
func label(name string) string {
	switch name {
	case bench.AntiPattern:
		return "anti-pattern"
	case bench.Control:
		return "control (the pattern again)"
	}
	return plain(name)
}

// find returns the side of that name, or nil.
func find(sides []side, name string) *side {
	i := slices.IndexFunc(sides, func(s side) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return &sides[i]
}

// hasBystander reports whether somebody watched the duel's trials.
func hasBystander(sides []side) bool {
	return slices.ContainsFunc(sides, func(s side) bool {
		return slices.ContainsFunc(s.trials, func(t *bench.Trial) bool { return t.Bystander != nil })
	})
}
