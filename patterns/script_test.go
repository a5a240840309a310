package patterns_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench/benchtest"
	"redisduel/bench/redisd"
	"redisduel/patterns"
)

// addBody is a script that shows by its effect how often it ran.
const addBody = `return redis.call('INCRBY', KEYS[1], ARGV[1])`

// A runner is what both scripts are.
type runner interface {
	Load(context.Context, rueidis.Client) error
	Run(ctx context.Context, client rueidis.Client, keys, args []string) rueidis.RedisResult
	Recoveries() int64
}

func runners(body string) map[string]runner {
	return map[string]runner{"pattern": patterns.NewScript(body), "antipattern": antipatterns.NewScript(body)}
}

// addOne runs a script that adds, and wants to see what the counter holds then.
func addOne(t testing.TB, client rueidis.Client, s runner, key string, want int64) {
	t.Helper()
	got, err := s.Run(context.WithoutCancel(t.Context()), client, []string{key}, []string{"1"}).AsInt64()
	if err != nil || got != want {
		t.Errorf("%s holds %d after a call, %v; want %d", key, got, err, want)
	}
}

func wantRecoveries(t testing.TB, s runner, want int64) {
	t.Helper()
	if got := s.Recoveries(); got != want {
		t.Errorf("%d recoveries, want %d", got, want)
	}
}

// scriptInfo reads one number of the server's INFO.
func scriptInfo(t testing.TB, client rueidis.Client, field string) int64 {
	t.Helper()
	text, err := do(t, client, "INFO", "everything").ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(text, "\n"+field+":")
	if !found {
		t.Fatalf("INFO has no %s", field)
	}
	var n int64
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// scriptCalls counts how often the server ran a command.
func scriptCalls(t testing.TB, client rueidis.Client, command string) int64 {
	t.Helper()
	text, err := do(t, client, "INFO", "commandstats").ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(text, "\ncmdstat_"+command+":calls=")
	if !found {
		return 0
	}
	var n int64
	if _, err := fmt.Sscanf(rest, "%d,", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAScriptIsLoadedOnceAndCalledByItsDigest(t *testing.T) {
	client, _ := dial(t)
	s := patterns.NewScript(addBody)
	if err := s.Load(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	for i := range int64(10) {
		addOne(t, client, s, "n", i+1)
	}
	wantRecoveries(t, s, 0)
	if eval, evalsha := scriptCalls(t, client, "eval"), scriptCalls(t, client, "evalsha"); eval != 0 || evalsha != 10 {
		t.Errorf("%d calls of EVAL and %d of EVALSHA, want 0 and 10", eval, evalsha)
	}
}

func TestAScriptThatIsSentEachTimeIsOneScriptToTheServer(t *testing.T) {
	client, _ := dial(t)
	s := antipatterns.NewScript(addBody)
	for i := range int64(10) {
		addOne(t, client, s, "n", i+1)
	}
	if eval, kept := scriptCalls(t, client, "eval"), scriptInfo(t, client, "number_of_cached_scripts"); eval != 10 || kept != 1 {
		t.Errorf("%d calls of EVAL and %d scripts, want 10 and 1", eval, kept)
	}
}

func TestAFlushBetweenTwoCallsIsNoError(t *testing.T) {
	client, _ := dial(t)
	for name, s := range runners(addBody) {
		t.Run(name, func(t *testing.T) {
			for i := range int64(5) {
				do(t, client, "SCRIPT", "FLUSH")
				addOne(t, client, s, name, 2*i+1)
				addOne(t, client, s, name, 2*i+2)
			}
			want := map[string]int64{"pattern": 5, "antipattern": 0}[name]
			wantRecoveries(t, s, want)
		})
	}
}

func TestFlushesDuringCallsAreNoErrorsAndNoCallRunsTwice(t *testing.T) {
	client, server := dial(t)
	vandal := connect(t, server.Addr(), server.Password(), true)
	s := patterns.NewScript(addBody)
	const workers, each = 4, 500
	var calls, flushes sync.WaitGroup
	var done atomic.Bool
	flushes.Go(func() {
		for !done.Load() {
			if err := vandal.Do(t.Context(), vandal.B().ScriptFlush().Build()).Error(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range workers {
		calls.Go(func() {
			for range each {
				if err := s.Run(t.Context(), client, []string{"n"}, []string{"1"}).Error(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	calls.Wait()
	done.Store(true)
	flushes.Wait()
	if got, err := do(t, client, "GET", "n").AsInt64(); err != nil || got != workers*each {
		t.Errorf("%d calls left %d in the counter, %v", workers*each, got, err)
	}
	if s.Recoveries() == 0 {
		t.Error("no call met a server without the script, so the test proved nothing")
	}
}

func TestAScriptsOwnErrorIsPassedThroughAndNotTriedAgain(t *testing.T) {
	client, _ := dial(t)
	for name, s := range runners(`redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[2])`) {
		t.Run(name, func(t *testing.T) {
			if err := s.Load(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			do(t, client, "SET", "text", "a")
			err := s.Run(t.Context(), client, []string{name, "text"}, nil).Error()
			if err == nil || !strings.Contains(err.Error(), "not an integer") {
				t.Errorf("the error is %v", err)
			}
			if ran, err := do(t, client, "GET", name).AsInt64(); ran != 1 || err != nil {
				t.Errorf("the script ran %d times, %v", ran, err)
			}
			wantRecoveries(t, s, 0)
		})
	}
}

func TestAScriptThatDoesNotCompileFailsWhenItIsLoadedAndWhenItRuns(t *testing.T) {
	client, _ := dial(t)
	s := patterns.NewScript(`return (`)
	for what, err := range map[string]error{"Load": s.Load(t.Context(), client), "Run": s.Run(t.Context(), client, nil, nil).Error()} {
		if err == nil || !strings.Contains(err.Error(), "Error compiling script") {
			t.Errorf("%s gives %v", what, err)
		}
	}
}

// movable is a client's way to a server that another one replaces, as a
// restart does: what the client sees is an address where connections break and
// then a server that remembers nothing.
type movable struct{ server atomic.Pointer[redisd.Server] }

func (m *movable) connect(t *testing.T) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"redis.test:6379"}, ForceSingleClient: true, DisableCache: true, DisableRetry: true,
		PipelineMultiplex: -1, // one connection, so that one answer tells that the client is back
		AuthCredentialsFn: func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
			return rueidis.AuthCredentials{Password: m.server.Load().Password()}, nil
		},
		DialCtxFn: func(ctx context.Context, _ string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return d.DialContext(ctx, "tcp", m.server.Load().Addr())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestARestartedServerIsGivenTheScriptAgain(t *testing.T) {
	var address movable
	first := benchtest.Redis(t)
	address.server.Store(first)
	client, s := address.connect(t), patterns.NewScript(addBody)
	if err := s.Load(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	addOne(t, client, s, "n", 1)
	address.server.Store(benchtest.Redis(t))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for client.Do(t.Context(), client.B().Ping().Build()).Error() != nil {
		// It reconnects with the first command after it has seen the end.
	}
	addOne(t, client, s, "n", 1) // a server that remembers nothing begins anew
	addOne(t, client, s, "n", 2)
	wantRecoveries(t, s, 1)
}

// TestANodeWithoutTheScriptIsGivenIt covers what a cluster does to scripts, in
// one test since a cluster takes seconds to start.
func TestANodeWithoutTheScriptIsGivenIt(t *testing.T) {
	client, cluster := dialCluster(t)
	keys := []string{"{b}n", "{c}n", "{a}n"} // slots 3300, 7365 and 15495: one on each node
	s := patterns.NewScript(addBody)
	if err := s.Load(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		addOne(t, client, s, key, 1)
	}
	wantRecoveries(t, s, 0)

	forgetful := cluster.Nodes()[1] // as a node that is new to the cluster
	direct := connect(t, forgetful.Addr(), forgetful.Password(), true)
	do(t, direct, "SCRIPT", "FLUSH")
	for _, key := range keys {
		addOne(t, client, s, key, 2)
	}
	wantRecoveries(t, s, 1)

	do(t, direct, "SCRIPT", "FLUSH")
	var calls []patterns.Call
	for i := range 30 {
		calls = append(calls, patterns.Call{Script: s, Keys: keys[i%3 : i%3+1], Args: []string{"1"}})
	}
	for i, result := range patterns.RunAll(t.Context(), client, calls) {
		if got, err := result.AsInt64(); err != nil || got != int64(3+i/3) {
			t.Errorf("call %d gives %d, %v; want %d", i, got, err, 3+i/3)
		}
	}
	wantRecoveries(t, s, 11)

	pastedFailures := 0
	for _, key := range keys {
		if got, err := patterns.AddCapped(t.Context(), client, key, 1, 5); err != nil || got != 5 {
			t.Errorf("with KEYS: %d, %v", got, err)
		}
		if _, err := antipatterns.AddCapped(t.Context(), client, key, 1, 5); err != nil {
			pastedFailures++
		}
	}
	if pastedFailures == 0 {
		t.Error("pasted keys never reached a wrong node of three; the doc comment says a cluster cannot see them")
	}
}
