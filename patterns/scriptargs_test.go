package patterns_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

type addCapped = func(ctx context.Context, client rueidis.Client, key string, n, limit int64) (int64, error)

var bothAddCapped = map[string]addCapped{"pattern": patterns.AddCapped, "antipattern": antipatterns.AddCapped}

func TestACappedCounterAddsUpToItsLimitAndKeepsItsTimeToLive(t *testing.T) {
	client, _ := dial(t)
	for name, add := range bothAddCapped {
		t.Run(name, func(t *testing.T) {
			do(t, client, "SET", name, "0", "EX", "100")
			for i, step := range []struct{ n, limit, want int64 }{
				{4, 10, 4}, {6, 10, 10}, {1, 10, 10}, {-3, 10, 7}, {100, 10, 10}, {1, 1 << 53, 11}, {1<<53 - 12, 1 << 53, 1<<53 - 1}, {1, 1 << 53, 1 << 53},
			} {
				if got, err := add(t.Context(), client, name, step.n, step.limit); err != nil || got != step.want {
					t.Errorf("step %d: %d, %v; want %d", i, got, err, step.want)
				}
				if kept, err := do(t, client, "GET", name).AsInt64(); err != nil || kept != step.want {
					t.Errorf("step %d: the key holds %d, %v; want %d", i, kept, err, step.want)
				}
			}
			if ttl, err := do(t, client, "TTL", name).AsInt64(); err != nil || ttl <= 0 {
				t.Errorf("time to live %d, %v", ttl, err)
			}
		})
	}
}

func TestTheServerKeepsOneScriptForArgumentsAndOneMoreForEachPastedValue(t *testing.T) {
	const calls = 50
	for name, want := range map[string]int64{"pattern": 1, "antipattern": calls} {
		t.Run(name, func(t *testing.T) {
			client, _ := dial(t)
			for i := range int64(calls) {
				for range 2 { // the second time it is no new value
					if _, err := bothAddCapped[name](t.Context(), client, "n", i, 1000); err != nil {
						t.Fatal(err)
					}
				}
			}
			if got := scriptInfo(t, client, "number_of_cached_scripts"); got != want {
				t.Errorf("the server keeps %d scripts after %d different values, want %d", got, calls, want)
			}
		})
	}
}

// A key as a stranger may choose it: as text it is harmless, as code it deletes
// what is not its own.
const hostileKey = `x',1) redis.call('DEL','victim') redis.call('GET','x`

func TestAQuoteInAKeyIsTextAsAnArgumentAndCodeWhenPasted(t *testing.T) {
	client, _ := dial(t)
	for name, survives := range map[string]int64{"pattern": 1, "antipattern": 0} {
		t.Run(name, func(t *testing.T) {
			do(t, client, "SET", "victim", "v")
			_, err := bothAddCapped[name](t.Context(), client, hostileKey, 1, 10)
			if survives == 1 && err != nil {
				t.Error(err)
			}
			if got, err := do(t, client, "EXISTS", "victim").AsInt64(); err != nil || got != survives {
				t.Errorf("the other key exists %d times, %v; want %d", got, err, survives)
			}
		})
	}
}

func TestAWrongTypeUnderACappedCounterIsAnError(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "SET", "text", "a")
	for name, add := range bothAddCapped {
		if _, err := add(t.Context(), client, "text", 1, 10); err == nil {
			t.Errorf("%s added 1 to a text", name)
		} else if _, ok := rueidis.IsRedisErr(err); !ok {
			t.Errorf("%s: %v", name, fmt.Errorf("not the server's error: %w", err))
		}
	}
}
