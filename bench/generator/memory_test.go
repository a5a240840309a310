package generator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

const runID = "1a2b3c4d"

// theirs is a server of somebody else's.
func theirs(t *testing.T) (bench.Servers, rueidis.Client) {
	t.Helper()
	server := benchtest.Redis(t)
	target := bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()}
	return bench.UserServer(target, bench.Consent{Data: true, Live: true}, nil), benchtest.Connect(t, target)
}

func ask(t *testing.T, client rueidis.Client, words ...string) int64 {
	t.Helper()
	n, err := client.Do(t.Context(), client.B().Arbitrary(words...).Build()).AsInt64()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func usedMemory(t *testing.T, client rueidis.Client) (n int64) {
	t.Helper()
	text, err := client.Do(t.Context(), client.B().Info().Section("memory").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(text, "used_memory:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A table is twice as large just after it was doubled as just before.
func TestKeysTakeAboutAsMuchMemoryAsIsSaidAndNotMore(t *testing.T) {
	for _, s := range []Spec{{Keys: 1 << 15, Size: 1}, {Keys: 1<<15 + 1, Size: 64}, {Keys: 20_000, Size: 1000}} {
		servers, client := theirs(t)
		s.Command, s.Conns, s.Pipeline, s.Duration = []string{"GET", "{key}"}, 1, 1, time.Second
		before := usedMemory(t, client)
		g, err := Open(t.Context(), s, servers, runID, nil)
		if err != nil {
			t.Fatal(err)
		}
		took, said := usedMemory(t, client)-before, s.memory(true)
		if took > said || said > 2*took {
			t.Errorf("%d keys of %d bytes took %d bytes, %d were said", s.Keys, s.Size, took, said)
		}
		if err := g.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestKeysAreWrittenAndRemovedByNameInFullView(t *testing.T) {
	const keys = 12_345
	servers, client := theirs(t)
	last := map[string]string{}
	tell := func(phase string, done, total int) { last[phase] = fmt.Sprintf("%d of %d", done, total) }
	s := Spec{Command: []string{"GET", "{key}"}, Conns: 1, Pipeline: 1, Keys: keys, Size: 8, Duration: time.Second}
	g, err := Open(t.Context(), s, servers, runID, tell)
	if err != nil {
		t.Fatal(err)
	}
	if n := ask(t, client, "DBSIZE"); n != keys+1 || last["writing keys"] != "12346 of 12346" { // one is the bystander's
		t.Errorf("%d keys are there, and it told %v", n, last)
	}
	for _, i := range []int{0, 499, 500, keys - 1} {
		key := fmt.Sprintf("redisduel:%s:load:%d", runID, i)
		value, err := client.Do(t.Context(), client.B().Get().Key(key).Build()).ToString()
		if want := fmt.Sprintf("%08d", i); err != nil || value != want {
			t.Errorf("%s holds %q, want %q: %v", key, value, want, err)
		}
		if ttl := ask(t, client, "TTL", key); ttl <= 0 || ttl > int64(bench.KeyTTL.Seconds()) {
			t.Errorf("%s expires in %d seconds", key, ttl)
		}
	}
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := ask(t, client, "DBSIZE"); n != 0 || last["removing keys"] != "12346 of 12346" {
		t.Errorf("%d keys are left, and it told %v", n, last)
	}
}

func TestKeysThatWouldExpireDuringALoadAreWrittenAgainBeforeIt(t *testing.T) {
	servers, client := theirs(t)
	s := Spec{Command: []string{"GET", "{key}"}, Conns: 1, Pipeline: 1, Keys: 100, Size: 8, Duration: time.Second}
	g, err := Open(t.Context(), s, servers, runID, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close(context.Background()) }()
	written := time.Now()
	const key, spare = "redisduel:" + runID + ":load:7", time.Second
	ask(t, client, "EXPIRE", key, "100")
	if err := g.arena.Fresh(t.Context(), bench.KeyTTL-time.Minute); err != nil || ask(t, client, "TTL", key) > 100 {
		t.Errorf("keys that live long enough were written again: %v", err)
	}
	time.Sleep(time.Until(written.Add(spare)))
	if err := g.arena.Fresh(t.Context(), bench.KeyTTL-spare); err != nil || ask(t, client, "TTL", key) <= 100 {
		t.Errorf("keys that will expire were not written again: %v", err)
	}
	if err := g.arena.Fresh(t.Context(), bench.KeyTTL); !errors.Is(err, bench.ErrEnvironment) {
		t.Errorf("a load that outlives all keys: %v, want that it cannot be", err)
	}
}
