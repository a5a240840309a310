package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/patterns"
)

func TestTheHotKeyIsFoughtOnAStrangersClusterWithoutHarm(t *testing.T) {
	benchtest.Counts(t)
	stranger := benchtest.NewStranger(t)
	s := hotCopies()
	for _, admin := range append(stranger.Admins, stranger.ReplicaAdmin) {
		words := append([]string{"ACL", "SETUSER", "limited", "on", ">canary", "resetchannels"}, strings.Fields(bench.ACL(s))...)
		if err := admin.Do(t.Context(), admin.B().Arbitrary(words...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	for _, admin := range stranger.Admins {
		foreigners(t, admin)
	}
	before, own := everything(t, stranger), calledOnAll(t, stranger)
	target := bench.Target{URL: "redis://limited:canary@" + stranger.Primaries[1].Addr()}
	watched := everyNodeHasItsCopies(t, &s, stranger)
	const rtt = 3 * time.Millisecond
	result, err := bench.Run(t.Context(), bench.Config{
		Scenarios: []bench.Scenario{watched},
		Settings:  bench.Settings{RTT: rtt, Rounds: 1, Duration: 500 * time.Millisecond, Warmup: 50 * time.Millisecond, Seed: 1},
		Servers:   bench.UserServer(target, bench.Consent{Data: true}, nil),
	})
	if len(result.Duels) != 1 {
		t.Fatal(err)
	}
	judgeStrangersDuel(t, &result.Duels[0], rtt)
	if after := everything(t, stranger); !maps.Equal(before, after) {
		t.Errorf("%d keys before and %d after, or they have changed", len(before), len(after))
	}
	called := calledOnAll(t, stranger)
	for _, admin := range stranger.Admins {
		checkRefusals(t, admin)
	}
	for _, name := range s.Needs() {
		if called[name] == 0 && called[insteadOf[name]] == 0 {
			t.Errorf("%s is declared and was never called", name)
		}
	}
	for _, name := range forbidden {
		if n := called[name] - own[name]; n != 0 { // the test's own set up the user
			t.Errorf("the forbidden %s was called %d times", name, n)
		}
	}
	t.Run("and copies have nodes of their own by any name", func(t *testing.T) { eachNodeHasOne(t, stranger.Admins[0]) })
}

// calledOnAll is how often the primaries together have run each command.
func calledOnAll(t *testing.T, stranger *benchtest.Stranger) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, admin := range stranger.Admins {
		for name, n := range calledOn(t, admin) {
			all[name] += n
		}
	}
	return all
}

// judgeStrangersDuel looks at what came of it.
func judgeStrangersDuel(t *testing.T, duel *bench.Duel, rtt time.Duration) {
	t.Helper()
	if duel.Failed != "" || duel.Server.Own || duel.Server.Nodes != 3 || duel.Server.Mode != "cluster" {
		t.Errorf("fought on %+v: %s", duel.Server, duel.Failed)
	}
	for _, trial := range duel.Trials {
		if trial.Outcome != bench.Completed {
			t.Errorf("the %s: %s", trial.Side, trial.Why)
			continue
		}
		if len(trial.Nodes) != 3 || trial.Load.OK == 0 || trial.Load.Failed > 0 {
			t.Errorf("the %s: evidence of %d nodes, errors %v", trial.Side, len(trial.Nodes), trial.Load.Errors)
		}
		if hot := trial.Spans["hot"]; trial.Side != hotCached && hot.At(0) < rtt {
			t.Errorf("the %s read a copy within %v: not through the emulated network", trial.Side, hot.At(0))
		}
	}
	for _, note := range duel.Variants {
		if alone := note.Name == countParts || note.Name == countSingle; note.Failed != "" || (note.LeftOut != "") != alone {
			t.Errorf("%s: failed %q, left out %q", note.Name, note.Failed, note.LeftOut)
		}
	}
	for side, want := range map[string][2]float64{bench.Pattern: {1, 1.1}, bench.AntiPattern: {2.9, 3}, hotTagged: {2.9, 3}} {
		if got := duel.Value(hotUneven, side); !(got >= want[0] && got <= want[1]) {
			t.Errorf("%s: the busiest of three nodes has %.3f times the mean, want %v", side, got, want)
		}
	}
}

// everyNodeHasItsCopies is the scenario with a look at every key of each node
// after each trial.
func everyNodeHasItsCopies(t *testing.T, s *bench.Scenario, stranger *benchtest.Stranger) bench.Scenario {
	watched := *s
	watched.On = func(primaries []bench.SlotRanges) *bench.Scenario {
		on := s.On(primaries)
		on.After = func(ctx context.Context, stage *bench.Stage, _ *bench.Trial) error {
			for i, admin := range stranger.Admins {
				if err := oursExpire(ctx, admin, stage.Name("hot#")); err != nil {
					return fmt.Errorf("node %d: %w", i, err)
				}
			}
			return nil
		}
		return on
	}
	return watched
}

// oursExpire is an error if a key that is not a foreigner's lies outside the
// prefix or does not expire within 900 s, or if none begins like the copies.
func oursExpire(ctx context.Context, admin rueidis.Client, copies string) error {
	keys, err := admin.Do(ctx, admin.B().Keys().Pattern("*").Build()).AsStrSlice()
	if err != nil {
		return err
	}
	found := false
	for _, key := range keys {
		if strings.HasPrefix(key, "app:") {
			continue
		}
		found = found || strings.HasPrefix(key, copies)
		ms, err := admin.Do(ctx, admin.B().Pttl().Key(key).Build()).AsInt64()
		if err != nil || ms == -1 || ms > bench.KeyTTL.Milliseconds() || !strings.HasPrefix(key, bench.KeyPrefix) {
			return fmt.Errorf("%q expires in %d ms (%w)", key, ms, err)
		}
	}
	if !found {
		return fmt.Errorf("there is no copy among %d keys", len(keys))
	}
	return nil
}

// foreigners writes keys of several types that lie on the node, some of which
// expire in an hour.
func foreigners(t *testing.T, admin rueidis.Client) {
	t.Helper()
	for i := range 400 {
		key := fmt.Sprint("app:", i)
		words := [][]string{
			{"SET", key, "value", "EX", "3600"},
			{"SET", key, "value"},
			{"RPUSH", key, "a", "b"},
			{"HSET", key, "field", "value"},
			{"ZADD", key, "1", "a"},
			{"XADD", key, "1-1", "field", "value"},
		}[i%6]
		err := admin.Do(t.Context(), admin.B().Arbitrary(words...).Build()).Error()
		if err != nil && !strings.HasPrefix(err.Error(), "MOVED") {
			t.Fatal(err)
		}
	}
}

// everything is what there is of every key of the cluster: its type, the moment
// at which it expires, and its value as the server serialises it.
func everything(t *testing.T, stranger *benchtest.Stranger) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, admin := range stranger.Admins {
		keys, err := admin.Do(t.Context(), admin.B().Keys().Pattern("*").Build()).AsStrSlice()
		if err != nil || len(keys) == 0 {
			t.Fatalf("%d keys of a node (%v)", len(keys), err)
		}
		for _, key := range keys {
			for _, word := range []string{"TYPE", "PEXPIRETIME", "DUMP"} {
				answer, err := admin.Do(t.Context(), admin.B().Arbitrary(word, key).Build()).ToAny()
				if err != nil {
					t.Fatal(err)
				}
				found[key] += fmt.Sprintln(answer)
			}
		}
	}
	return found
}

func TestCopiesAreSoManyThatEachNodeHasOneWhateverItsSlots(t *testing.T) {
	for name, tt := range map[string]struct {
		primaries []bench.SlotRanges
		want      int // 0 for none
	}{
		"equal runs":              {bench.EqualSlots(3), 3},
		"seven nodes":             {bench.EqualSlots(7), 7},
		"a small node":            {[]bench.SlotRanges{{{0, 999}}, {{1000, 16383}}}, 16},
		"pieces":                  {benchtest.StrangersSlots(), 12},
		"a node with one slot":    {[]bench.SlotRanges{{{0, 0}}, {{1, 16383}}}, 0},
		"one node alone":          {bench.EqualSlots(1), 0},
		"every other slot is his": {everyOther(), 0},
	} {
		got := copiesFor(tt.primaries)
		if got != tt.want {
			t.Errorf("%s: %d copies, want %d", name, got, tt.want)
		}
	}
}

// everyOther deals the slots to two nodes in turn.
func everyOther() []bench.SlotRanges {
	both := make([]bench.SlotRanges, 2)
	for slot := range clusterSlots {
		both[slot%2] = append(both[slot%2], [2]int{slot, slot})
	}
	return both
}

// eachNodeHasOne asks the server for the slots of copies by fifty names.
func eachNodeHasOne(t *testing.T, admin rueidis.Client) {
	primaries := benchtest.StrangersSlots()
	for run := range 50 {
		names, err := patterns.Shards(fmt.Sprint("redisduel:", run, ":hotkey:hot"), copiesFor(primaries))
		if err != nil {
			t.Fatal(err)
		}
		on := map[int]bool{}
		for _, name := range names {
			slot, err := admin.Do(t.Context(), admin.B().ClusterKeyslot().Key(name).Build()).AsInt64()
			if err != nil {
				t.Fatal(err)
			}
			on[slices.IndexFunc(primaries, func(own bench.SlotRanges) bool { return own.Has(int(slot)) })] = true
		}
		if len(on) != len(primaries) {
			t.Errorf("run %d: %d of %d nodes have a copy", run, len(on), len(primaries))
		}
	}
}
