package patterns_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

type acquire func(ctx context.Context, client rueidis.Client, key, token string, ttl time.Duration) (bool, error)

var acquires = map[string]acquire{"pattern": patterns.Acquire, "antipattern": antipatterns.Acquire}

var errDied = errors.New("the client died")

// mortalClient is a client that dies after so many answered commands.
type mortalClient struct {
	rueidis.Client
	lives int
}

func (m *mortalClient) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	if m.lives--; m.lives < 0 {
		return rueidis.NewErrorResult(errDied)
	}
	return m.Client.Do(ctx, command)
}

func TestALockIsTakenOnceUntilItExpires(t *testing.T) {
	client, _ := dial(t)
	for name, take := range acquires {
		t.Run(name, func(t *testing.T) {
			attempt := func(token string, ttl time.Duration) bool {
				taken, err := take(t.Context(), client, name, token, ttl)
				if err != nil {
					t.Fatal(err)
				}
				return taken
			}
			if !attempt("first", time.Minute) {
				t.Fatal("a free lock was refused")
			}
			if attempt("second", time.Hour) {
				t.Error("a lock was taken twice")
			}
			if token, _ := do(t, client, "GET", name).ToString(); token != "first" {
				t.Errorf("the lock is of %q", token)
			}
			if ttl, _ := do(t, client, "PTTL", name).AsInt64(); ttl <= 0 || ttl > 60_000 {
				t.Errorf("the lock lives for %d ms", ttl)
			}
			do(t, client, "PEXPIRE", name, "1")
			lockEventually(t, "the lock has expired", func() bool { return attempt("third", time.Minute) })
		})
	}
}

func TestAClientThatDiesAfterItsFirstCommandLeavesALockForEverOnlyIfExpiryIsASecondOne(t *testing.T) {
	client, _ := dial(t)
	for name, want := range map[string]struct {
		taken bool
		err   error
		dead  bool // locked for ever
	}{
		"pattern":     {taken: true},
		"antipattern": {taken: true, err: errDied, dead: true},
	} {
		t.Run(name, func(t *testing.T) {
			taken, err := acquires[name](t.Context(), &mortalClient{Client: client, lives: 1}, name, "holder", time.Minute)
			if taken != want.taken || !errors.Is(err, want.err) {
				t.Errorf("it returned %v and %v", taken, err)
			}
			ttl, err := do(t, client, "PTTL", name).AsInt64()
			if err != nil {
				t.Fatal(err)
			}
			if dead := ttl == -1; dead != want.dead {
				t.Errorf("the lock lives for %d ms", ttl)
			}
		})
	}
}

func TestAnErrorOfTheServerIsNotARefusal(t *testing.T) {
	client, server := dial(t)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for name, take := range acquires {
		if taken, err := take(t.Context(), client, "key", "token", time.Minute); taken || err == nil {
			t.Errorf("%s: %v, %v without a server", name, taken, err)
		}
	}
}
