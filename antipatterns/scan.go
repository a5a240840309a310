package antipatterns

import (
	"context"
	"iter"

	"github.com/redis/rueidis"
)

// Keys yields the names of all keys that match a glob-style pattern, on every
// primary of a cluster or on the one server.
//
// What is wrong: KEYS looks at every key in one go, on the thread that runs
// everybody's commands, so all other clients wait: 40 to 220 ns for each key
// on the server, 40 to 220 ms for a million. All names are held in memory, by
// server and client. It takes one round trip and less time in all than a scan,
// and does no harm on a server of a few thousand keys, or one that nobody else
// uses.
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
