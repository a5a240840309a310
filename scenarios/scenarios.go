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
		hotSingle(),
		lfu(),
		stampede(),
		lockRelease(),
		lockAcquire(),
		evalsha(),
		scriptArgs(),
		scriptPipeline(),
	}
}

// Named returns the scenarios of the given names, Known ones, in that order. The
// beginning of a name does if no other name begins so. One that is named twice
// is there once. An ambiguous name is an error that lists the candidates, an
// unknown one an error that suggests what is spelt alike.
func Named(names []string) ([]bench.Scenario, error) {
	all := Known()
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
	i, err := pick("scenario", name, namesOf(all, func(s bench.Scenario) string { return s.Name }))
	if err != nil {
		return bench.Scenario{}, err
	}
	return all[i], nil
}

func namesOf[T any](all []T, name func(T) string) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = name(all[i])
	}
	return names
}

// pick finds the one of the names, of what they name, that was typed or begun.
func pick(what, typed string, names []string) (int, error) {
	var candidates []string
	found := slices.Index(names, typed)
	if found >= 0 {
		return found, nil
	}
	for i, name := range names {
		if typed != "" && strings.HasPrefix(name, typed) {
			found, candidates = i, append(candidates, name)
		}
	}
	switch len(candidates) {
	case 0:
		return 0, fmt.Errorf("%w: there is no %s %q; %s`redisduel list` shows all", bench.ErrUsage, what, typed, meant(typed, names))
	case 1:
		return found, nil
	}
	return 0, fmt.Errorf("%w: %q is the beginning of several %ss; name one of %s", bench.ErrUsage, typed, what, strings.Join(candidates, ", "))
}

// meant suggests a name of which at most one letter in three is wrong.
func meant(typed string, names []string) string {
	near := nearest(typed, names)
	if 3*edits(typed, near) > len(near) {
		return ""
	}
	return fmt.Sprintf("did you mean %q? ", near)
}

// nearest returns the name that takes the fewest edits to get to.
func nearest(typed string, names []string) string {
	return slices.MinFunc(names, func(a, b string) int { return edits(typed, a) - edits(typed, b) })
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
