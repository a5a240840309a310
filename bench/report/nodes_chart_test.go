package report

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/evidence"
)

// onNodes is a duel on three nodes: a side's calls of GET, and SET on one node
// whoever sends them.
func onNodes(gets map[string][]int64) bench.Duel {
	d := pipelining()
	for i := range d.Trials {
		t := &d.Trials[i]
		for k, n := range gets[t.Side] {
			t.Nodes = append(t.Nodes, evidence.Delta{Commands: map[string]evidence.Command{"get": {Calls: n}, "set": {Calls: int64(k / 2 * 300)}}})
		}
	}
	return d
}

func nodesOf(t *testing.T, d *bench.Duel) []byte {
	t.Helper()
	picture, err := drawNodes(pageOf(t, d).sides)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

var (
	evenly  = []int64{100, 101, 99}
	oneNode = []int64{0, 300, 0}
)

func TestTheLoadOfTheNodesLooksAsItDid(t *testing.T) {
	d := onNodes(map[string][]int64{bench.Pattern: evenly, bench.AntiPattern: oneNode, "mget": {200, 50, 50}, bench.Control: evenly})
	sharply(t)
	like(t, "pipelining-nodes.png", nodesOf(t, &d))
}

func TestTheBusiestNodeIsInTheTitle(t *testing.T) {
	d := onNodes(map[string][]int64{bench.Pattern: evenly, bench.AntiPattern: oneNode})
	all := telling(nodeLoads(pageOf(t, &d).sides))
	if want, got := "The busiest node took 100 % of the anti-pattern's GET calls and 34 % of the pattern's", nodesTitle(all); got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
	if len(all) != 2 {
		t.Errorf("%d loads are drawn, want those of GET alone: SET falls alike on both sides", len(all))
	}
}

func TestLoadsThatAreAlikeAreNotDrawn(t *testing.T) {
	for name, gets := range map[string]map[string][]int64{
		"a single server":     nil,
		"one node":            {bench.Pattern: {5}, bench.AntiPattern: {9}},
		"the same everywhere": {bench.Pattern: oneNode, bench.AntiPattern: oneNode, "mget": oneNode},
		"no calls":            {bench.Pattern: {0, 0}, bench.AntiPattern: {0, 0}},
		"one side":            {bench.AntiPattern: oneNode},
		"very many nodes":     {bench.Pattern: make([]int64, 40), bench.AntiPattern: append(make([]int64, 39), 7)},
	} {
		d := onNodes(gets)
		if picture := nodesOf(t, &d); picture != nil {
			t.Errorf("%s: drew %d bytes", name, len(picture))
		}
	}
}
