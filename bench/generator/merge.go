package generator

import (
	"fmt"
	"reflect"
	"slices"

	"redisduel/bench"
	"redisduel/bench/load"
)

// Merge joins the results of processes that were given the same Spec but for
// their shares: its histograms hold every op of each, and its Elapsed is the
// longest. A share that is missing or there twice is an error.
func Merge(results ...*Result) (*Result, error) {
	if len(results) == 0 {
		return nil, fmt.Errorf("%w: there is nothing to merge", bench.ErrUsage)
	}
	if err := complete(results); err != nil {
		return nil, err
	}
	all := *results[0]
	all.Evidence, all.Unproven = nil, "each process saw the server's counters of a time of its own"
	all.Spec.Share, all.Spec.Shares = 0, 0
	all.Parts, all.Nils, all.Generator = 0, 0, Generation{}
	loads := make([]*load.Result, len(results))
	for i, r := range results {
		loads[i] = r.Load
		all.Parts += r.Parts
		all.Nils += r.Nils
		all.RTT, all.Late = max(all.RTT, r.RTT), max(all.Late, r.Late)
		all.Generator.CPU += r.Generator.CPU
		all.Generator.Procs += r.Generator.Procs
		all.Generator.Wall = max(all.Generator.Wall, r.Generator.Wall)
		if r.Started.Before(all.Started) {
			all.Started = r.Started
		}
		if all.Partial == "" {
			all.Partial = r.Partial
		}
	}
	merged, err := load.Merged(loads...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bench.ErrUsage, err)
	}
	merged.Elapsed = slices.MaxFunc(loads, func(a, b *load.Result) int { return int(a.Elapsed - b.Elapsed) }).Elapsed
	all.Load = merged
	all.Finish()
	return &all, nil
}

// complete says what does not make a whole of the results.
func complete(results []*Result) error {
	seen := map[int]bool{}
	want := results[0].Spec
	for i, r := range results {
		if r.Load == nil || r.Schema != Schema {
			return fmt.Errorf("%w: result %d is none of `redisduel load` of this version", bench.ErrUsage, i+1)
		}
		if seen[r.Spec.Share] {
			return fmt.Errorf("%w: share %d of %d is there twice", bench.ErrUsage, r.Spec.Share, r.Spec.Shares)
		}
		seen[r.Spec.Share] = true
		want.Share = r.Spec.Share
		if !reflect.DeepEqual(want, r.Spec) {
			return fmt.Errorf("%w: result %d is of another load than the first: its specification differs in more than the share", bench.ErrUsage, i+1)
		}
	}
	if n := max(want.Shares, 1); len(results) != n {
		return fmt.Errorf("%w: %d of %d shares are there; merge all of them", bench.ErrUsage, len(results), n)
	}
	return nil
}
