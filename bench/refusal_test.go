package bench_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
)

// writes is a scenario whose pattern sets a key, in the slot 7629 of a cluster.
func writes() bench.Scenario {
	s := echo()
	s.Pattern = func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		return func(ctx context.Context, _ int) error {
			return client.Do(ctx, client.B().Set().Key(env.Name("{k}")).Value("v").ExSeconds(60).Build()).Error()
		}, err
	}
	return s
}

func TestARefusalOfTheServerIsNamedAndNotTriedAgain(t *testing.T) {
	benchtest.Counts(t)
	for name, test := range map[string]struct {
		topology bench.Topology
		begin    func(*testing.T, rueidis.Client) (end func())
	}{
		"OOM":     {bench.Topology{}, tells("CONFIG", "SET", "maxmemory", "1")},
		"MISCONF": {bench.Topology{Config: []string{"dir /proc", "save 3600 1"}}, tells("BGSAVE")}, // where nothing can be saved
		// Another slot than that of the key: a client that learns that nobody has the
		// key's own asks nobody.
		"CLUSTERDOWN": {bench.Topology{Nodes: 1}, tells("CLUSTER", "DELSLOTS", "0")},
		"BUSY":        {bench.Topology{Config: []string{"busy-reply-threshold 1"}}, runForEver},
	} {
		t.Run(name, func(t *testing.T) {
			s := writes()
			s.Topology = test.topology
			fixture := benchtest.Server(t, &s)
			bout := benchtest.Prepared(t, benchtest.ArenaOn(t, &s, fixture, 0), bench.Pattern)
			client := direct(t, fixture)
			before := refusals(t, client, name)
			end := test.begin(t, direct(t, fixture))
			asked := awaitRefusal(t, bout.Op, name) + refuses(t, bout.Op, name)
			end()
			if got := refusals(t, client, name) - before; got != asked {
				t.Errorf("the server refused %d commands, want %d: one for each op", got, asked)
			}
		})
	}
}

// refuses drives the op, all of which the server must refuse, and returns how
// often it was called.
func refuses(t *testing.T, op load.Op, name string) int64 {
	t.Helper()
	plan := load.Plan{Spec: load.Spec{Mode: load.Job, Ops: 200, Workers: 4}, Clock: clock.Precise(), Classify: bench.Classify}
	result, err := load.Run(t.Context(), plan, op)
	if err != nil {
		t.Fatal(err)
	}
	if result.Failed != result.Intended || result.Errors[name] != result.Intended || result.Attempts != result.Intended {
		t.Errorf("%d of %d failed in %d attempts, %v; want all of them as %s", result.Failed, result.Intended, result.Attempts, result.Errors, name)
	}
	return result.Attempts
}

// direct is a client beside the engine's, which ends with the test.
func direct(t *testing.T, fixture *bench.Fixture) rueidis.Client {
	t.Helper()
	option, err := rueidis.ParseURL(fixture.Target.URL)
	if err != nil {
		t.Fatal(err)
	}
	option.ForceSingleClient, option.DisableCache, option.DisableRetry = true, true, true
	option.ClientSetInfo = rueidis.DisableClientSetInfo // which Redis 7.2 and later may refuse, and count
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// tells gives a command that has the server refuse from then on.
func tells(words ...string) func(*testing.T, rueidis.Client) func() {
	return func(t *testing.T, client rueidis.Client) func() {
		if err := client.Do(t.Context(), client.B().Arbitrary(words...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		return func() {}
	}
}

// runForEver has the server run a script, until end.
func runForEver(t *testing.T, client rueidis.Client) (end func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = client.Do(t.Context(), client.B().Eval().Script("while true do end").Numkeys(0).Build()).Error() // that it was killed
	}()
	return func() {
		killer := client.B().ScriptKill().Build()
		dedicated, release := client.Dedicate() // the other connection waits for the script
		defer release()
		if err := dedicated.Do(t.Context(), killer).Error(); err != nil {
			t.Error(err)
		}
		<-ended
	}
}

// awaitRefusal waits until the server refuses the op and returns how often it
// did.
func awaitRefusal(t *testing.T, op load.Op, name string) int64 {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if err := op(t.Context(), 0); err != nil && strings.HasPrefix(err.Error(), name) {
			return 1
		}
	}
	t.Fatalf("the server does not refuse with %s", name)
	return 0
}

// refusals is how often the server has answered with such an error.
func refusals(t *testing.T, client rueidis.Client, name string) int64 {
	t.Helper()
	text, err := client.Do(t.Context(), client.B().Info().Section("errorstats").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, count, _ := strings.Cut(text, "errorstat_"+name+":count=")
	n := int64(0)
	_, _ = fmt.Sscan(count, &n) // an error that has not happened is not listed
	return n
}
