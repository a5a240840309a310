package antipatterns

import (
	"context"
	"fmt"
	"iter"

	"github.com/redis/rueidis"
)

// Keys yields the names of all keys that match a glob-style pattern, on every
// primary that the client knows: the one server, or those of a cluster, one
// after the other.
//
// What is wrong: KEYS looks at every key in one go, on the thread that runs
// everybody's commands, so all other clients wait: about a fifth of a second
// for a million keys (some 0.2 µs each on Redis 7.0 and one 2020s server core, by
// redisduel's scan scenario). All names are held in memory, by server and
// client. No harm is done on a server of a few thousand keys, or one that nobody
// else uses; there it takes less time than a scan, and one round trip.
func Keys(ctx context.Context, client rueidis.Client, match string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for node, err := range primaries(ctx, client) {
			if err != nil {
				yield("", err)
				return
			}
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

// primaries yields the nodes that hold keys of their own, or an error. A node
// alone needs no question. Others are asked by HELLO, which every user may call
// that this client can connect with, unlike ROLE or INFO.
func primaries(ctx context.Context, client rueidis.Client) iter.Seq2[rueidis.Client, error] {
	return func(yield func(rueidis.Client, error) bool) {
		nodes := client.Nodes()
		for address, node := range nodes {
			if len(nodes) > 1 {
				primary, err := isPrimary(ctx, node)
				if err != nil {
					yield(nil, fmt.Errorf("ask node %s for its role: %w", address, err))
					return
				}
				if !primary {
					continue
				}
			}
			if !yield(node, nil) {
				return
			}
		}
	}
}

func isPrimary(ctx context.Context, node rueidis.Client) (bool, error) {
	hello, err := node.Do(ctx, node.B().Hello().Build()).AsMap()
	if err != nil {
		return false, err
	}
	role := hello["role"]
	text, err := role.ToString()
	return text == "master", err
}
