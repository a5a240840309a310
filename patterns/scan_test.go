package patterns_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench/redisd"
	"redisduel/patterns"
)

type keysFunc = func(context.Context, rueidis.Client, string) iter.Seq2[string, error]

func bothKeys() map[string]keysFunc {
	return map[string]keysFunc{"pattern": patterns.Keys, "antipattern": antipatterns.Keys}
}

// tallyNames counts how often each name is yielded.
func tallyNames(t *testing.T, names iter.Seq2[string, error]) map[string]int {
	t.Helper()
	found := map[string]int{}
	for name, err := range names {
		if err != nil {
			t.Fatal(err)
		}
		found[name]++
	}
	return found
}

// setKeys sets n keys and returns what a tally of them must be.
func setKeys(t *testing.T, client rueidis.Client, prefix string, n int) map[string]int {
	t.Helper()
	want := make(map[string]int, n)
	commands := make([]rueidis.Completed, n)
	for i := range n {
		name := fmt.Sprintf("%s:%d", prefix, i)
		want[name], commands[i] = 1, client.B().Set().Key(name).Value("").Build()
	}
	for _, result := range patterns.DoAll(t.Context(), client, commands) {
		if err := result.Error(); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

func TestBothWaysOfListingKeysFindThemAll(t *testing.T) {
	client, _ := dial(t)
	want := setKeys(t, client, "wanted", 3456)
	setKeys(t, client, "other", 3456)
	do(t, client, "CONFIG", "RESETSTAT")
	for name, keys := range bothKeys() {
		if got := tallyNames(t, keys(t.Context(), client, "wanted:*")); !maps.Equal(got, want) {
			t.Errorf("%s: found %d names, want each of %d once", name, len(got), len(want))
		}
		if got := tallyNames(t, keys(t.Context(), client, "nothing*")); len(got) != 0 {
			t.Errorf("%s: found %d names that match nothing", name, len(got))
		}
	}
	if text, _ := do(t, client, "INFO", "commandstats").ToString(); strings.Contains(text, "cmdstat_hello:") {
		t.Error("a server alone was asked for its role")
	}
}

func TestAListingStopsWhenToldToAndEndsWithAnError(t *testing.T) {
	client, _ := dial(t)
	setKeys(t, client, "k", 100)
	for name, keys := range bothKeys() {
		n := 0
		for _, err := range keys(t.Context(), client, "*") {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 5 {
				break
			}
		}
		if n != 5 {
			t.Errorf("%s: %d names, want 5", name, n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var errs []error
		for key, err := range keys(ctx, client, "*") {
			if key != "" {
				t.Errorf("%s: found %q although cancelled", name, key)
			}
			errs = append(errs, err)
		}
		if len(errs) != 1 || errs[0] == nil {
			t.Errorf("%s: errors %v, want one", name, errs)
		}
	}
}

// TestAKeyThatIsThereThroughoutIsFoundWhileTheTableGrows makes the server
// resize its table many times over in the middle of a scan.
func TestAKeyThatIsThereThroughoutIsFoundWhileTheTableGrows(t *testing.T) {
	client, _ := dial(t)
	want := setKeys(t, client, "k", 5000)
	found, grown := map[string]bool{}, 0
	for key, err := range patterns.Keys(t.Context(), client, "k:*") {
		if err != nil {
			t.Fatal(err)
		}
		if found[key] = true; len(found)%1000 == 1 && grown < 20 {
			grown++
			setKeys(t, client, fmt.Sprintf("new%d", grown), 2000)
		}
	}
	if len(found) != len(want) || grown < 4 {
		t.Errorf("found %d of %d names while the table grew %d times", len(found), len(want), grown)
	}
}

func TestAClusterIsListedPrimaryByPrimary(t *testing.T) {
	client, cluster := dialCluster(t)
	want := setKeys(t, client, "k", 3000)
	for name, keys := range bothKeys() {
		if got := tallyNames(t, keys(t.Context(), client, "k:*")); !maps.Equal(got, want) {
			t.Errorf("%s: found %d names, want each of %d once", name, len(got), len(want))
		}
	}
	if err := cluster.Nodes()[1].Close(); err != nil {
		t.Fatal(err)
	}
	for name, keys := range bothKeys() {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		var last error
		for _, err := range keys(ctx, client, "k:*") {
			last = err
		}
		cancel()
		if last == nil {
			t.Errorf("%s: a third of the cluster is dead, and the listing reports no error", name)
		}
	}
}

func TestAReplicaDoesNotRepeatItsPrimarysKeys(t *testing.T) {
	client, primary := dial(t)
	want := setKeys(t, client, "k", 1500)
	do(t, client, "CONFIG", "SET", "repl-diskless-sync-delay", "0")
	replica := startReplica(t, primary)
	reader := connect(t, replica.Addr(), replica.Password(), true)
	do(t, reader, "CONFIG", "SET", "requirepass", primary.Password()) // one client has one password for all nodes
	for n := int64(0); n != 1500; n, _ = do(t, reader, "DBSIZE").AsInt64() {
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	both, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{primary.Addr()}, Password: primary.Password(), DisableCache: true, DisableRetry: true,
		Standalone:     rueidis.StandaloneOption{ReplicaAddress: []string{replica.Addr()}},
		SendToReplicas: func(cmd rueidis.Completed) bool { return cmd.IsReadOnly() },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	if n := len(both.Nodes()); n != 2 {
		t.Fatalf("the client knows %d nodes, want 2", n)
	}
	for name, keys := range bothKeys() {
		if got := tallyNames(t, keys(t.Context(), both, "k:*")); !maps.Equal(got, want) {
			t.Errorf("%s: found %d names, want each of %d once", name, len(got), len(want))
		}
	}
}

// startReplica starts a copy of a server; it ends with the test.
func startReplica(t *testing.T, primary *redisd.Server) *redisd.Server {
	t.Helper()
	binary, err := redisd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	replica, err := redisd.Start(t.Context(), binary, redisd.Options{Config: []string{
		"replicaof " + strings.Replace(primary.Addr(), ":", " ", 1), "masterauth " + primary.Password(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := replica.Close(); err != nil {
			t.Error(err)
		}
	})
	return replica
}
