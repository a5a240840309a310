package report

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

// A scenario's name becomes the name of its files and a word of a command
// line. It must not be that of another file in the report.
var scenarioName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

const (
	reserved   = "readme"
	claimsName = "claims"
)

const (
	// mostSides bounds what a duel's page takes: four histograms a side.
	mostSides = 32
	// mostOps in a trial cannot overflow a sum over all trials.
	mostOps = 1 << 48
)

// validate checks what rendering relies on and a file could get wrong.
func validate(r *bench.Result) error {
	if r.Schema != bench.Schema {
		return fmt.Errorf("its schema is %d and this redisduel reads %d; use the redisduel that wrote it", r.Schema, bench.Schema)
	}
	for i := range r.Sweeps {
		if err := validSweep(&r.Sweeps[i]); err != nil {
			return fmt.Errorf("sweeps[%d]: %w", i, err)
		}
	}
	if err := validClaims(r.Claims); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range r.Duels {
		d := &r.Duels[i]
		if !scenarioName.MatchString(d.Scenario) || d.Scenario == reserved || d.Scenario == claimsName || seen[d.Scenario] {
			return fmt.Errorf("duels[%d] has the scenario name %.80q, which is not a file name of its own (lower case, digits, - and _)", i, plain(d.Scenario))
		}
		seen[d.Scenario] = true
		if n := len(sideNames(d)); n > mostSides {
			return fmt.Errorf("duels[%d] (%s) has %d sides; a duel has at most %d", i, d.Scenario, n, mostSides)
		}
		if d.Alone != nil {
			if err := validLoad("bystander", d.Alone.Bystander); err != nil {
				return fmt.Errorf("duels[%d] (%s), alone: %w", i, d.Scenario, err)
			}
		}
		for j := range d.Trials {
			if err := validTrial(&d.Trials[j]); err != nil {
				return fmt.Errorf("duels[%d] (%s), trials[%d]: %w", i, d.Scenario, j, err)
			}
		}
	}
	return nil
}

func validTrial(t *bench.Trial) error {
	switch {
	case t.Side == "":
		return errors.New("it has no side")
	case t.Round < 1:
		return fmt.Errorf("its round is %d; rounds count from 1", t.Round)
	case t.Outcome == bench.Completed && t.Load == nil:
		return errors.New("it is ok and has no load result")
	}
	return cmp.Or(validLoad("load", t.Load), validLoad("bystander", t.Bystander))
}

// validLoad checks that the operations add up and that the histograms count
// the answered ones.
func validLoad(name string, r *load.Result) error {
	if r == nil {
		return nil
	}
	if min(r.Intended, r.OK, r.Failed, r.Unknown, r.NotStarted, r.Attempts) < 0 {
		return fmt.Errorf("%s has a negative count", name)
	}
	if max(r.Intended, r.OK, r.Failed, r.Unknown, r.NotStarted, r.Attempts) > mostOps {
		return fmt.Errorf("%s has an impossible number of operations", name)
	}
	if r.Intended != r.OK+r.Failed+r.Unknown+r.NotStarted {
		return fmt.Errorf("%s intended %d operations, but ok, failed, unknown and not started add up to %d",
			name, r.Intended, r.OK+r.Failed+r.Unknown+r.NotStarted)
	}
	for _, h := range []*latency.Hist{r.Response, r.Service, r.Lateness} {
		if h == nil {
			return fmt.Errorf("%s lacks a histogram", name)
		}
		if h.Count() != r.OK {
			return fmt.Errorf("%s has %d answered operations, but a histogram counts %d", name, r.OK, h.Count())
		}
	}
	return nil
}
