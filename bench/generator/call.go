package generator

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"redisduel/bench"
	"redisduel/bench/load"
)

// A caller carries out ops through a client, which knows the nodes of a cluster or
// has one connection for all callers.
type caller struct {
	*job
	client  rueidis.Client
	cluster bool

	commands []rueidis.Completed
	lines    []line // of the commands
	want     []byte
	keyName  []byte // of the command that is sent to a cluster
}

// callers have a client each, or one for all.
func (j *job) callers(ctx context.Context, env *bench.Env) ([]sender, error) {
	clients, err := j.spec.connect(ctx, env)
	if err != nil {
		return nil, err
	}
	senders := make([]sender, env.Workers)
	for i := range senders {
		senders[i] = newCaller(j, clients[i%len(clients)], env.Setting.Primaries != nil)
	}
	return senders, nil
}

func newCaller(j *job, client rueidis.Client, cluster bool) *caller {
	f := &caller{job: j, client: client, cluster: cluster}
	f.renew()
	return f
}

// connect opens a client for each worker, or one for all, with one connection to
// the server or, in a cluster, to each primary.
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
	group, ctx := errgroup.WithContext(ctx)
	for i := range clients {
		group.Go(func() (err error) {
			if clients[i], err = rueidis.NewClient(option); err == nil && env.Setting.Primaries != nil {
				err = visit(ctx, clients[i], visits(clients[i], env.Setting.Primaries))
			}
			if err != nil {
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
func (f *caller) renew() {
	f.commands = make([]rueidis.Completed, f.spec.Pipeline)
	f.lines = make([]line, f.spec.Pipeline)
	for i := range f.commands {
		f.commands[i] = f.client.B().Arbitrary(f.spec.Command...).Build().Pin()
		f.lines[i] = newLine(f.commands[i].Commands())
	}
}

// send carries out op i.
func (f *caller) send(ctx context.Context, i int) error {
	err := f.call(ctx, i)
	if err != nil {
		f.renew() // the client may still hold the commands
	}
	return err
}

// call sends the commands of op i and returns what is wrong with the first bad
// answer.
func (f *caller) call(ctx context.Context, i int) error {
	for c := range f.commands {
		n := i*len(f.commands) + c
		k := f.keyOf(n)
		f.template.fill(f.lines[c], f.name, f.spec.Size, k, n)
		if f.cluster {
			f.route(c, k)
		}
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
func (f *caller) judge(result rueidis.RedisResult, n int) error {
	message, err := result.ToMessage()
	if rueidis.IsRedisNil(err) {
		f.counter.nils.Add(1)
		return nil
	}
	if err != nil || !f.check {
		return err
	}
	got, err := message.AsBytes()
	if f.want = appendValue(f.want[:0], f.spec.Size, f.keyOf(n)); err != nil || string(got) != string(f.want) {
		return fmt.Errorf("%w: key %d does not hold what was stored", load.ErrWrongAnswer, f.keyOf(n))
	}
	return nil
}
