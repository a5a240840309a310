package patterns

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/rueidis"
)

// A Counter is a number that is added to far more often than it is read, and so
// is kept as parts on different nodes of a cluster. It is safe for concurrent
// use.
//
// With K parts on M nodes, r reads and w writes a second, the busiest node of K
// spread parts runs (r·K + w)/M commands a second, and that of a single key
// r + w; so parts are worth it while r·(K/M − 1) < w·(1 − 1/M). With K = M that
// is always, but for the work in all, which grows by r·(K − 1).
type Counter struct {
	client rueidis.Client
	parts  []string
	choose Chooser
}

// NewCounter names the parts of key, as [Shards] does: as many as the cluster
// has nodes, or a multiple. Every program that uses the counter must name the
// same number, since parts that Sum does not know do not count. A nil choose
// means [RoundRobin]. It sends nothing.
func NewCounter(client rueidis.Client, key string, shards int, choose Chooser) (*Counter, error) {
	parts, err := Shards(key, shards)
	if err != nil {
		return nil, err
	}
	if choose == nil {
		choose = RoundRobin()
	}
	return &Counter{client: client, parts: parts, choose: choose}, nil
}

// Keys returns the names of the parts.
func (c *Counter) Keys() []string { return slices.Clone(c.parts) }

// Add adds n, which may be negative, to the part that the chooser picks, in one
// round trip. After a timeout or a broken connection it may or may not have been
// added; trying again may add it twice.
func (c *Counter) Add(ctx context.Context, n int64) error {
	key := c.parts[c.choose(ctx, len(c.parts))]
	return c.client.Do(ctx, c.client.B().Incrby().Key(key).Increment(n).Build()).Error()
}

// Sum returns the total. It reads every part, which costs as many commands as
// there are parts and, the nodes being asked at once, one round trip.
//
// It has in it every Add that ended before Sum began, and none that began after
// it ended; of those in between it may have some. It is no snapshot: of two Adds
// in turn, it may have the later without the earlier.
func (c *Counter) Sum(ctx context.Context) (int64, error) {
	commands := make([]rueidis.Completed, len(c.parts))
	for i, key := range c.parts {
		commands[i] = c.client.B().Get().Key(key).Build()
	}
	total := int64(0)
	for i, result := range c.client.DoMulti(ctx, commands...) {
		n, err := result.AsInt64()
		if err != nil && !rueidis.IsRedisNil(err) { // a part that nobody added to is not there
			return 0, fmt.Errorf("read the part %q: %w", c.parts[i], err)
		}
		total += n
	}
	return total, nil
}
