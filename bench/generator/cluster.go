package generator

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/evidence"
)

// A Node is a primary of a cluster.
type Node struct {
	Slots int `json:"slots"` // that it owned before the load
	// Evidence is what it counted, as in Result.
	Evidence evidence.Delta `json:"evidence"`
}

// Busy is the share of a processor that the node used.
func (n Node) Busy() float64 {
	if n.Evidence.Elapsed <= 0 {
		return 0
	}
	return n.Evidence.CPU.Seconds() / n.Evidence.Elapsed.Seconds()
}

// nodesOf puts what the primaries counted beside their slots; nil of a single server.
func nodesOf(primaries []bench.SlotRanges, counted []evidence.Delta) (nodes []Node) {
	for i, d := range counted {
		nodes = append(nodes, Node{Slots: primaries[i].Count(), Evidence: d})
	}
	return nodes
}

// route sends a command to the primary that has key k, also if the command has none:
// such would else go to any node, even a replica.
func (f *caller) route(command, k int) {
	f.keyName = f.name(f.keyName[:0], k)
	f.commands[command] = f.commands[command].SetSlot(string(f.keyName))
}

// arriving is how long all clients may take to connect to all primaries.
const arriving = 30 * time.Second

// visits are commands of which one goes to each primary, by a name that is in one
// of its slots. Any number of clients may send them.
func visits(client rueidis.Client, primaries []bench.SlotRanges) []rueidis.Completed {
	ping := client.B().Ping().Build().Pin()
	all := make([]rueidis.Completed, len(primaries))
	for i, own := range primaries {
		for n := 0; ; n++ { // a slot is found after some 16384 names
			if all[i] = ping.SetSlot(strconv.Itoa(n)); own.Has(int(all[i].Slot())) {
				break
			}
		}
	}
	return all
}

// visit opens a client's connection to each primary, which the client itself would
// do with the first op that goes there.
func visit(ctx context.Context, client rueidis.Client, visits []rueidis.Completed) error {
	ctx, cancel := context.WithTimeout(ctx, arriving)
	defer cancel()
	for _, result := range client.DoMulti(ctx, visits...) {
		if err := result.Error(); err != nil {
			return fmt.Errorf("a primary of the cluster: %w", err)
		}
	}
	return nil
}
