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
// slots are dealt out unevenly and in pieces, and a replica of the last.
type Stranger struct {
	Primaries []*redisd.Server // in the order of their first slots
	Admins    []rueidis.Client // of each of them, of a user who may do all
	Replica   *redisd.Server
	// ReplicaAdmin is the same user there.
	ReplicaAdmin rueidis.Client
}

// dealt says which of four nodes owns the slots from each one on.
var dealt = []struct{ from, owner int }{{0, 0}, {1000, 1}, {12000, 2}, {16000, 0}}

const slots = 16384

// NewStranger starts such a cluster, which ends with the test. It takes some
// three seconds.
func NewStranger(tb testing.TB) *Stranger {
	tb.Helper()
	nodes := Cluster(tb, 4).Nodes()
	s := &Stranger{Primaries: nodes[:3], Replica: nodes[3]}
	ids := make([]string, len(nodes))
	for i, node := range nodes {
		admin := Connect(tb, bench.Target{URL: "redis://:" + node.Password() + "@" + node.Addr()})
		s.Admins = append(s.Admins, admin)
		ids[i] = s.ask(tb, i, "CLUSTER", "MYID")
	}
	for _, i := range []int{2, 0, 1} { // who gains slots must be the more recent in the eyes of who has not heard of it
		s.ask(tb, i, "CLUSTER", "BUMPEPOCH")
	}
	for _, i := range []int{3, 0, 1, 2} { // who is left without a slot becomes a replica, and may then not be told
		s.deal(tb, i, ids)
	}
	s.ask(tb, 2, "CONFIG", "SET", "repl-diskless-sync-delay", "0") // or it waits five seconds for more replicas
	s.ask(tb, 3, "CONFIG", "SET", "masterauth", nodes[2].Password())
	s.ask(tb, 3, "CLUSTER", "REPLICATE", ids[2])
	s.await(tb, nodes[2])
	s.Admins, s.ReplicaAdmin = s.Admins[:3:3], s.Admins[3]
	return s
}

// ask returns the answer of node i, which must not be an error.
func (s *Stranger) ask(tb testing.TB, i int, words ...string) string {
	tb.Helper()
	answer, err := s.Admins[i].Do(tb.Context(), s.Admins[i].B().Arbitrary(words...).Build()).ToString()
	if err != nil {
		tb.Fatalf("%v: %v", words, err)
	}
	return answer
}

// deal tells node i who owns each slot.
func (s *Stranger) deal(tb testing.TB, i int, ids []string) {
	tb.Helper()
	var all rueidis.Commands
	for slot := range slots {
		owner := dealt[0].owner
		for _, d := range dealt {
			if slot >= d.from {
				owner = d.owner
			}
		}
		all = append(all, s.Admins[i].B().Arbitrary("CLUSTER", "SETSLOT", strconv.Itoa(slot), "NODE", ids[owner]).Build())
	}
	for batch := range slices.Chunk(all, 1000) {
		for _, result := range s.Admins[i].DoMulti(tb.Context(), batch...) {
			if err := result.Error(); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// await waits until all nodes see the cluster so, and the replica is one.
func (s *Stranger) await(tb testing.TB, primary *redisd.Server) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	for {
		lacks := ""
		for i := range s.Admins {
			if got := fmt.Sprint(s.view(tb, i)); got != "[0-999 1000-11999 12000-15999 16000-16383]" {
				lacks = got
			}
			if !strings.Contains(s.ask(tb, i, "CLUSTER", "INFO"), "cluster_state:ok") {
				lacks = "a cluster that is not well"
			}
		}
		if !strings.Contains(s.ask(tb, 3, "INFO", "replication"), "master_link_status:up") {
			lacks = "no replica of " + primary.Addr()
		}
		if lacks == "" {
			return
		}
		select {
		case <-ctx.Done():
			tb.Fatalf("the cluster did not become a stranger's: %s", lacks)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// view is the runs of slots as node i sees them.
func (s *Stranger) view(tb testing.TB, i int) (runs []string) {
	tb.Helper()
	entries, err := s.Admins[i].Do(tb.Context(), s.Admins[i].B().ClusterSlots().Build()).ToArray()
	if err != nil {
		tb.Fatal(err)
	}
	for _, entry := range entries {
		parts, _ := entry.ToArray() // what is missing is 0
		first, _ := parts[0].AsInt64()
		last, _ := parts[1].AsInt64()
		runs = append(runs, fmt.Sprintf("%d-%d", first, last))
	}
	slices.SortFunc(runs, func(a, b string) int { return number(a) - number(b) })
	return runs
}

// number is the one that a run begins with.
func number(run string) int {
	first, _, _ := strings.Cut(run, "-")
	n, _ := strconv.Atoi(first)
	return n
}
