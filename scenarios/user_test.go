package scenarios

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
	"redisduel/bench/benchtest"
	"redisduel/bench/evidence"
	"redisduel/bench/redisd"
)

// forbidden is what we must never call on a server of somebody else's.
var forbidden = []string{
	"flushall", "flushdb", "swapdb", "config|set", "config|rewrite", "config|resetstat", "script|flush", "script|kill",
	"function|flush", "debug", "client|kill", "client|pause", "shutdown", "replicaof", "slaveof", "acl|setuser",
}

// shared are the duels that are fought on a server of somebody else's, with less
// data: what they call does not depend on that.
func shared() (all []bench.Scenario) {
	for _, s := range Known() {
		switch s.Name {
		case "scan":
			s = scanOf(20_000)
		case "range":
			s = rangesOf(20_000)
		}
		if !s.Topology.OwnServer() {
			all = append(all, s)
		}
	}
	return all
}

func TestEveryDuelRunsUnderTheRightsThatItDeclaresAndUsesThemAll(t *testing.T) {
	benchtest.Counts(t)
	settings := bench.Settings{RTT: time.Millisecond, Rounds: 1, Duration: 200 * time.Millisecond, Warmup: 50 * time.Millisecond, Seed: 1}
	for _, s := range shared() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			server := benchtest.RedisWith(t, redisd.Options{Config: []string{
				"user limited on >canary resetchannels " + bench.ACL(s),
				fmt.Sprint("maxclients ", s.Needed("", settings).Connections+3), // the test's own, and two that may still be closing
			}})
			admin := benchtest.Connect(t, bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()})
			every := everyKeyExpires(t, &s, admin)
			config := bench.Config{
				Scenarios: []bench.Scenario{every},
				Settings:  settings,
				Servers: bench.UserServer(bench.Target{URL: "redis://limited:canary@" + server.Addr()},
					bench.Consent{Blocking: true}, nil),
			}
			// A host that stands still while locks are to be renewed has them expire, and
			// nobody calls PEXPIRE: then the duel is fought again.
			for range 3 {
				foughtWithoutRefusal(t, config)
				if len(uncalled(t, admin, s.Needs())) == 0 {
					break
				}
			}
			checkCalls(t, admin, s.Needs())
			checkRefusals(t, admin)
			if n, err := admin.Do(t.Context(), admin.B().Dbsize().Build()).AsInt64(); n != 0 || err != nil {
				t.Errorf("%d keys are left (%v)", n, err)
			}
		})
	}
}

func foughtWithoutRefusal(t *testing.T, c bench.Config) {
	t.Helper()
	result, err := bench.Run(t.Context(), c)
	if len(result.Duels) != 1 {
		t.Fatal(err)
	}
	for _, trial := range result.Duels[0].Trials {
		if trial.Outcome != bench.Completed || trial.Load.Errors["NOPERM"] > 0 {
			t.Errorf("the %s: %s %v", trial.Side, trial.Why, trial.Load)
		}
	}
}

// insteadOf is what the client library calls on servers of another version.
var insteadOf = map[string]string{"cluster|shards": "cluster|slots", "cluster|slots": "cluster|shards"}

// checkCalls looks at what the server counted since it started.
func checkCalls(t *testing.T, admin rueidis.Client, declared []string) {
	t.Helper()
	called := calledOn(t, admin)
	for _, name := range forbidden {
		if called[name] > 0 {
			t.Errorf("the forbidden %s was called", name)
		}
	}
	for _, name := range uncalled(t, admin, declared) {
		t.Errorf("%s is declared and was never called", name)
	}
}

// uncalled are the commands that the server has not run since it started.
func uncalled(t *testing.T, admin rueidis.Client, declared []string) []string {
	t.Helper()
	called := calledOn(t, admin)
	return slices.DeleteFunc(slices.Clone(declared), func(name string) bool {
		return called[name] > 0 || called[insteadOf[name]] > 0
	})
}

// calledOn is how often the server has run each command since it started.
func calledOn(t *testing.T, admin rueidis.Client) map[string]int64 {
	t.Helper()
	text, err := admin.Do(t.Context(), admin.B().Info().Section("commandstats").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]int64{}
	for line := range strings.Lines(text) {
		if name, counts, found := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls="); found {
			calls, _, _ := strings.Cut(counts, ",")
			if called[name], err = strconv.ParseInt(calls, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return called
}

// checkRefusals looks at what the server refused: nothing but what may be
// refused, and the client library's own introduction, which a server takes from
// 7.2 on, and farewell from a transaction.
func checkRefusals(t *testing.T, admin rueidis.Client) {
	t.Helper()
	log, err := admin.Do(t.Context(), admin.B().Arbitrary("ACL", "LOG").Build()).ToArray()
	if err != nil {
		t.Fatal(err)
	}
	expected := append([]string{"client|setinfo", "unsubscribe", "punsubscribe", "sunsubscribe"}, bench.Optional...)
	for _, entry := range log {
		fields, err := entry.AsMap()
		if err != nil {
			t.Fatal(err)
		}
		refused := fields["object"]
		if name, _ := refused.ToString(); !slices.Contains(expected, name) {
			t.Errorf("the server refused %q", name)
		}
	}
}

// hungUp waits until the server has noticed that the connections of the trial
// before are closed, so that they take nothing of its tight limit.
func hungUp(ctx context.Context, admin rueidis.Client) error {
	const harness = 8 + 1 // what watches, seeds and reads counters, and the test
	for {
		open, err := evidence.Fields(ctx, admin, "connected_clients")
		if err != nil || open["connected_clients"] <= harness {
			return err
		}
		select {
		case <-time.After(time.Millisecond): // between two looks
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// everyKeyExpires is the scenario with a look, after each trial, at every key on
// the server.
func everyKeyExpires(t *testing.T, s *bench.Scenario, admin rueidis.Client) bench.Scenario {
	watched := *s
	watched.Before = func(ctx context.Context, stage *bench.Stage, side string) error {
		if err := hungUp(ctx, admin); err != nil || s.Before == nil {
			return err
		}
		return s.Before(ctx, stage, side)
	}
	watched.After = func(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
		if s.After != nil {
			if err := s.After(ctx, stage, trial); err != nil {
				return err
			}
		}
		return allExpire(ctx, admin)
	}
	return watched
}

// allExpire is an error if a key does not expire within 900 s or lies outside the
// prefix.
func allExpire(ctx context.Context, admin rueidis.Client) error {
	for cursor := uint64(0); ; {
		page, err := admin.Do(ctx, admin.B().Scan().Cursor(cursor).Count(1000).Build()).AsScanEntry()
		if err != nil {
			return err
		}
		asks := make(rueidis.Commands, len(page.Elements))
		for i, key := range page.Elements {
			asks[i] = admin.B().Pttl().Key(key).Build()
		}
		for i, answer := range admin.DoMulti(ctx, asks...) {
			ms, err := answer.AsInt64()
			if err != nil || ms == -1 || ms > bench.KeyTTL.Milliseconds() || !strings.HasPrefix(page.Elements[i], bench.KeyPrefix) {
				return fmt.Errorf("%q expires in %d ms (%w)", page.Elements[i], ms, err)
			}
		}
		if cursor = page.Cursor; cursor == 0 {
			return nil
		}
	}
}

// A server is asked for room, and a dry run tells it, before there is a load.
func TestAsManyConnectionsAreAnnouncedAsALongRoundTripTakes(t *testing.T) {
	for _, rtt := range []time.Duration{0, time.Millisecond, 250 * time.Millisecond} {
		for _, s := range Known() {
			if s.RTT != nil {
				continue // which no flag changes
			}
			needed, workers := s.Needed("", bench.Settings{RTT: rtt}).Connections, s.Load(bench.Setting{RTT: rtt}).Workers
			if needed < workers {
				t.Errorf("%s at %v: %d connections are announced and %d callers may have one each", s.Name, rtt, needed, workers)
			}
		}
	}
}
