package report

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/evidence"
)

func TestTheLoadOfEachNodeIsShownByCommand(t *testing.T) {
	r := first()
	node := func(gets, sets int64) evidence.Delta {
		return evidence.Delta{Commands: map[string]evidence.Command{
			"get": {Calls: gets}, "set": {Calls: sets}, "hello": {Calls: 1},
		}}
	}
	for i := range r.Duels[0].Trials {
		trial := &r.Duels[0].Trials[i]
		trial.Nodes = []evidence.Delta{node(100, 300), node(100, 0), node(100, 0)}
		if trial.Side == bench.AntiPattern {
			trial.Nodes = []evidence.Delta{node(0, 0), node(300, 0), node(0, 0)}
		}
	}
	page := string(render(t, r).Get("pipelining.md"))
	lineWith(t, page, "| pattern                     | get     |   33 % |   33 % |   33 % |      1.00 |")
	lineWith(t, page, "| pattern                     | set     |  100 % |    0 % |    0 % |       3.0 |")
	lineWith(t, page, "| anti-pattern                | get     |    0 % |  100 % |    0 % |       3.0 |")
}
