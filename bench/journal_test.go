package bench

import (
	"bytes"
	"strings"
	"testing"

	"redisduel/bench/stats"
)

func TestADuelThatTheRuleEndedIsKnownAsSuchFromTheJournal(t *testing.T) {
	for name, c := range map[string]struct {
		trials  int
		stopped bool
	}{
		"at a look":            {4 * 3, true},
		"in the round of one":  {4*3 - 1, false},
		"one round after that": {5 * 3, false},
	} {
		d, _ := duelOf(asItWas)
		d.Scenario, d.Plan, d.Trials = "pooling", stats.Stopping(12), d.Trials[:c.trials]
		var lines bytes.Buffer
		j := NewJournal(&lines)
		err := j.Begin(&Result{})
		for i := range d.Trials {
			if err == nil {
				err = j.Trial(d, &d.Trials[i])
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := ReadJournal(&lines, known())
		if err != nil {
			t.Fatal(err)
		}
		got := &r.Duels[0]
		doubted := strings.Contains(strings.Join(got.Doubts, " "), "wide for that reason alone")
		if (got.Stopped != "") != c.stopped || c.stopped && doubted {
			t.Errorf("%s: stopped %q, doubts %q", name, got.Stopped, got.Doubts)
		}
	}
}
