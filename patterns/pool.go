package patterns

import (
	"context"

	"github.com/redis/rueidis"
)

// A Pool keeps connections open and lends one to each call in flight. It is
// safe for concurrent use and is meant to be made once and live as long as the
// program.
type Pool struct{ client rueidis.Client }

// NewPool connects to the server of option and returns a pool of at most size
// connections, which are opened when first needed. Each call holds a
// connection of its own from its first byte to its answer; option's
// auto-pipelining is turned off.
func NewPool(option rueidis.ClientOption, size int) (*Pool, error) {
	option.DisableAutoPipelining = true
	option.BlockingPoolSize = size
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	return &Pool{client: client}, nil
}

// Do runs the command that build makes. It takes one round trip, once a
// connection is open. When all connections are lent it waits for one until
// ctx's deadline; without a deadline it waits without limit.
func (p *Pool) Do(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult {
	return p.client.Do(ctx, build(p.client.B()))
}

// Close closes all connections. Calls in flight fail.
func (p *Pool) Close() { p.client.Close() }
