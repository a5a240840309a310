package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/patterns"
)

// mostCopies bounds what the hot value takes of somebody else's memory: 8 MB.
const mostCopies = 512

// copiesFor is the smallest number of copies, a multiple of the nodes, of which
// each node has at least one, whatever the key is called: patterns.Shards puts
// copy i into the middle quarter of the i'th slice, so that a node has it which
// owns all of that. It is the number of nodes where they own equal runs of slots,
// and 0 if there is none up to mostCopies.
func copiesFor(primaries []bench.SlotRanges) int {
	for copies := len(primaries); copies > 1 && copies <= mostCopies; copies *= 2 {
		if !slices.ContainsFunc(primaries, func(own bench.SlotRanges) bool { return !surelyHasOne(own, copies) }) {
			return copies
		}
	}
	return 0
}

const clusterSlots = 16384

// surelyHasOne reports whether one of the copies is in these slots by whatever
// name.
func surelyHasOne(own bench.SlotRanges, copies int) bool {
	for i := range copies {
		first, last := (8*i+3)*clusterSlots/(8*copies), (8*i+5)*clusterSlots/(8*copies)
		if slices.ContainsFunc(own, func(run [2]int) bool { return run[0] <= first && last <= run[1] }) {
			return true
		}
	}
	return false
}

// nodesInTurn chooses copies so that each node gets as many reads as any other,
// also where their slots, and with them their copies, are not as many: it takes
// the nodes in turn, and on each its copies in turn. On a cluster of our own
// nodes have equal shares, and the pattern's own chooser, which is nil, will do.
func nodesInTurn(env *bench.Env, client rueidis.Client, copies int) (patterns.Chooser, error) {
	if env.Setting.Primaries == nil {
		return nil, nil //nolint:nilnil // the pattern's own sign of its default
	}
	names, err := patterns.Shards(env.Name("hot"), copies)
	if err != nil {
		return nil, err
	}
	on := make([][]int, len(env.Setting.Primaries))
	for i, name := range names {
		read := client.B().Get().Key(name).Build()
		node := slices.IndexFunc(env.Setting.Primaries, func(own bench.SlotRanges) bool { return own.Has(int(read.Slot())) })
		if node >= 0 {
			on[node] = append(on[node], i)
		}
	}
	if slices.ContainsFunc(on, func(copies []int) bool { return len(copies) == 0 }) {
		return nil, fmt.Errorf("%w: a node of the cluster has none of the %d copies", bench.ErrFailed, copies)
	}
	var turn atomic.Uint64
	return func(context.Context, int) int {
		n := turn.Add(1)
		copies := on[n%uint64(len(on))]
		return copies[n/uint64(len(on))%uint64(len(copies))]
	}, nil
}
