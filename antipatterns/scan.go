package antipatterns

import (
	"context"
	"iter"

	"github.com/redis/rueidis"
)

// Keys yields the names of all keys that match a glob-style pattern, on every
// node that the client knows: the one server, or all of a cluster (where a
// replica repeats its primary's names).
//
// What is wrong: KEYS looks at every key in one go, on the thread that runs
// everybody's commands, so all other clients wait: about a quarter of a second
// for a million keys (250 ns a key on Redis 7.0 and one 2020s server core, by
// this project's scan scenario). All names are held in memory, by server and
// client. In all it takes less time than a scan, and one round trip; it does no
// harm on a server of a few thousand keys, or one that nobody else uses.
func Keys(ctx context.Context, client rueidis.Client, match string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, node := range client.Nodes() {
			keys, err := node.Do(ctx, node.B().Keys().Pattern(match).Build()).AsStrSlice()
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range keys {
				if !yield(key, nil) {
					return
				}
			}
		}
	}
}
