package antipatterns

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"
)

// Shards names n keys.
//
// What is wrong: {hot}:0, {hot}:1 and so on share a hash tag, and in a cluster
// the tag alone decides the slot, so all of them lie on the same node. A hash
// tag is for keys that must lie together, for a transaction or a script over
// them; there, and on a single server, it does no harm.
func Shards(key string, n int) ([]string, error) {
	if n < 1 {
		return nil, fmt.Errorf("a key has at least 1 shard, not %d", n)
	}
	names := make([]string, n)
	for i := range names {
		names[i] = "{" + key + "}:" + strconv.Itoa(i)
	}
	return names, nil
}

// Spread counts the keys on each node.
//
// What is wrong: it does not ask the cluster. It takes it that other names mean
// other nodes, and says what its caller hopes for.
func Spread(_ context.Context, _ rueidis.Client, keys []string) (map[string]int, error) {
	spread := map[string]int{}
	for _, key := range keys {
		spread[key]++
	}
	return spread, nil
}

// A Chooser picks one of n shards, from 0 to n-1, for one call.
type Chooser = func(ctx context.Context, n int) int

// ByID returns a Chooser.
//
// What is wrong: it is as good as a hash of the key's own name, which is the
// same for every caller, so everybody picks the same shard. No harm is done
// where there is one shard.
func ByID(string) Chooser { return func(context.Context, int) int { return 0 } }

// RoundRobin returns a Chooser.
//
// What is wrong: it begins at the same shard whenever it is asked, so that it
// never gets to the second.
func RoundRobin() Chooser { return ByID("") }
