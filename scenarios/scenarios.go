// Package scenarios holds the duels: each file pairs a function of package
// patterns with its twin in package antipatterns.
//
// A pair is three small files, patterns/x.go, antipatterns/x.go and
// scenarios/x.go, and a line in All. Both sides go through one adaptor that
// takes one function type, so the compiler proves that the twins are
// interchangeable, and the code that drives them cannot drift apart.
package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"redisduel/bench"
)

// All returns every scenario, in an order that tells a story: from how a
// program talks to Redis to what it asks of it.
func All() []bench.Scenario {
	return []bench.Scenario{
		pool(),
		poolSize(),
		pipeline(),
		scan(),
		ranges(),
		ttl(),
		jitter(),
		eviction(),
		hash(),
		hotCopies(),
		lfu(),
		stampede(),
		lockRelease(),
		lockAcquire(),
		evalsha(),
		scriptArgs(),
		scriptPipeline(),
	}
}

// Named returns the scenarios of the given names, Known ones, in that order. The beginning
// of a name does if no other name begins so. An ambiguous one is an error that
// lists the candidates, an unknown one an error that suggests the nearest.
func Named(names []string) ([]bench.Scenario, error) {
	all := Known()
	chosen := make([]bench.Scenario, 0, len(names))
	for _, name := range names {
		s, err := named(name, all)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, s)
	}
	return chosen, nil
}

func named(name string, all []bench.Scenario) (bench.Scenario, error) {
	var candidates []string
	var found bench.Scenario
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		if name != "" && strings.HasPrefix(s.Name, name) {
			found, candidates = s, append(candidates, s.Name)
		}
	}
	switch len(candidates) {
	case 0:
		return found, fmt.Errorf("%w: there is no scenario %q; did you mean %q? `redisduel list` shows all", bench.ErrUsage, name, nearest(name, all))
	case 1:
		return found, nil
	}
	return found, fmt.Errorf("%w: %q is the beginning of several scenarios; name one of %s", bench.ErrUsage, name, strings.Join(candidates, ", "))
}

// nearest returns the name that takes the fewest edits to get to.
func nearest(name string, all []bench.Scenario) string {
	best := slices.MinFunc(all, func(a, b bench.Scenario) int {
		return edits(name, a.Name) - edits(name, b.Name)
	})
	return best.Name
}

// edits is the Levenshtein distance: insertions, deletions and substitutions
// of bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
