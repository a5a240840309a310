package patterns

import (
	"context"
	"fmt"
	"iter"

	"github.com/redis/rueidis"
)

// ScanCount is the number of keys that one SCAN call looks at. The server's
// default of 10 costs a round trip for every ten keys; with 1,000 a call holds
// the server for less than a millisecond (about 0.5 µs a key on Redis 7.0 and
// one 2020s server core, by redisduel's scan scenario), which other clients
// hardly notice.
const ScanCount = 1000

// Keys yields the names of all keys that match a glob-style pattern, on every
// primary that the client knows: the one server, or those of a cluster, one
// after the other. It holds one batch in memory.
//
// A key that exists throughout is yielded at least once; one that comes or
// goes meanwhile may or may not be, and a name can come twice when the server
// resizes its table, so a caller that counts must remember what it has seen.
// N keys take N/ScanCount round trips, each of which holds the server for
// ScanCount keys, and where there are several nodes one more for each, to tell
// primaries from replicas. A failover, or a slot that moves, can hide a name or
// repeat it. After an error, which is yielded with an empty name, the iteration
// ends; a node that does not answer is one.
func Keys(ctx context.Context, client rueidis.Client, match string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for node, err := range primaries(ctx, client) {
			if err != nil {
				yield("", err)
				return
			}
			if !scanNode(ctx, node, match, yield) {
				return
			}
		}
	}
}

// scanNode yields one node's keys and reports whether to go on.
func scanNode(ctx context.Context, node rueidis.Client, match string, yield func(string, error) bool) bool {
	for cursor := uint64(0); ; {
		page, err := node.Do(ctx, node.B().Scan().Cursor(cursor).Match(match).Count(ScanCount).Build()).AsScanEntry()
		if err != nil {
			yield("", err)
			return false
		}
		for _, key := range page.Elements {
			if !yield(key, nil) {
				return false
			}
		}
		if cursor = page.Cursor; cursor == 0 {
			return true
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
