package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/benchtest"
	"redisduel/bench/quantity"
	"redisduel/bench/redisd"
	"redisduel/scenarios"
)

// foreign is the number of keys of others on the server that must not be harmed.
const foreign = 10_000

// settle fills a server with keys of every type, every second of which expires
// in an hour or more.
func settle(t *testing.T, client rueidis.Client) {
	t.Helper()
	var all rueidis.Commands
	b := client.B()
	for i := range foreign {
		key, value := fmt.Sprintf("app:%d", i), fmt.Sprintf("value %d", i)
		switch i % 6 {
		case 0:
			all = append(all, b.Set().Key(key).Value(value).Build())
		case 1:
			all = append(all, b.Rpush().Key(key).Element(value, "x", "y").Build())
		case 2:
			all = append(all, b.Sadd().Key(key).Member(value, "1", "2").Build())
		case 3:
			all = append(all, b.Zadd().Key(key).ScoreMember().ScoreMember(float64(i), value).Build())
		case 4:
			all = append(all, b.Hset().Key(key).FieldValue().FieldValue("field", value).Build())
		case 5:
			all = append(all, b.Xadd().Key(key).Id("1-1").FieldValue().FieldValue("field", value).Build())
		}
		if i/6%2 == 0 {
			all = append(all, b.Expireat().Key(key).Timestamp(time.Now().Unix()+3600+int64(i)).Build())
		}
	}
	for batch := range slices.Chunk(all, 1000) {
		for _, result := range client.DoMulti(t.Context(), batch...) {
			if err := result.Error(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// inventory is what there is of every key: its type, the moment at which it
// expires, and its value as the server serialises it.
func inventory(t *testing.T, client rueidis.Client) map[string]string {
	t.Helper()
	found := map[string]string{}
	keys, err := do(t, client, "KEYS", "*").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(keys, 500) {
		var all rueidis.Commands
		for _, key := range batch {
			all = append(all, client.B().Type().Key(key).Build(), client.B().Pexpiretime().Key(key).Build(), client.B().Dump().Key(key).Build())
		}
		for i, result := range client.DoMulti(t.Context(), all...) {
			message, err := result.ToMessage()
			if err != nil {
				t.Fatal(err)
			}
			found[batch[i/3]] += message.String() + "\n"
		}
	}
	return found
}

// sharedNames are the scenarios that are fought on a server of somebody else's.
func sharedNames() (names []string) {
	for _, s := range scenarios.All() {
		if !needsOwn(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

func TestAServerThatHoldsDataIsNotHarmed(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.Redis(t)
	client := admin(t, server)
	settle(t, client)
	before := inventory(t, client)
	if len(before) != foreign {
		t.Fatalf("%d keys before, want %d", len(before), foreign)
	}
	args := append(append([]string{"run"}, sharedNames()...), "--quick", "--rounds", "1", "--out", t.TempDir(), "--url", addressOf(server), "--allow-blocking")
	real(t, "version") // builds it, which is not part of what is timed
	begin := time.Now()
	if code, _, stderr := real(t, args...); code != exitRefused || !strings.Contains(stderr, "10000 keys") || !strings.Contains(stderr, "--allow-data") {
		t.Errorf("exit code %d and %q, want %d and the way out", code, stderr, exitRefused)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("the refusal took %v, want less than a second", took)
	}
	if code, _, stderr := real(t, append(args, "--allow-data", "--allow-live")...); code != exitOK && code != exitFailed {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	after := inventory(t, client)
	if !maps.Equal(before, after) {
		for key, was := range before {
			if after[key] != was {
				t.Errorf("%s was %q and is %q", key, was, after[key])
			}
		}
		t.Errorf("%d keys, want the %d of before", len(after), len(before))
	}
	for _, name := range []string{
		"flushall", "flushdb", "swapdb", "config|set", "config|rewrite", "config|resetstat", "script|flush", "function|flush",
		"debug", "client|kill", "client|pause", "shutdown", "replicaof", "failover",
	} {
		if n := counted(t, client, "cmdstat_"+name, "calls"); n != 0 {
			t.Errorf("%s was called %d times", name, n)
		}
	}
	if counted(t, client, "cmdstat_unlink", "calls") == 0 || counted(t, client, "cmdstat_keys", "calls") < 3 {
		t.Error("the duels did not run here")
	}
}

// killedInItsLoad starts a run, kills it in its load, waits for the end of its
// trials and returns its number.
func killedInItsLoad(t *testing.T, args ...string) (id string) {
	t.Helper()
	h := startHarness(t, args...)
	await(t, "the load", 20*time.Second, func() bool { return h.runs(" trial") })
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-h.done; err == nil {
		t.Fatal("a killed process ended well")
	}
	await(t, "the end of its descendants", 2*time.Second, func() bool { return len(h.family()) == 0 })
	_, id, _ = strings.Cut(h.stderr.String(), "--run-id ")
	id, _, _ = strings.Cut(id, "`")
	return id
}

func TestWhatAKilledRunLeavesIsRemovedByName(t *testing.T) {
	server := benchtest.Redis(t)
	client := admin(t, server)
	do(t, client, "SET", "redisduel:another", "stays")
	t.Setenv("REDIS_PASSWORD", server.Password())
	id := killedInItsLoad(t, "run", "pipelining", "--allow-data", "--duration", "5s", "--url", server.Addr())
	if n, _ := do(t, client, "DBSIZE").AsInt64(); n != 10_002 {
		t.Fatalf("the killed run %q left %d keys, want its 10,001 and another's", id, n-1)
	}
	code, stdout, stderr := real(t, "clean", "--run-id", id, "--url", server.Addr()) // goes through millions of names
	if code != exitOK || !strings.Contains(stdout, quantity.Count(10_001)+" keys") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if left := inventory(t, client); len(left) != 1 || left["redisduel:another"] == "" {
		t.Errorf("left: %v", slices.Collect(maps.Keys(left)))
	}
	for _, looks := range []string{"scan", "keys"} {
		if n := counted(t, client, "cmdstat_"+looks, "calls"); n > 1 { // the inventory's own
			t.Errorf("%s was called %d times", looks, n)
		}
	}
	fails(t, exitUsage, []string{"clean", "--run-id", "*", "--url", server.Addr()}, "8 hexadecimal digits")
	fails(t, exitUsage, []string{"clean", "--run-id", id}, "--url")
}

// slowly makes a server load its data again, ten milliseconds a key.
func slowly(t *testing.T, server *redisd.Server, keys int) {
	t.Helper()
	client := admin(t, server)
	do(t, client, "DEBUG", "POPULATE", fmt.Sprint(keys), "app", "100")
	do(t, client, "CONFIG", "SET", "key-load-delay", "10000", "loading-process-events-interval-bytes", "1024")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		client.Do(ctx, client.B().Arbitrary("DEBUG", "RELOAD").Build()) // answered when all is loaded, or never
	}()
	t.Cleanup(func() { cancel(); <-ended })
	await(t, "the loading", 5*time.Second, func() bool {
		text, _ := do(t, admin(t, server), "INFO", "persistence").ToString()
		return strings.Contains(text, "\nloading:1")
	})
}

func TestAServerThatIsLoadingIsWaitedFor(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.Redis(t)
	slowly(t, server, 150)
	args := append(brief(t, "script-pipeline"), "--allow-data", "--allow-live", "--url", addressOf(server))
	if code, _, stderr := real(t, args...); code != exitOK {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestAServerThatGoesOnLoadingIsGivenUpAfterTenSeconds(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.Redis(t)
	slowly(t, server, 2000)
	begin := time.Now()
	code, _, stderr := execute(t, append(brief(t, "script-pipeline"), "--allow-data", "--url", addressOf(server))...)
	if code != exitEnvironment || !strings.Contains(stderr, "still loading its data after 10s") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if took := time.Since(begin); took < 10*time.Second || took > 15*time.Second {
		t.Errorf("it took %v, want ten seconds", took)
	}
}
