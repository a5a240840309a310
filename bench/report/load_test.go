package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/generator"
)

func TestThePrimariesOfAClusterAreShownWithWhatEachRan(t *testing.T) {
	r, err := ReadLoad(bytes.NewReader(smallLoad(t)), "small")
	if err != nil {
		t.Fatal(err)
	}
	node := func(slots int, gets int64, busy time.Duration) generator.Node {
		return generator.Node{Slots: slots, Evidence: evidence.Delta{
			Elapsed: time.Second, CPU: busy, Reads: gets, Commands: map[string]evidence.Command{"get": {Calls: gets}},
		}}
	}
	r.Server = bench.Server{Software: "redis", Version: "7.0.15", Mode: "cluster", Nodes: 2}
	r.Nodes = []generator.Node{node(12288, 1500, 400*time.Millisecond), node(4096, 500, 100*time.Millisecond)}
	all := evidence.Sum(r.Nodes[0].Evidence, r.Nodes[1].Evidence)
	r.Evidence, r.Load.Attempts, r.Spec.Multiplex = &all, 2000, true
	r.Finish()
	var out bytes.Buffer
	if err := Load(&out, r, 200); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"│ primary │ of the slots │ × get │ of all │ of a processor │",
		"│ 1       │ 75.0 %       │ 1500  │ 75.0 % │ 40 %           │",
		"│ 2       │ 25.0 %       │ 500   │ 25.0 % │ 10 %           │",
		"on one connection to each primary",
		"Server: redis 7.0.15, cluster of 2: counted 2000 × get, warm-up included; 1.00 reads and 250 µs of CPU a command, the busiest 40 % of one processor",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("there is no %q in\n%s", line, &out)
		}
	}
	r.Nodes[0].Evidence.Commands = nil
	r.Nodes[1].Evidence.Commands = nil
	out.Reset()
	if err := Load(&out, r, 200); err != nil || !strings.Contains(out.String(), "│ 0     │ n/a    │") {
		t.Errorf("%v, and of nodes that did not say: %s", err, &out)
	}
}
