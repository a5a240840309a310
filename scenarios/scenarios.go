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

// Named returns the scenarios of the given names, in that order. The beginning
// of a name does if no other name begins so. One that is named twice is there
// once. An ambiguous name is an error that lists the candidates, an unknown one
// an error that suggests what is spelt alike.
func Named(names []string) ([]bench.Scenario, error) {
	all := All()
	chosen := make([]bench.Scenario, 0, len(names))
	for _, name := range names {
		s, err := named(name, all)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(chosen, func(have bench.Scenario) bool { return have.Name == s.Name }) {
			chosen = append(chosen, s)
		}
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
		return found, fmt.Errorf("%w: there is no scenario %q; %s`redisduel list` shows all", bench.ErrUsage, name, meant(name, all))
	case 1:
		return found, nil
	}
	return found, fmt.Errorf("%w: %q is the beginning of several scenarios; name one of %s", bench.ErrUsage, name, strings.Join(candidates, ", "))
}

// meant suggests a name of which at most one letter in three is wrong.
func meant(name string, all []bench.Scenario) string {
	near := nearest(name, all)
	if 3*edits(name, near) > len(near) {
		return ""
	}
	return fmt.Sprintf("did you mean %q? ", near)
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
