package patterns_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

const slots = 16384

func TestEachShardLiesInTheMiddleOfItsSliceByTheServersOwnReckoning(t *testing.T) {
	// CLUSTER KEYSLOT needs a server with the cluster enabled; its command
	// does not need the cluster to be formed.
	client, _ := dialCluster(t)
	for _, key := range []string{"hot", "", "ключ", "a{b", "a}{", "{}x", "a{}{b}"} {
		for _, n := range []int{1, 2, 3, 7, 12, 1000} {
			names, err := patterns.Shards(key, n)
			if err != nil {
				t.Fatal(err)
			}
			for i, slot := range keySlots(t, client, names) {
				at := (float64(slot)*float64(n)/slots - float64(i)) // 0 to 1 within the slice
				if at < 3./8 || at >= 5./8 {
					t.Fatalf("shard %d of %d of %q has slot %d, at %.2f of its slice", i, n, key, slot, at)
				}
			}
		}
	}
	t.Run("and the spread over the nodes is what follows from it", func(t *testing.T) { spreads(t, client) })
	t.Run("a hot key", func(t *testing.T) { readsSpread(t, client) })
	t.Run("a counter", func(t *testing.T) { addsSpread(t, client) })
}

// keySlots asks the server for the slots of names.
func keySlots(t *testing.T, client rueidis.Client, names []string) []int64 {
	t.Helper()
	commands := make([]rueidis.Completed, len(names))
	for i, name := range names {
		commands[i] = client.B().ClusterKeyslot().Key(name).Build()
	}
	slots := make([]int64, len(names))
	for i, result := range client.DoMulti(t.Context(), commands...) {
		var err error
		if slots[i], err = result.AsInt64(); err != nil {
			t.Fatal(err)
		}
	}
	return slots
}

func spreads(t *testing.T, client rueidis.Client) {
	type naming func(string, int) ([]string, error)
	for _, tt := range []struct {
		name   string
		shards naming
		n      int
		want   []int // shards on each node, sorted
	}{
		{"1 shard", patterns.Shards, 1, []int{0, 0, 1}},
		{"2 shards", patterns.Shards, 2, []int{0, 1, 1}},
		{"3 shards", patterns.Shards, 3, []int{1, 1, 1}},
		{"4 shards", patterns.Shards, 4, []int{1, 1, 2}},
		{"6 shards", patterns.Shards, 6, []int{2, 2, 2}},
		{"9 shards", patterns.Shards, 9, []int{3, 3, 3}},
		{"9 shards with a common hash tag", antipatterns.Shards, 9, []int{0, 0, 9}},
	} {
		names, err := tt.shards("hot", tt.n)
		if err != nil {
			t.Fatal(err)
		}
		spread, err := patterns.Spread(t.Context(), client, names)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for address, n := range spread {
			if client.Nodes()[address] == nil {
				t.Errorf("%s: %q is not the address of a node", tt.name, address)
			}
			got = append(got, n)
		}
		if slices.Sort(got); !slices.Equal(got, tt.want) {
			t.Errorf("%s lie on the nodes as %v, want %v", tt.name, got, tt.want)
		}
	}
}

// calls returns how often each node has run a command, sorted.
func calls(t *testing.T, client rueidis.Client, command string) []int {
	t.Helper()
	var all []int
	for _, node := range client.Nodes() {
		info, err := node.Do(t.Context(), node.B().Info().Section("commandstats").Build()).ToString()
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(info, "cmdstat_"+command+":calls=")
		digits, _, _ := strings.Cut(rest, ",")
		n, _ := strconv.Atoi(digits) // not listed means never called
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

func readsSpread(t *testing.T, client rueidis.Client) {
	hot, err := patterns.NewHotKey(client, "hot", 6, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := hot.Set(t.Context(), "a", 0); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if got, err := hot.Get(t.Context()); err != nil || got != "a" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if got := calls(t, client, "get"); !slices.Equal(got, []int{20, 20, 20}) {
		t.Errorf("60 reads in turn made %v calls of GET on the nodes", got)
	}
	single, err := antipatterns.NewHotKey(client, "hot", 6, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := single.Set(t.Context(), "b", 0); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if got, err := single.Get(t.Context()); err != nil || got != "b" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if got := calls(t, client, "get"); !slices.Equal(got, []int{20, 20, 80}) {
		t.Errorf("60 reads of one key made the calls of GET %v, not 60 more on one node", got)
	}
}

func addsSpread(t *testing.T, client rueidis.Client) {
	const writers, times = 12, 50
	for name, newCounter := range bothCounters() {
		before := calls(t, client, "incrby")
		counter, err := newCounter(client, "visits", 3)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := counter.Sum(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: nobody has added anything and the sum is %d, %v", name, n, err)
		}
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range times {
					if err := counter.Add(t.Context(), 3); err != nil {
						t.Error(err)
					}
					if err := counter.Add(t.Context(), -1); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if got, err := counter.Sum(t.Context()); err != nil || got != 2*writers*times {
			t.Errorf("%s: %d times +3 and -1 make %d, %v", name, writers*times, got, err)
		}
		if got, want := calls(t, client, "incrby"), 2*writers*times; name == "pattern" && got[0]-before[0] != want/3 {
			t.Errorf("the calls of INCRBY went from %v to %v, want %d more on each node", before, got, want/3)
		}
	}
}

// An adder is what both counters are.
type adder interface {
	Add(context.Context, int64) error
	Sum(context.Context) (int64, error)
}

func bothCounters() map[string]func(rueidis.Client, string, int) (adder, error) {
	return map[string]func(rueidis.Client, string, int) (adder, error){
		"pattern": func(c rueidis.Client, key string, n int) (adder, error) { return patterns.NewCounter(c, key, n, nil) },
		"antipattern": func(c rueidis.Client, key string, n int) (adder, error) {
			return antipatterns.NewCounter(c, key, n, nil)
		},
	}
}

func TestAKeyThatCannotBeShardedIsAnError(t *testing.T) {
	for _, tt := range []struct {
		key  string
		n    int
		want string
	}{
		{"{user1}:hot", 3, "hash tag"},
		{"a{b}", 3, "hash tag"},
		{"hot", 0, "not 0"},
		{"hot", -1, "not -1"},
		{"hot", 1001, "not 1001"},
	} {
		_, hotErr := patterns.NewHotKey(nil, tt.key, tt.n, nil)
		_, countErr := patterns.NewCounter(nil, tt.key, tt.n, nil)
		for _, err := range []error{hotErr, countErr} {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%d shards of %q: %v, want an error with %q", tt.n, tt.key, err, tt.want)
			}
		}
	}
}

func TestEveryProgramFindsTheSameShards(t *testing.T) {
	want := []string{"hot#13", "hot#30", "hot#0"}
	if got, err := patterns.Shards("hot", 3); err != nil || !slices.Equal(got, want) {
		t.Errorf("shards %v, %v, want %v: data that was written under the old names is lost", got, err, want)
	}
}

func TestAClientThatIsChosenByItsIDKeepsToItsShardAndManyClientsSpread(t *testing.T) {
	shards := make([]int, 4)
	for i := range 4000 {
		choose := patterns.ByID(fmt.Sprint("client-", i))
		first := choose(t.Context(), len(shards))
		for range 3 {
			if got := choose(t.Context(), len(shards)); got != first {
				t.Fatalf("client %d moved from shard %d to %d", i, first, got)
			}
		}
		shards[first]++
	}
	for i, n := range shards { // four standard deviations of a fair choice are 110
		if n < 890 || n > 1110 {
			t.Errorf("shard %d has %d of 4000 clients", i, n)
		}
	}
}

func TestTurnsReachEachShardOnceHoweverManyCallersThereAre(t *testing.T) {
	choose := patterns.RoundRobin()
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := make([]int, 7)
	for range 14 {
		wg.Go(func() {
			for range 5 {
				i := choose(t.Context(), len(got))
				mu.Lock()
				got[i]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if want := []int{10, 10, 10, 10, 10, 10, 10}; !slices.Equal(got, want) {
		t.Errorf("70 turns reached the shards %v times", got)
	}
}

func TestACopyThatCannotBeWrittenIsNamedAndTheOthersAreWritten(t *testing.T) {
	client, _ := dial(t)
	hot, err := patterns.NewHotKey(client, "hot", 3, patterns.ByID(""))
	if err != nil {
		t.Fatal(err)
	}
	keys := hot.Keys()
	do(t, client, "ACL", "SETUSER", "default", "resetkeys", "~"+keys[0], "~"+keys[2])
	err = hot.Set(t.Context(), "a", time.Minute)
	if err == nil || !strings.Contains(err.Error(), keys[1]) || strings.Contains(err.Error(), keys[0]) {
		t.Errorf("the error is %v, want one that names %s alone", err, keys[1])
	}
	for _, key := range []string{keys[0], keys[2]} {
		if ttl, err := do(t, client, "PTTL", key).AsInt64(); err != nil || ttl <= 0 || ttl > 60_000 {
			t.Errorf("%s lives for %d ms, %v", key, ttl, err)
		}
	}
	do(t, client, "ACL", "SETUSER", "default", "allkeys")
	if err := hot.Set(t.Context(), "b", 0); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if got, err := do(t, client, "GET", key).ToString(); err != nil || got != "b" {
			t.Errorf("%s holds %q after another Set, %v", key, got, err)
		}
		if ttl, err := do(t, client, "PTTL", key).AsInt64(); err != nil || ttl != -1 {
			t.Errorf("%s lives for %d ms, %v, want for ever", key, ttl, err)
		}
	}
}

func TestAHotKeyThatWasNeverSetIsNil(t *testing.T) {
	client, _ := dial(t)
	hot, err := patterns.NewHotKey(client, "hot", 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hot.Get(t.Context()); !rueidis.IsRedisNil(err) {
		t.Errorf("got %v", err)
	}
}

func TestAPartThatIsNoNumberIsAnErrorNotASum(t *testing.T) {
	client, _ := dial(t)
	visits, err := patterns.NewCounter(client, "visits", 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	do(t, client, "RPUSH", visits.Keys()[1], "a")
	if n, err := visits.Sum(t.Context()); n != 0 || err == nil || !strings.Contains(err.Error(), visits.Keys()[1]) {
		t.Errorf("sum %d, %v", n, err)
	}
}

func TestASingleServerIsNoCluster(t *testing.T) {
	client, _ := dial(t)
	if spread, err := patterns.Spread(t.Context(), client, []string{"hot"}); err == nil {
		t.Errorf("it spread the key as %v", spread)
	}
}
