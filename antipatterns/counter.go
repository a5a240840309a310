package antipatterns

import (
	"context"

	"github.com/redis/rueidis"
)

// A Counter is a number that is added to far more often than it is read. It is
// safe for concurrent use.
type Counter struct {
	client rueidis.Client
	key    string
}

// NewCounter takes the key as it is: there is one part, whatever shards says,
// and so nothing to choose.
func NewCounter(client rueidis.Client, key string, _ int, _ Chooser) (*Counter, error) {
	return &Counter{client: client, key: key}, nil
}

// Keys returns the name of the key.
func (c *Counter) Keys() []string { return []string{c.key} }

// Add adds n, which may be negative, in one round trip. After a timeout or a
// broken connection it may or may not have been added.
//
// What is wrong: all writers meet at the one node that has the key, and other
// nodes cannot help it. No harm is done on a single server, as long as the node
// can bear it, and where the counter is read about as often as it is written:
// one key is read with one command, and its total is exact at that moment.
func (c *Counter) Add(ctx context.Context, n int64) error {
	return c.client.Do(ctx, c.client.B().Incrby().Key(c.key).Increment(n).Build()).Error()
}

// Sum returns the total, with one command.
func (c *Counter) Sum(ctx context.Context) (int64, error) {
	n, err := c.client.Do(ctx, c.client.B().Get().Key(c.key).Build()).AsInt64()
	if rueidis.IsRedisNil(err) { // nobody has added to it
		return 0, nil
	}
	return n, err
}
