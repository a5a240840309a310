package patterns_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

type transactFunc = func(context.Context, rueidis.CommandClient, []rueidis.Completed) ([]rueidis.RedisResult, error)

// parseLines builds one for each line of words.
func parseLines(client rueidis.CommandClient, lines ...string) []rueidis.Completed {
	built := make([]rueidis.Completed, len(lines))
	for i, line := range lines {
		built[i] = client.B().Arbitrary(strings.Fields(line)...).Build()
	}
	return built
}

func TestACommandThatFailsInATransactionUndoesNothing(t *testing.T) {
	for name, transact := range map[string]transactFunc{"pattern": patterns.Transact, "antipattern": antipatterns.Transact} {
		client, _ := dial(t)
		results, err := transact(t.Context(), client, parseLines(client, "SET text abc", "INCR text", "GET text", "GET nothing"))
		if err != nil || len(results) != 4 {
			t.Fatalf("%s: %d results, %v", name, len(results), err)
		}
		if err := results[0].Error(); err != nil {
			t.Errorf("%s: SET: %v", name, err)
		}
		if _, refused := rueidis.IsRedisErr(results[1].Error()); !refused {
			t.Errorf("%s: INCR of a text gave %v", name, results[1])
		}
		if got, err := results[2].ToString(); got != "abc" {
			t.Errorf("%s: GET after the failure gave %q, %v", name, got, err)
		}
		if err := results[3].Error(); !rueidis.IsRedisNil(err) {
			t.Errorf("%s: GET of nothing gave %v", name, err)
		}
	}
}

func TestATransactionOfNothingReturnsNothing(t *testing.T) {
	client, _ := dial(t)
	for name, transact := range map[string]transactFunc{"pattern": patterns.Transact, "antipattern": antipatterns.Transact} {
		if results, err := transact(t.Context(), client, nil); err != nil || len(results) != 0 {
			t.Errorf("%s: %d results, %v", name, len(results), err)
		}
	}
}

// TestAReaderNeverSeesTheMiddleOfATransaction moves money between two accounts
// until a concurrent reader has seen enough of it.
func TestAReaderNeverSeesTheMiddleOfATransaction(t *testing.T) {
	client, server := dial(t)
	reader := connect(t, server.Addr(), server.Password(), true)
	do(t, client, "MSET", "a", "0", "b", "0")
	done, stopped := make(chan struct{}), make(chan error)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := patterns.Transact(t.Context(), client, parseLines(client, "DECR a", "INCR b")); err != nil {
				stopped <- err
				return
			}
		}
	}()
	for states := map[int64]bool{}; len(states) < 200; {
		balance, err := do(t, reader, "MGET", "a", "b").AsIntSlice()
		if err != nil || balance[0]+balance[1] != 0 {
			t.Errorf("a reader saw %v, %v", balance, err)
			break
		}
		states[balance[1]] = true
	}
	close(done)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestWithoutMULTIOthersSeeTheMiddle holds the commands in their middle by one
// that blocks. In a transaction nothing blocks, so that it has no middle to be
// held in.
func TestWithoutMULTIOthersSeeTheMiddle(t *testing.T) {
	for name, try := range map[string]struct {
		transact transactFunc
		middle   bool
	}{"pattern": {patterns.Transact, false}, "antipattern": {antipatterns.Transact, true}} {
		client, server := dial(t)
		other := connect(t, server.Addr(), server.Password(), true)
		do(t, client, "MSET", "a", "0", "b", "0")
		finished := make(chan error, 1)
		go func() {
			_, err := try.transact(t.Context(), client, parseLines(client, "DECR a", "BLPOP gate 0", "INCR b"))
			finished <- err
		}()
		seen := false
		for ran := false; !ran && !seen; {
			balance, err := do(t, other, "MGET", "a", "b").AsIntSlice()
			if err != nil {
				t.Fatal(err)
			}
			ran, seen = balance[1] == 1, balance[0]+balance[1] != 0
		}
		do(t, other, "RPUSH", "gate", "open")
		if err := <-finished; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if seen != try.middle {
			t.Errorf("%s: another client saw the middle: %v, want %v", name, seen, try.middle)
		}
	}
}

func TestATransactionWithARefusedCommandRunsNothing(t *testing.T) {
	client, _ := dial(t)
	_, err := patterns.Transact(t.Context(), client, parseLines(client, "SET a 1", "SET b", "SET c 1"))
	if !errors.Is(err, patterns.ErrRejected) || !strings.Contains(err.Error(), "wrong number of arguments") {
		t.Errorf("the error does not say what was refused: %v", err)
	}
	if n, _ := do(t, client, "DBSIZE").AsInt64(); n != 0 {
		t.Errorf("%d commands ran although one was refused", n)
	}
	if _, err := antipatterns.Transact(t.Context(), client, parseLines(client, "SET a 1", "SET b", "SET c 1")); err != nil {
		t.Error(err)
	}
	if n, _ := do(t, client, "DBSIZE").AsInt64(); n != 2 {
		t.Errorf("without MULTI %d commands ran, want the two around the refused one", n)
	}
}

func TestOnlyATransactionNoticesThatAWatchedKeyChanged(t *testing.T) {
	client, _ := dial(t)
	for name, try := range map[string]struct {
		transact transactFunc
		err      error
		left     string
	}{
		"pattern":     {patterns.Transact, patterns.ErrConflict, "another's"},
		"antipattern": {antipatterns.Transact, nil, "ours"},
	} {
		err := client.Dedicated(func(ours rueidis.DedicatedClient) error {
			if err := ours.Do(t.Context(), ours.B().Watch().Key("k").Build()).Error(); err != nil {
				return err
			}
			do(t, client, "SET", "k", "another's")
			_, err := try.transact(t.Context(), ours, parseLines(ours, "SET k ours"))
			return err
		})
		if !errors.Is(err, try.err) {
			t.Errorf("%s: %v, want %v", name, err, try.err)
		}
		if got, _ := do(t, client, "GET", "k").ToString(); got != try.left {
			t.Errorf("%s: the key holds %q, want %q", name, got, try.left)
		}
	}
}

func TestATransactionWhoseConnectionIsLostRunsNothingOrAll(t *testing.T) {
	client, server := dial(t)
	other := connect(t, server.Addr(), server.Password(), true)
	// QUIT is not queued: the server hangs up before EXEC.
	if _, err := patterns.Transact(t.Context(), client, parseLines(client, "SET a 1", "QUIT", "SET b 1")); err == nil {
		t.Error("no error although the connection was lost")
	}
	if n, _ := do(t, other, "DBSIZE").AsInt64(); n != 0 {
		t.Errorf("%d of the commands ran", n)
	}
}

func TestAServerThatRefusesMULTIIsReported(t *testing.T) {
	client, server := dial(t)
	do(t, client, "ACL", "SETUSER", "clerk", "on", ">secret", "~*", "+@all", "-@transaction")
	clerk, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr()}, Username: "clerk", Password: "secret",
		ForceSingleClient: true, DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer clerk.Close()
	_, err = patterns.Transact(t.Context(), clerk, parseLines(clerk, "SET a 1"))
	if err == nil || errors.Is(err, patterns.ErrRejected) || !strings.Contains(err.Error(), "refused MULTI") {
		t.Errorf("got %v, want that the server refused MULTI", err)
	}
}
