package generator

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"redisduel/bench"
	"redisduel/bench/load"
)

// A counter is what the ops of a trial share: what they count, over warm-up and
// measured phase, and the seed of their keys.
type counter struct {
	ops  atomic.Int64 // that ended
	nils atomic.Int64 // answers that were nil
	seed atomic.Uint64
}

func (c *counter) reset(seed uint64) {
	c.ops.Store(0)
	c.nils.Store(0)
	c.seed.Store(seed)
}

// A sender carries out ops. One op uses it at a time.
type sender struct {
	spec     Spec
	template template
	name     namer
	client   rueidis.Client
	counter  *counter
	check    bool // each answer must be the value of the command's key

	commands []rueidis.Completed
	lines    []line // of the commands
	want     []byte
}

// prepare is the load's only side.
func (s Spec) prepare(counter *counter) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		t, err := parse(s.Command)
		if err != nil {
			return nil, err
		}
		clients, err := s.connect(ctx, env)
		if err != nil {
			return nil, err
		}
		idle := make(chan *sender, env.Workers) // one for each worker: taking one never waits
		for i := range env.Workers {
			f := &sender{spec: s, template: t, name: env.AppendKey, client: clients[i%len(clients)], counter: counter, check: t.isGet() && !s.Unseeded}
			f.renew()
			idle <- f
		}
		return func(ctx context.Context, i int) error {
			f := <-idle
			err := f.send(ctx, i)
			if err != nil {
				f.renew() // the client may still hold the commands
			}
			counter.ops.Add(1)
			idle <- f
			return err
		}, nil
	}
}

// connect opens a client of one connection for each worker, or one for all.
func (s Spec) connect(ctx context.Context, env *bench.Env) ([]rueidis.Client, error) {
	option := env.Option()
	option.DisableAutoPipelining = false // a client with one caller has nothing to pipeline
	wrap := takeTurns
	clients := make([]rueidis.Client, env.Workers)
	if s.Multiplex {
		clients = clients[:1]
		option.AlwaysPipelining = true
		option.RingScaleEachConn = ringScale(s.workers() * s.Pipeline)
		wrap = func(c net.Conn) net.Conn { return patientConn{c} }
	}
	option.BlockingPipeline = -1 // a long pipeline goes the same way as a short one
	dial := option.DialCtxFn
	option.DialCtxFn = func(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		c, err := dial(ctx, address, dialer, config)
		if err != nil {
			return nil, err
		}
		return wrap(c), nil
	}
	group, _ := errgroup.WithContext(ctx)
	for i := range clients {
		group.Go(func() (err error) {
			if clients[i], err = rueidis.NewClient(option); err != nil {
				return fmt.Errorf("%w: cannot open connection %d of %d: %w", bench.ErrEnvironment, i+1, len(clients), err)
			}
			return nil
		})
	}
	env.Defer(func() {
		for _, client := range clients {
			if client != nil {
				client.Close()
			}
		}
	})
	return clients, group.Wait()
}

// ringScale is the power of two of a client's queue that holds n commands.
func ringScale(n int) int {
	scale := 8
	for ; 1<<scale < n && scale < 16; scale++ {
	}
	return scale
}

// renew makes commands that may be changed in place from op to op.
func (f *sender) renew() {
	f.commands = make([]rueidis.Completed, f.spec.Pipeline)
	f.lines = make([]line, f.spec.Pipeline)
	for i := range f.commands {
		f.commands[i] = f.client.B().Arbitrary(f.spec.Command...).Build().Pin()
		f.lines[i] = newLine(f.commands[i].Commands())
	}
}

// send carries out op i and checks its answers.
func (f *sender) send(ctx context.Context, i int) error {
	for c := range f.commands {
		n := i*len(f.commands) + c
		f.template.fill(f.lines[c], f.name, f.spec.Size, f.keyOf(n), n)
	}
	if len(f.commands) == 1 {
		return f.judge(f.client.Do(ctx, f.commands[0]), i)
	}
	var first error
	for c, result := range f.client.DoMulti(ctx, f.commands...) {
		if err := f.judge(result, i*len(f.commands)+c); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// judge says what is wrong with the answer to command n.
func (f *sender) judge(result rueidis.RedisResult, n int) error {
	message, err := result.ToMessage()
	if rueidis.IsRedisNil(err) {
		f.counter.nils.Add(1)
		return nil
	}
	if err != nil || !f.check {
		return err
	}
	got, err := message.AsBytes()
	if err != nil {
		return err
	}
	if f.want = appendValue(f.want[:0], f.spec.Size, f.keyOf(n)); string(got) != string(f.want) {
		return fmt.Errorf("%w: key %d does not hold what was stored", load.ErrWrongAnswer, f.keyOf(n))
	}
	return nil
}

func (f *sender) keyOf(n int) int { return keyOf(f.counter.seed.Load(), n, f.spec.Keys) }

// keyOf is the key of command n among so many: random, and the same for the same
// seed in whichever process. It is the finalizer of SplitMix64, whose outputs for
// successive inputs pass the usual tests of randomness.
func keyOf(seed uint64, n, keys int) int {
	x := seed + (uint64(n)+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return int((x >> 32) * uint64(keys) >> 32)
}

// every tells from time to time, in a goroutine of its own, how many ops have
// ended, until it is stopped.
func (c *counter) every(step time.Duration, tell func(ops int64)) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(step)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				tell(c.ops.Load())
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}
