package benchtest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/redisd"
)

// A Stranger is a cluster as somebody else may have one: three primaries whose
// slots are dealt out unevenly and in pieces, see StrangersSlots, and a replica.
type Stranger struct {
	Primaries []*redisd.Server // in the order of their first slots
	Admins    []rueidis.Client // of each of them, of a user who may do all
	Replica   *redisd.Server
	// ReplicaAdmin is the same user there.
	ReplicaAdmin rueidis.Client
}

// StrangersSlots are the slots of a Stranger's primaries.
func StrangersSlots() []bench.SlotRanges {
	return []bench.SlotRanges{{{0, 999}, {12288, 16383}}, {{1000, 4095}, {7000, 12287}}, {{4096, 6999}}}
}

// moves make them of four equal runs, of which node 0 keeps nothing. A node gives
// to those after it alone: their configuration is the more recent, so that who has
// not heard of it believes them. The slots of node 0 come last, since it becomes
// a replica without any.
var moves = []struct{ first, last, to int }{{7000, 8191, 2}, {1000, 4095, 2}, {0, 999, 3}}

// NewStranger starts such a cluster, which ends with the test. It takes some
// three seconds.
func NewStranger(tb testing.TB) *Stranger {
	tb.Helper()
	nodes := Cluster(tb, 4).Nodes()
	admins, ids := make([]rueidis.Client, len(nodes)), make([]string, len(nodes))
	for i, node := range nodes {
		admins[i] = Connect(tb, bench.Target{URL: "redis://:" + node.Password() + "@" + node.Addr()})
		ids[i] = tell(tb, admins[i], "CLUSTER", "MYID")
	}
	for _, admin := range admins {
		deal(tb, admin, ids)
		tell(tb, admin, "CONFIG", "SET", "masterauth", nodes[0].Password(), // that of all
			"repl-diskless-sync-delay", "0") // or a primary waits five seconds for more replicas
	}
	awaitStranger(tb, admins)
	slices.Reverse(nodes[1:])
	slices.Reverse(admins[1:])
	return &Stranger{nodes[1:], admins[1:], nodes[0], admins[0]}
}

// tell returns the answer to a command, which must not be an error.
func tell(tb testing.TB, admin rueidis.Client, words ...string) string {
	tb.Helper()
	answer, err := admin.Do(tb.Context(), admin.B().Arbitrary(words...).Build()).ToString()
	if err != nil {
		tb.Fatalf("%v: %v", words, err)
	}
	return answer
}

// deal tells a node of the moves.
func deal(tb testing.TB, admin rueidis.Client, ids []string) {
	tb.Helper()
	var all rueidis.Commands
	for _, m := range moves {
		for slot := m.first; slot <= m.last; slot++ {
			all = append(all, admin.B().Arbitrary("CLUSTER", "SETSLOT", strconv.Itoa(slot), "NODE", ids[m.to]).Build())
		}
	}
	for _, result := range admin.DoMulti(tb.Context(), all...) {
		if err := result.Error(); err != nil {
			tb.Fatal(err)
		}
	}
}

// awaitStranger waits until all nodes see the slots so, and the first is a
// replica.
func awaitStranger(tb testing.TB, admins []rueidis.Client) {
	tb.Helper()
	awaitCluster(tb, func() (lacks string) {
		for _, admin := range admins {
			if got := runs(tb, admin); got != "[0-999 1000-4095 4096-6999 7000-12287 12288-16383]" {
				lacks = "slots are " + got
			}
			if !strings.Contains(tell(tb, admin, "CLUSTER", "INFO"), "cluster_state:ok") {
				lacks = "a node is not well"
			}
		}
		if !strings.Contains(tell(tb, admins[0], "INFO", "replication"), "master_link_status:up") {
			lacks = "there is no replica"
		}
		return lacks
	})
}

// awaitCluster waits until a cluster that forms lacks nothing.
func awaitCluster(tb testing.TB, lacking func() string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	for lacks := lacking(); lacks != ""; lacks = lacking() {
		select {
		case <-ctx.Done():
			tb.Fatalf("the cluster did not form: %s", lacks)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// runs are those of the slots that have the same owner, as a node sees them.
func runs(tb testing.TB, admin rueidis.Client) string {
	tb.Helper()
	entries, err := admin.Do(tb.Context(), admin.B().ClusterSlots().Build()).ToArray()
	if err != nil {
		tb.Fatal(err)
	}
	lasts := map[int64]int64{}
	for _, entry := range entries {
		parts, _ := entry.ToArray() // what is missing is 0
		first, _ := parts[0].AsInt64()
		lasts[first], _ = parts[1].AsInt64()
	}
	return inOrder(lasts)
}

func inOrder(lasts map[int64]int64) string {
	var all []string
	for first := int64(0); first < 16384; first = lasts[first] + 1 {
		if _, owned := lasts[first]; !owned {
			return fmt.Sprint("in pieces: ", lasts)
		}
		all = append(all, fmt.Sprintf("%d-%d", first, lasts[first]))
	}
	return fmt.Sprint(all)
}
