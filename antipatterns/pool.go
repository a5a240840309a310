package antipatterns

import (
	"context"

	"github.com/redis/rueidis"
)

// A Pool is none: it opens a connection for every command and closes it again.
// It is safe for concurrent use.
type Pool struct{ option rueidis.ClientOption }

// NewPool remembers how to connect. It keeps no connections, so size is of no
// use to it.
func NewPool(option rueidis.ClientOption, _ int) (*Pool, error) {
	option.ForceSingleClient = true // as lean as it gets: a default client adds a round trip to ask whether it is a cluster
	option.DisableAutoPipelining = false
	return &Pool{option: option}, nil
}

// Do opens a connection, runs the command that build makes, and closes the
// connection.
//
// What is wrong: the command takes four round trips instead of one: the TCP
// handshake, HELLO, the command, and the PING by which the client makes sure
// that nothing is left to come before it closes; TLS adds one or two. The
// server accepts, sets up and tears down a client on the thread that runs
// everybody's commands, and every connection leaves a socket in TIME_WAIT. No
// harm is done by a program that sends one command and ends.
func (p *Pool) Do(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult {
	client, err := rueidis.NewClient(p.option)
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	defer client.Close()
	return client.Do(ctx, build(client.B()))
}

// Close has nothing to close.
func (p *Pool) Close() {}
