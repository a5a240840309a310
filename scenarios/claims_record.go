package scenarios

import (
	"fmt"
	"math"
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// A record is the results that a claim is judged by. It notes what a judge asks
// for in vain, so that no judge has to.
type record struct {
	main, far           *bench.Result
	missing             []string // why there is no number
	unclear             []string // why there is no verdict on the numbers
	needsMain, needsFar bool     // something of it is missing
	swept               []bench.Evidence
}

// An exhibit is a duel of a record. Its notes are the record's.
type exhibit struct {
	*bench.Duel
	lacking func(format string, args ...any) // something is missing
	unclear func(format string, args ...any) // something is there, but proves nothing
}

// near is a duel of the main run.
func (r *record) near(scenario string) exhibit {
	return r.exhibit(r.main, scenario, &r.needsMain)
}

// distant is a duel at DistantRTT.
func (r *record) distant(scenario string) exhibit {
	e := r.exhibit(r.far, scenario, &r.needsFar)
	if r.far != nil && r.far.Settings.RTT != DistantRTT {
		e.lacking("%s was fought at a round trip of %s instead of %s.", scenario, quantity.Asked(r.far.Settings.RTT), quantity.Asked(DistantRTT))
	}
	return e
}

// exhibit finds a duel. One that failed, or that was not fought to its end, is
// as good as none.
func (r *record) exhibit(from *bench.Result, scenario string, needs *bool) exhibit {
	e := exhibit{Duel: &bench.Duel{}, lacking: func(format string, args ...any) {
		*needs = true
		r.missing = append(r.missing, fmt.Sprintf(format, args...))
	}, unclear: func(format string, args ...any) { r.unclear = append(r.unclear, fmt.Sprintf(format, args...)) }}
	d := duelOf(from, scenario)
	switch {
	case d == nil:
		e.lacking("The duel %s was not fought.", scenario)
		return e
	case d.Failed != "":
		e.lacking("The duel %s failed: %s.", scenario, d.Failed)
		return e
	case d.Partial != "":
		e.lacking("The duel %s was not fought to its end: %s.", scenario, d.Partial)
		return e
	}
	e.Duel = d
	return e
}

func duelOf(r *bench.Result, scenario string) *bench.Duel {
	if r == nil {
		return nil
	}
	i := slices.IndexFunc(r.Duels, func(d bench.Duel) bool { return d.Scenario == scenario })
	if i < 0 {
		return nil
	}
	return &r.Duels[i]
}

// fewestTrials make a median that a claim is judged by: as many as there are
// rounds to a verdict.
const fewestTrials = 3

// value is a metric's median on a side.
func (e exhibit) value(metric, side string) float64 {
	v := e.Value(metric, side)
	if e.Scenario == "" {
		return v // noted already
	}
	if math.IsNaN(v) {
		e.lacking("The duel %s has no %s of the side %q.", e.Scenario, metric, side)
	} else if n := e.trials(side); n < fewestTrials {
		e.unclear("The duel %s has %d trials of the side %q, and a verdict takes %d rounds.", e.Scenario, n, side, fewestTrials)
	}
	return v
}

// trials is how many trials of a side came to their end.
func (e exhibit) trials(side string) (n int) {
	for i := range e.Trials {
		if t := &e.Trials[i]; t.Side == side && t.Outcome == bench.Completed {
			n++
		}
	}
	return n
}

// span is value as a duration.
func (e exhibit) span(metric, side string) time.Duration {
	v := e.value(metric, side)
	if math.IsNaN(v) {
		return 0
	}
	return time.Duration(v)
}

// count is what a side counted in each of its trials.
func (e exhibit) count(counter, side string) float64 {
	for i := range e.Trials {
		if t := &e.Trials[i]; t.Side == side && t.Outcome == bench.Completed {
			if n, ok := t.Counts[counter]; ok {
				return float64(n)
			}
		}
	}
	if e.Scenario != "" {
		e.lacking("The duel %s has no count of %s on the side %q.", e.Scenario, counter, side)
	}
	return math.NaN()
}

// won reports whether the pattern won by the duel's own metric. Where the duel
// cannot tell, neither can the claim.
func (e exhibit) won() bool {
	switch c := e.Comparison; c.Verdict {
	case stats.PatternWins:
		return true
	case stats.AntiPatternWins, stats.NoDifference:
	default:
		e.unclear("The duel %s does not tell: %s; %s.", e.Scenario, c.Verdict, c.Why)
	}
	return false
}

// sweep is the sweep of a scenario that is so named, nil if none was made.
func (r *record) sweep(scenario, name string) *bench.SweepResult {
	if r.main == nil {
		return nil
	}
	for i := range r.main.Sweeps {
		s := &r.main.Sweeps[i]
		if s.Scenario == scenario && s.Sweep == name && s.Partial == "" {
			r.swept = append(r.swept, bench.Evidence{Scenario: scenario, Sweep: name})
			return s
		}
	}
	return nil
}

// upTo is the last point of a sweep at which something is so; one at 0 if there
// is none, or if nothing was swept.
func upTo(s *bench.SweepResult, is func(bench.SweepSides) bool) (at bench.SweepPoint) {
	if s == nil {
		return at
	}
	for _, p := range s.Points {
		if p.Failed == "" && is(p.Measured) {
			at = p
		}
	}
	return at
}
