package scenarios

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// aLock is what the locks of both packages can do.
type aLock interface {
	Fence() int64
	Release(ctx context.Context) error
	KeepAlive(ctx context.Context) (context.Context, func())
}

// A locking is one package's lock: how to take it, and its errors.
type locking struct {
	try          func(ctx context.Context, client rueidis.Client, key string, ttl time.Duration) (aLock, error)
	locked, lost error
}

func careful() locking {
	return locking{tryLock(patterns.TryLock), patterns.ErrLocked, patterns.ErrLost}
}

func careless() locking {
	return locking{tryLock(antipatterns.TryLock), antipatterns.ErrLocked, antipatterns.ErrLost}
}

func tryLock[L aLock](try func(context.Context, rueidis.Client, string, time.Duration) (L, error)) func(context.Context, rueidis.Client, string, time.Duration) (aLock, error) {
	return func(ctx context.Context, client rueidis.Client, key string, ttl time.Duration) (aLock, error) {
		return try(ctx, client, key, ttl)
	}
}

// A precaution is what can be done beside giving back with care.
type precaution int

const (
	fenced    precaution = iota // the resource checks fencing tokens
	keptAlive                   // the lock is renewed during the work
)

// A holder takes locks, works in the resource that each keeps, and gives them
// back. Now and then it pauses for so many times the lock's time to live.
type holder struct {
	locking
	env       *bench.Env
	client    rueidis.Client
	ttl       time.Duration
	pause     time.Duration
	keptAlive bool
	resources [releaseLocks]guarded
	bells     [releaseLocks]bell // rung when a lock is given back
}

// critical makes an op of a kind of lock: each op takes one, waiting if need be,
// works under it and gives it back.
func critical(kind locking, pause float64, extra ...precaution) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		for _, counter := range []string{"strangers", "cascades", "expiries", "refused", "gone", "pauses"} {
			env.Count(counter, 0)
		}
		ttl := releaseTTL(env.Setting)
		h := &holder{
			locking: kind, env: env, client: client, ttl: ttl, pause: time.Duration(pause * float64(ttl)),
			keptAlive: slices.Contains(extra, keptAlive),
		}
		for n := range h.resources {
			h.resources[n].ttl, h.resources[n].fenced = ttl, slices.Contains(extra, fenced)
		}
		env.AtEnd(h.countLost)
		return h.op, nil
	}
}

func (h *holder) op(ctx context.Context, i int) error {
	n := i % releaseLocks
	lock, asked, err := h.wait(ctx, n)
	if err != nil {
		return err
	}
	entered := time.Now()
	who, blame := h.resources[n].enter(lock.Fence(), asked, entered)
	h.count(blame == byRelease, "cascades")
	h.count(blame == byExpiry, "expiries")
	err = h.work(ctx, lock, pauses(lock.Fence()))
	overtaken, accepted := h.resources[n].leave(who)
	h.count(!accepted, "refused")
	// Ours is gone for certain if somebody has taken the lock after us, or if its
	// time has passed: what a release deletes then is another's.
	expired := !h.keptAlive && time.Since(entered) > h.ttl+serverTick
	notOurs := overtaken || expired
	err = errors.Join(err, h.giveBack(ctx, lock, notOurs))
	h.bells[n].ring()
	return err
}

// wait asks for the lock until it has it: again as soon as somebody gives it
// back, as a client does that is told by a message, and every few milliseconds,
// since nobody tells of an expiry.
func (h *holder) wait(ctx context.Context, n int) (lock aLock, asked time.Time, err error) {
	for {
		rung := h.bells[n].next()
		asked = time.Now()
		lock, err = h.try(ctx, h.client, h.env.Name(releaseName(n)), h.ttl)
		if !errors.Is(err, h.locked) {
			return lock, asked, err
		}
		select {
		case <-rung:
		case <-time.After(2*time.Millisecond + rand.N(2*time.Millisecond)):
		}
	}
}

// work takes the time that the work takes, or a pause.
func (h *holder) work(ctx context.Context, lock aLock, pause bool) error {
	if h.keptAlive {
		var stop func()
		ctx, stop = lock.KeepAlive(ctx)
		defer stop()
	}
	takes := releaseWork(h.env.Setting)
	if pause {
		takes = h.pause
		h.env.Count("pauses", 1)
	}
	select {
	case <-time.After(takes):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (h *holder) giveBack(ctx context.Context, lock aLock, notOurs bool) error {
	err := lock.Release(ctx)
	if errors.Is(err, h.lost) {
		h.env.Count("gone", 1)
		return nil
	}
	h.count(err == nil && notOurs, "strangers")
	return err
}

func (h *holder) count(happened bool, counter string) {
	if happened {
		h.env.Count(counter, 1)
	}
}

func (h *holder) countLost(context.Context) error {
	for n := range h.resources {
		h.env.Count("lost", h.resources[n].lost())
	}
	return nil
}

// A bell wakes all who wait for it.
type bell struct {
	mu     sync.Mutex
	waited chan struct{} // nil while nobody waits
}

// next returns a channel that is closed when the bell is rung next.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waited == nil {
		b.waited = make(chan struct{})
	}
	return b.waited
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waited != nil {
		close(b.waited)
		b.waited = nil
	}
}
