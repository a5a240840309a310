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

// Clean removes what a run that was killed left on a server that is not ours, by
// the names that such a run gives, and returns how many keys there were. It
// looks at no other key. A scenario of a million keys takes a few seconds.
func Clean(ctx context.Context, target Target, runID string, scenarios []Scenario) (removed int64, err error) {
	if !runIDs.MatchString(runID) {
		return 0, fmt.Errorf("%w: %.20q is no number of a run; it has 8 hexadecimal digits and stands in the journal and the results as run_id", ErrUsage, runID)
	}
	if target, err = target.knock(ctx); err != nil {
		return 0, err
	}
	client, err := target.direct()
	if err != nil {
		return 0, err
	}
	defer client.Close()
	for i := range scenarios {
		for _, s := range scenarios[i].versions() {
			if s.Topology.OwnServer() {
				continue
			}
			n, err := unlink(ctx, client, s.keys(prefixOf(runID, s.Name), Setting{}))
			if removed += n; err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

// unlink removes keys of one server by name, a batch to a command, and returns
// how many there were.
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
			return removed, nil
		}
		n, err := unlinkBatch(ctx, client, batch)
		if removed += n; err != nil {
			return removed, err
		}
	}
}

func unlinkBatch(ctx context.Context, client rueidis.Client, keys []string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	n, err := client.Do(ctx, client.B().Unlink().Key(keys...).Build()).AsInt64()
	if err != nil {
		return 0, fmt.Errorf("%w: remove the run's keys: %w; they expire by themselves within %v", ErrEnvironment, err, KeyTTL)
	}
	return n, nil
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
	for key := range s.keys(prefixOf(runID, s.Name), Setting{}) {
		if n.Keys++; n.Keys == 1 {
			n.Example = key
		}
	}
	return n
}
