package patterns

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// A Pool keeps connections open and lends one to each call in flight. It is
// safe for concurrent use and is meant to be made once and live as long as the
// program. Close ends it.
type Pool struct {
	client   rueidis.Client
	gate     gate
	health   atomic.Pointer[error]
	stop     context.CancelFunc
	watchers sync.WaitGroup
}

// PoolConfig says how a pool lends its connections. The zero value is a pool
// of DefaultPoolSize that waits as long as a call's ctx allows. OnWait and
// Alert run in the goroutine of the call, several at once, and hold it up.
type PoolConfig struct {
	Size        int                 // most connections lent at once; 0 means DefaultPoolSize
	Acquire     time.Duration       // longest wait for a connection; 0 means until ctx ends
	HealthCheck time.Duration       // from one check of the server to the next, and the most that one may take; 0 means none
	OnWait      func(time.Duration) // told how long each call waited for a connection, whether it got one or not
	Alert       func(PoolUsage)     // told when 80 % of the connections are lent, and again only after it fell to 60 %
}

// NewPool connects to the server of option and returns a pool. One connection
// is opened at once, and stays for health checks; the others are opened when
// first needed and kept. The client library keeps those for Hold apart from
// those for Do, so the server sees at most 2·Size + 1. option's auto-pipelining
// is turned off: each call has a connection of its own from its first byte to
// its last answer.
//
// A connection that the server closed is noticed by the call that next uses
// it: after a restart up to Size calls fail, or are repeated where option
// leaves the library's retries on and the command only reads.
func NewPool(option rueidis.ClientOption, config PoolConfig) (*Pool, error) {
	size := cmp.Or(config.Size, DefaultPoolSize)
	if size < 0 {
		return nil, fmt.Errorf("a pool cannot hold %d connections", size)
	}
	option.DisableAutoPipelining = true
	option.BlockingPoolSize = size // the gate lets no more through, so that nobody waits inside the library
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, fmt.Errorf("open a pool: %w", err)
	}
	p := &Pool{client: client, gate: newGate(size, config)}
	p.watch(config.HealthCheck)
	return p, nil
}

// Do runs the command that build makes. It takes one round trip, and two more
// (TCP handshake and HELLO; TLS adds its own) when it has to open a connection.
// When all are lent it waits for one, until ctx ends or, with ErrPoolExhausted,
// for PoolConfig.Acquire; the command was then not sent. Once it is sent only a
// deadline of ctx ends the wait for its answer, a cancellation does not; the
// command may have run, and the connection is replaced.
func (p *Pool) Do(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult {
	if err := p.gate.enter(ctx); err != nil {
		return rueidis.NewErrorResult(err)
	}
	defer p.gate.leave()
	return p.client.Do(ctx, build(p.client.B()))
}

// Hold lends one connection to fn until it returns, for commands that belong
// together, such as WATCH, MULTI and EXEC. It waits for a connection as Do
// does, and returns fn's error. The connection counts as lent for as long as fn
// takes, whatever it does meanwhile.
//
// fn must not keep the client, and must leave the connection as it found it,
// without an open WATCH or MULTI. Its commands should have a ctx with a
// deadline: one that can only be cancelled has the library read that connection
// in the background for good, and then each Hold of it costs another round trip.
func (p *Pool) Hold(ctx context.Context, fn func(rueidis.CommandClient) error) error {
	if err := p.gate.enter(ctx); err != nil {
		return err
	}
	defer p.gate.leave()
	connection, release := p.client.Dedicate()
	defer release()
	return fn(connection)
}

// Usage tells how many connections are lent at this moment.
func (p *Pool) Usage() PoolUsage { return p.gate.usage() }

// Health returns the error of the latest health check, nil when it went well
// or when there was none yet.
func (p *Pool) Health() error {
	if err := p.health.Load(); err != nil {
		return *err
	}
	return nil
}

// Close ends the health checks and closes the connections, those that are lent
// when they come back. Calls after it fail with rueidis.ErrClosing.
func (p *Pool) Close() {
	p.stop()
	p.watchers.Wait()
	p.client.Close()
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

// check asks the server for a sign of life, on the connection that is not lent,
// so that a busy pool is not taken for a dead server.
func (p *Pool) check(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := p.client.Do(ctx, p.client.B().Ping().Build().ToPipe()).Error(); err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	return nil
}
