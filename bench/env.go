package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// KeyTTL is how long a key that we leave on somebody else's server can outlive
// us.
const KeyTTL = 15 * time.Minute

// An Env is what one side of a duel works with: a server behind an emulated
// network, and names for its keys. It is not safe for concurrent use; its Tally and
// the clients it hands out are.
type Env struct {
	Setting Setting
	Data    Data
	Workers int // most ops in flight: what a pool has to serve
	Tally       // what the side counts

	prefix  string
	option  rueidis.ClientOption
	endings []func(context.Context) error
	closers []func()
	hangUp  func() // breaks every connection that leads through the emulated network
}

// newEnv opens the emulated network to the server that target names. The
// caller must Close the Env.
func newEnv(target Target, link netem.Link, prefix string) (*Env, error) {
	option, address, err := target.option()
	if err != nil {
		return nil, err
	}
	network, err := netem.New(link, clock.Precise(), nil)
	if err != nil {
		return nil, err
	}
	env := &Env{prefix: prefix, option: option, hangUp: sync.OnceFunc(func() { _ = network.Close() })}
	env.Defer(env.hangUp)
	env.option.DialCtxFn = network.DialRedis
	if address.network == "unix" {
		env.option.DialCtxFn = network.DialRedisUnix
	}
	return env, nil
}

// Key names the i'th key of the scenario's Data.
func (e *Env) Key(i int) string { return dataKey(e.prefix, i) }

// AppendKey appends what Key returns to b.
func (e *Env) AppendKey(b []byte, i int) []byte { return appendKey(b, e.prefix, i) }

// Name puts the run's prefix before the name of a key.
func (e *Env) Name(name string) string { return e.prefix + ":" + name }

// Match is a glob-style pattern for the keys of Data whose number begins with
// the digits of first and has n digits more.
func (e *Env) Match(first string, n int) string {
	return e.prefix + ":" + first + strings.Repeat("?", n)
}

// Option returns client options that lead through the emulated network and
// leave nothing to chance: no retries, no client-side cache, no
// auto-pipelining, one multiplexed connection, small buffers, and no
// background PINGs that would show in the server's counters. A side may change
// the one option that is its point.
func (e *Env) Option() rueidis.ClientOption { return e.option }

// Client opens a client with Option and at most Workers connections, the first
// of which is open when it returns. The Env closes it.
func (e *Env) Client(ctx context.Context) (rueidis.Client, error) {
	clients, err := e.clients(ctx, 1)
	if err != nil {
		return nil, err
	}
	return clients[0], nil
}

// clients opens n clients at once, as Client does one.
func (e *Env) clients(ctx context.Context, n int) ([]rueidis.Client, error) {
	clients := make([]rueidis.Client, n)
	e.Defer(func() {
		for _, client := range clients {
			if client != nil {
				client.Close()
			}
		}
	})
	group, ctx := errgroup.WithContext(ctx)
	for i := range clients {
		group.Go(func() (err error) {
			if clients[i], err = rueidis.NewClient(e.Option()); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, timeout(e.Setting.RTT, connecting))
			defer cancel()
			return clients[i].Do(ctx, clients[i].B().Ping().Build()).Error()
		})
	}
	return clients, group.Wait()
}

// Warm opens connections before the clock starts: it calls do as many times at
// once as there will be workers.
func (e *Env) Warm(ctx context.Context, do func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for range e.Workers {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, timeout(e.Setting.RTT, connecting))
			defer cancel()
			return do(ctx)
		})
	}
	return group.Wait()
}

// connecting is the round trips of a first command: TCP and TLS handshakes,
// HELLO, the command.
const connecting = 5

// AtEnd registers what is to be done when the load has ended and before the
// trial reports, such as a last count; nothing of it is timed, but the server's
// counters include it.
func (e *Env) AtEnd(do func(context.Context) error) { e.endings = append(e.endings, do) }

// finish does what AtEnd asked for.
func (e *Env) finish(ctx context.Context) error {
	for _, do := range e.endings {
		if err := do(ctx); err != nil {
			return fmt.Errorf("at the end of the trial: %w", err)
		}
	}
	return nil
}

// Defer registers what Close has to undo, last one first.
func (e *Env) Defer(undo func()) { e.closers = append(e.closers, undo) }

// Close releases all that the Env opened.
func (e *Env) Close() {
	for i := len(e.closers) - 1; i >= 0; i-- {
		e.closers[i]()
	}
	e.closers = nil
}
