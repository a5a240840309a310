package bench_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
)

// TestSlotsThatMoveAreNotSeenAndEndlessRedirectionsEnd covers both, since a
// cluster takes seconds to start.
func TestSlotsThatMoveAreNotSeenAndEndlessRedirectionsEnd(t *testing.T) {
	benchtest.Counts(t)
	var keys []string
	s := echo()
	s.Topology, s.Data.Keys = bench.Topology{Nodes: 2}, 200 // of which each node has half
	s.Pattern = func(ctx context.Context, env *bench.Env) (load.Op, error) {
		for i := range env.Data.Keys {
			keys = append(keys, env.Key(i))
		}
		client, err := env.Client(ctx)
		return func(ctx context.Context, i int) error {
			i %= env.Data.Keys
			got, err := client.Do(ctx, client.B().Get().Key(env.Key(i)).Build()).ToString()
			if err == nil && got != env.Data.Value(i) {
				return fmt.Errorf("%w: %q", load.ErrWrongAnswer, got)
			}
			return err
		}, err
	}
	fixture := benchtest.Server(t, &s)
	bout := benchtest.Prepared(t, benchtest.ArenaOn(t, &s, fixture, 0), bench.Pattern)
	nodes := []*node{newNode(t, fixture.Nodes[0]), newNode(t, fixture.Nodes[1])}

	moved := 0
	result := duringLoad(t, bout.Op, func() {
		for _, key := range keys {
			if move(nodes[0], nodes[1], key) {
				moved++
			}
		}
	})
	if moved < 50 {
		t.Errorf("%d slots moved, want about a hundred", moved)
	}
	if result.OK == 0 || result.Failed != 0 || result.Unknown != result.Errors[load.ClassCancelled] {
		t.Errorf("while %d slots moved: %d ok, errors %v; want none but of what the end cancelled", moved, result.OK, result.Errors)
	}

	quarrel(nodes[1], nodes[0], keys[0]) // which has all of them by now
	answered := func() int64 { return refusals(t, nodes[0].client, "MOVED") + refusals(t, nodes[1].client, "MOVED") }
	before := answered()
	began := time.Now()
	err := bout.Op(t.Context(), 0)
	if took := time.Since(began); err == nil || !strings.HasPrefix(err.Error(), "MOVED") || took > 2*time.Second {
		t.Errorf("after %v: %v; want a MOVED, soon", took, err)
	}
	if sent := answered() - before; sent != 6 {
		t.Errorf("the command was sent %d times, want once and after 5 redirections", sent)
	}
}

// duringLoad does something under a closed loop, which ends after it.
func duringLoad(t *testing.T, op load.Op, do func()) (result *load.Result) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var loads sync.WaitGroup
	loads.Go(func() {
		spec := load.Spec{Mode: load.Closed, Workers: 4, Duration: time.Hour}
		result, _ = load.Run(ctx, load.Plan{Spec: spec, Clock: clock.Precise(), Classify: bench.Classify}, op) // cancelled, always
	})
	do()
	stop()
	loads.Wait()
	return result
}

// A node is one of a cluster, with what others need to reach it.
type node struct {
	t                        *testing.T
	client                   rueidis.Client
	id, host, port, password string
}

func newNode(t *testing.T, target bench.Target) *node {
	t.Helper()
	address, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, client: direct(t, &bench.Fixture{Target: target})}
	n.host, n.port, _ = net.SplitHostPort(address.Host) // the fixture wrote both
	n.password, _ = address.User.Password()
	n.id = n.ask("CLUSTER", "MYID")
	return n
}

// ask returns the answer to a command that must succeed.
func (n *node) ask(words ...string) string {
	n.t.Helper()
	answer, err := n.client.Do(n.t.Context(), n.client.B().Arbitrary(words...).Build()).ToAny()
	if err != nil {
		n.t.Fatalf("%v: %v", words, err)
	}
	return fmt.Sprint(answer)
}

// keys are those that the node has of a slot.
func (n *node) keys(slot string) []string {
	n.t.Helper()
	found, err := n.client.Do(n.t.Context(), n.client.B().Arbitrary("CLUSTER", "GETKEYSINSLOT", slot, "100").Build()).AsStrSlice()
	if err != nil {
		n.t.Fatal(err)
	}
	return found
}

// move takes the slot of a key from one node to the other, as redis-cli does,
// if it is there.
func move(from, to *node, key string) bool {
	slot := from.ask("CLUSTER", "KEYSLOT", key)
	if from.ask("CLUSTER", "COUNTKEYSINSLOT", slot) == "0" {
		return false
	}
	to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id)
	from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id)
	from.ask(append([]string{"MIGRATE", to.host, to.port, "", "0", "5000", "AUTH", to.password, "KEYS"}, from.keys(slot)...)...)
	to.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id)
	from.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id)
	return true
}

// quarrel has each node say that the slot of a key is the other's.
func quarrel(owner, other *node, key string) {
	slot := owner.ask("CLUSTER", "KEYSLOT", key)
	owner.ask(append([]string{"DEL"}, owner.keys(slot)...)...) // a node does not give a slot away that has keys
	owner.ask("CLUSTER", "SETSLOT", slot, "NODE", other.id)
}
