package antipatterns

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// A Pool is none: it opens a connection for each call and closes it again. It
// is safe for concurrent use. Close ends it.
type Pool struct {
	option   rueidis.ClientOption
	gate     gate
	health   atomic.Pointer[error]
	stop     context.CancelFunc
	watchers sync.WaitGroup
}

// PoolConfig says how a pool limits its connections. The zero value is a pool
// of DefaultPoolSize that waits as long as a call's ctx allows. OnWait and
// Alert run in the goroutine of the call, several at once, and hold it up.
type PoolConfig struct {
	Size        int                 // most connections open at once; 0 means DefaultPoolSize
	Acquire     time.Duration       // longest wait for a connection; 0 means until ctx ends
	HealthCheck time.Duration       // from one check of the server to the next, and the most that one may take; 0 means none
	OnWait      func(time.Duration) // told how long each call waited until it might open a connection, whether it did or not
	Alert       func(PoolUsage)     // told when 80 % of the connections are open, and again only after it fell to 60 %
}

// NewPool remembers how to connect, and tries it once.
func NewPool(option rueidis.ClientOption, config PoolConfig) (*Pool, error) {
	size := cmp.Or(config.Size, DefaultPoolSize)
	if size < 0 {
		return nil, fmt.Errorf("a pool cannot hold %d connections", size)
	}
	option.ForceSingleClient = true                                    // as lean as it gets: a default client adds a round trip to ask whether it is a cluster
	option.DisableAutoPipelining, option.PipelineMultiplex = false, -1 // one connection, not one for each of several commands
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, fmt.Errorf("open a pool: %w", err)
	}
	client.Close()
	p := &Pool{option: option, gate: newGate(size, config)}
	p.watch(config.HealthCheck)
	return p, nil
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
	var result rueidis.RedisResult
	err := p.Hold(ctx, func(connection rueidis.CommandClient) error {
		result = connection.Do(ctx, build(connection.B()))
		return nil
	})
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	return result
}

// Hold opens a connection for fn, and closes it when fn returns.
//
// What is wrong: the three round trips that the connection costs; among k
// commands they are 3/k more for each. From about thirty on they hardly show.
func (p *Pool) Hold(ctx context.Context, fn func(rueidis.CommandClient) error) error {
	if err := p.gate.enter(ctx); err != nil {
		return err
	}
	defer p.gate.leave()
	client, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return fn(client)
}

// connect opens a connection within ctx's deadline, which the library, as it
// connects, does not ask for.
func (p *Pool) connect(ctx context.Context) (rueidis.Client, error) {
	option := p.option
	if deadline, ok := ctx.Deadline(); ok {
		left := max(time.Until(deadline), 1)
		option.Dialer.Timeout = min(cmp.Or(option.Dialer.Timeout, rueidis.DefaultDialTimeout), left)
	}
	return rueidis.NewClient(option)
}

// Usage tells how many connections are open at this moment.
func (p *Pool) Usage() PoolUsage { return p.gate.usage() }

// Health returns the error of the latest health check, nil when it went well
// or when there was none yet.
func (p *Pool) Health() error {
	if err := p.health.Load(); err != nil {
		return *err
	}
	return nil
}

// Close ends the health checks. Connections close with the calls that opened
// them.
func (p *Pool) Close() {
	p.stop()
	p.watchers.Wait()
}

// watch checks the server's health in the background until Close.
func (p *Pool) watch(every time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if every <= 0 {
		return
	}
	p.watchers.Go(func() {
		for tick := time.Tick(every); ; {
			select {
			case <-tick:
				err := p.check(ctx, every)
				p.health.Store(&err)
			case <-ctx.Done():
				return
			}
		}
	})
}

// check asks the server for a sign of life, on a connection opened for it.
func (p *Pool) check(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	client, err := p.connect(ctx)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	defer client.Close()
	if err := client.Do(ctx, client.B().Ping().Build()).Error(); err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	return nil
}
