package bench

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// prefixOf is what the keys of a run's scenario begin with.
func prefixOf(runID, scenario string) string { return KeyPrefix + runID + ":" + scenario }

// keys yields the name of every key that a duel may leave. It depends on the
// prefix and the setting alone, so that a later process can say what an earlier
// one wrote without looking at anybody's keys.
func (s *Scenario) keys(prefix string, set Setting) iter.Seq[string] {
	set.prefix = prefix
	return func(yield func(string) bool) {
		for i := range s.Data.Keys {
			if !yield(dataKey(prefix, i)) {
				return
			}
		}
		if s.Writes != nil {
			for name := range s.Writes(set) {
				if !yield(prefix + ":" + name) {
					return
				}
			}
		}
		yield(bystanderKey(prefix))
	}
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
// were. It looks at no other key. A scenario of a million keys takes a few
// seconds. Where slots have moved to other nodes since the run, names of shards
// may be others, and their keys are left to expire.
func Clean(ctx context.Context, target Target, runID string, scenarios []Scenario) (removed int64, err error) {
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
	client, err := target.direct()
	if err != nil {
		return 0, err
	}
	defer client.Close()
	for i := range scenarios {
		for _, s := range scenarios[i].left(set) {
			n, err := unlink(ctx, client, s.keys(prefixOf(runID, s.Name), set))
			if removed += n; err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
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

// unlink removes keys by name, a batch at a time, and returns how many there
// were. If a node of a cluster does not remove its own it goes on with those of the
// others, for as long as an answer may take, and returns the first error.
func unlink(ctx context.Context, client rueidis.Client, keys iter.Seq[string]) (removed int64, err error) {
	next, stop := iter.Pull(keys)
	defer stop()
	for {
		batch := make([]string, 0, seedBatch)
		for key, ok := next(); ok; key, ok = next() {
			if batch = append(batch, key); len(batch) == seedBatch {
				break
			}
		}
		if len(batch) == 0 {
			return removed, err
		}
		n, failed := unlinkBatch(ctx, client, batch)
		removed += n
		switch {
		case failed == nil:
		case client.Mode() != rueidis.ClientModeCluster:
			return removed, failed
		case err == nil:
			var cancel func()
			ctx, cancel = context.WithTimeout(ctx, answerPatience)
			defer cancel()
			err = failed
		case ctx.Err() != nil:
			return removed, err
		}
	}
}

// unlinkBatch sends one command, or in a cluster, where one command's keys must
// share a slot, one for each key.
func unlinkBatch(ctx context.Context, client rueidis.Client, keys []string) (removed int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	commands := rueidis.Commands{}
	if client.Mode() == rueidis.ClientModeCluster {
		for _, key := range keys {
			commands = append(commands, client.B().Unlink().Key(key).Build())
		}
	} else {
		commands = append(commands, client.B().Unlink().Key(keys...).Build())
	}
	for _, result := range client.DoMulti(ctx, commands...) {
		n, failed := result.AsInt64()
		if removed += n; failed != nil && err == nil {
			err = fmt.Errorf("%w: remove the run's keys: %w; they expire by themselves within %v", ErrEnvironment, failed, KeyTTL)
		}
	}
	return removed, err
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
func (s *Scenario) Needed(runID string) Needed {
	n := Needed{Connections: s.connections()}
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
