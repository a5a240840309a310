package generator

import (
	"context"
	"sync/atomic"
	"time"

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

// A job is what the senders of a load have in common.
type job struct {
	spec     Spec
	template template
	name     namer
	counter  *counter
	check    bool // each answer must be the value of the command's key
}

// A sender carries out op i and checks its answers. One op uses it at a time.
type sender interface {
	send(ctx context.Context, i int) error
}

// prepare is the load's only side.
func (s Spec) prepare(counter *counter) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		j, err := s.job(counter, env)
		if err != nil {
			return nil, err
		}
		open := j.wires // each a connection to a single server
		if s.Multiplex || env.Setting.Primaries != nil {
			open = j.callers // a client finds the way
		}
		senders, err := open(ctx, env)
		if err != nil {
			return nil, err
		}
		return j.op(senders), nil
	}
}

func (s Spec) job(counter *counter, env *bench.Env) (*job, error) {
	t, err := parse(s.Command)
	return &job{spec: s, template: t, name: env.AppendKey, counter: counter, check: s.checked()}, err
}

// op is carried out by whoever is idle of the senders, one for each worker.
func (j *job) op(senders []sender) load.Op {
	idle := make(chan sender, len(senders)) // taking one never waits
	for _, s := range senders {
		idle <- s
	}
	return func(ctx context.Context, i int) error {
		s := <-idle
		err := s.send(ctx, i)
		j.counter.ops.Add(1)
		idle <- s
		return err
	}
}

func (j *job) keyOf(n int) int { return keyOf(j.counter.seed.Load(), n, j.spec.Keys) }

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
