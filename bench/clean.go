package bench

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
)

// prefixOf is what the keys of a run's scenario begin with.
func prefixOf(runID, scenario string) string { return KeyPrefix + runID + ":" + scenario }

// keys yields the name of every key that a duel may leave. It depends on the
// prefix and the setting alone, so that a later process can say what an earlier
// one wrote without looking at anybody's keys.
func (s *Scenario) keys(prefix string, set Setting) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range s.Data.Keys {
			if !yield(dataKey(prefix, i)) {
				return
			}
		}
		for name := range s.written(prefix, set) {
			if !yield(name) {
				return
			}
		}
		yield(bystanderKey(prefix))
	}
}

// written yields the names of Writes, with the prefix.
func (s *Scenario) written(prefix string, set Setting) iter.Seq[string] {
	set.prefix = prefix
	return func(yield func(string) bool) {
		if s.Writes == nil {
			return
		}
		for name := range s.Writes(set) {
			if !yield(prefix + ":" + name) {
				return
			}
		}
	}
}

// countWritten is how many names written yields.
func (s *Scenario) countWritten(prefix string, set Setting) (n int) {
	for range s.written(prefix, set) {
		n++
	}
	return n
}

// countKeys is how many keys yields.
func (s *Scenario) countKeys(prefix string, set Setting) int {
	return s.Data.Keys + s.countWritten(prefix, set) + 1
}

// versions are the scenario as it is, for a first look, and at each value of its
// sweeps. One that has no more Data than those before it is without: its keys
// have the same names.
func (s *Scenario) versions() []Scenario {
	all := []Scenario{*s, *s.version(Setting{Quick: true})}
	for i := range s.Sweeps {
		for _, value := range s.Sweeps[i].Values {
			all = append(all, s.Sweeps[i].At(value))
		}
	}
	most := 0
	for i := range all {
		keys := all[i].Data.Keys
		if keys <= most {
			all[i].Data.Keys = 0
		}
		most = max(most, keys)
	}
	return all
}

var runIDs = regexp.MustCompile(`^[0-9a-f]{8}$`)

// Clean removes what a run that was killed left on a server or a cluster that is
// not ours, by the names that such a run gives, and returns how many keys there
// were. It looks at no other key, and tells how many names of all it has gone
// through: ten million take some ten seconds. Where slots have moved to other nodes
// since the run, names of shards may be others, and their keys are left to expire.
func Clean(ctx context.Context, target Target, runID string, scenarios []Scenario, tell func(done, total int)) (removed int64, err error) {
	if !runIDs.MatchString(runID) {
		return 0, fmt.Errorf("%w: %.20q is no number of a run; it has 8 hexadecimal digits and stands in the journal and the results as run_id", ErrUsage, runID)
	}
	target, cluster, err := look(ctx, target)
	if err != nil {
		return 0, err
	}
	set := Setting{}
	if cluster {
		fixture, err := target.clusterOf(ctx)
		if err != nil {
			return 0, err
		}
		target, set.Primaries = fixture.Target, fixture.Primaries
	}
	client, err := target.streaming()
	if err != nil {
		return 0, err
	}
	defer client.Close()
	names, total := allKeys(scenarios, runID, set)
	removed, _, err = unlink(ctx, client, names, func(done int) { tell(done, total) })
	return removed, err
}

// allKeys are the names of all keys that a run of the scenarios may have left, and
// how many they are.
func allKeys(scenarios []Scenario, runID string, set Setting) (names iter.Seq[string], total int) {
	var all []iter.Seq[string]
	for i := range scenarios {
		for _, s := range scenarios[i].left(set) {
			prefix := prefixOf(runID, s.Name)
			all = append(all, s.keys(prefix, set))
			total += s.countKeys(prefix, set)
		}
	}
	return func(yield func(string) bool) {
		for _, some := range all {
			for name := range some {
				if !yield(name) {
					return
				}
			}
		}
	}, total
}

// left are the versions of the scenario that may have left keys on such a server
// of somebody else's, a cluster if it has primaries.
func (s *Scenario) left(set Setting) []Scenario {
	if len(set.Primaries) == 0 {
		return slices.DeleteFunc(s.versions(), func(v Scenario) bool { return v.Topology.OwnServer() })
	}
	if on := s.on(set.Primaries); on != nil {
		return []Scenario{*on}
	}
	return nil
}

// Needed is what a scenario takes of a server that is not ours, besides the
// commands that it Needs.
type Needed struct {
	Keys        int    // at most, at a time
	Example     string // the name of one
	Connections int    // at most
	Scripts     bool   // it leaves some in the server's script cache
}

// Needed tells what a run of the scenario would take. It connects to nothing.
func (s *Scenario) Needed(runID string, asked Settings) Needed {
	n := Needed{Connections: s.connections(s.setting(asked))}
	n.Scripts = slices.ContainsFunc(s.Commands, func(c string) bool { return c == "eval" || c == "script|load" })
	set := Setting{}
	if s.On != nil { // a cluster as it usually is
		set.Primaries = EqualSlots(s.Topology.Nodes)
	}
	for key := range s.keys(prefixOf(runID, s.Name), set) {
		if n.Keys++; n.Keys == 1 {
			n.Example = key
		}
	}
	return n
}
