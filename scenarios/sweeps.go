package scenarios

import (
	"fmt"
	"strings"

	"redisduel/bench"
)

// A Swept is a scenario and one of its sweeps.
type Swept struct {
	Scenario bench.Scenario
	Sweep    bench.Sweep
}

// Name is what is typed for it, such as "hash/fields".
func (s Swept) Name() string { return s.Scenario.Name + "/" + s.Sweep.Name }

// AllSweeps returns every sweep of every scenario, in their order.
func AllSweeps() (all []Swept) {
	for _, s := range All() {
		all = append(all, sweepsOf(s)...)
	}
	return all
}

// NamedSweeps returns the sweeps of the given names, in that order: "hash" is
// all sweeps of that scenario, "hash/fields" one. The beginning of a name does,
// as in Named, and the errors are alike.
func NamedSweeps(names []string) (chosen []Swept, err error) {
	all := All()
	for _, name := range names {
		some, err := namedSweeps(name, all)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, some...)
	}
	return chosen, nil
}

func namedSweeps(name string, all []bench.Scenario) ([]Swept, error) {
	scenario, sweep, one := strings.Cut(name, "/")
	s, err := named(scenario, all)
	if err != nil {
		return nil, err
	}
	found := sweepsOf(s)
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("%w: %s has nothing to sweep; `redisduel list` shows which scenarios have", bench.ErrUsage, s.Name)
	case !one:
		return found, nil
	}
	i, err := pick("sweep", s.Name+"/"+sweep, namesOf(found, Swept.Name))
	if err != nil {
		return nil, err
	}
	return found[i : i+1], nil
}

func sweepsOf(s bench.Scenario) (sweeps []Swept) {
	for _, sweep := range s.Sweeps {
		sweeps = append(sweeps, Swept{s, sweep})
	}
	return sweeps
}
