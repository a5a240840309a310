package antipatterns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

var (
	// ErrLocked says that somebody else holds the lock.
	ErrLocked = errors.New("the lock is held by somebody else")
	// ErrLost says that a lock is no longer its holder's: somebody else may have
	// held it since.
	ErrLost = errors.New("it is no longer ours, since its time to live has passed")
)

// A Lock is a key in Redis that one holder at a time has, for a time to live.
// It is safe for concurrent use.
//
// No lock with a time to live excludes others for certain: a holder that is
// paused for longer, by its garbage collector, its host or the network, goes on
// in the belief that it holds the lock, while the next one does. Only the
// resource can stop it: give it [Lock.Fence] with every write and let it refuse
// a number below the largest that it has seen. Where nothing checks the number,
// the lock saves double work; it does not keep data right.
//
// The lock is as safe as the one server that holds it: a failover to a replica
// that had not yet got the lock, or a restart without an append-only file
// synced on every write, forgets it, and perhaps its last fencing tokens too.
// It is not Redlock. On a server that evicts keys of every kind (allkeys-lru,
// allkeys-lfu) it can be evicted.
type Lock struct {
	client     rueidis.Client
	key, token string
	fence      int64
	ttl        time.Duration
	asked      time.Time // before the server began to count ttl
}

// lockTake sets nothing if the counter cannot be raised, so that an error does
// not leave a lock that nobody has.
var lockTake = rueidis.NewLuaScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return fence`)

var lockRenew = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

// TryLock takes the lock named key for ttl, of at least a millisecond, or
// returns [ErrLocked]. After another error the lock may have been taken, and
// nobody has it until ttl has passed.
//
// It takes one round trip, in which the server also raises the lock's counter
// of fencing tokens: the key {key}:fence, or key:fence where key has a hash tag
// of its own, so that both are in one slot of a cluster. The counter never
// expires, since its numbers must not begin anew: a name that was locked once
// costs some 100 bytes until the counter is deleted with what it protects.
func TryLock(ctx context.Context, client rueidis.Client, key string, ttl time.Duration) (*Lock, error) {
	counter, err := fenceKey(key)
	if err != nil {
		return nil, err
	}
	millis, err := lockMillis(ttl)
	if err != nil {
		return nil, err
	}
	l := &Lock{client: client, key: key, token: rand.Text(), ttl: ttl, asked: time.Now()}
	l.fence, err = lockTake.Exec(ctx, client, []string{key, counter}, []string{l.token, millis}).AsInt64()
	if rueidis.IsRedisNil(err) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("taking the lock %q: %w", key, err)
	}
	return l, nil
}

// WaitLock takes the lock like [TryLock] and, while somebody else holds it,
// asks again until ctx ends; then the error wraps ctx's. It waits 5 ms at first
// and twice as long each time up to 320 ms, less a random share of up to half,
// so that those who wait do not ask in step. There is no queue: who asks at the
// right moment gets the lock.
func WaitLock(ctx context.Context, client rueidis.Client, key string, ttl time.Duration) (*Lock, error) {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 320*time.Millisecond) {
		l, err := TryLock(ctx, client, key, ttl)
		if !errors.Is(err, ErrLocked) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrLocked, context.Cause(ctx))
		case <-time.After(wait - mathrand.N(wait/2)):
		}
	}
}

// Fence returns the lock's fencing token, a number above that of everyone who
// held the lock before. Give it to the resource with every write.
func (l *Lock) Fence() int64 { return l.fence }

// Release gives the lock back, or returns [ErrLost] if nobody held it.
//
// What is wrong: it deletes the lock, whoever holds it. A holder that was paused
// for longer than ttl deletes the lock of the one who has it since, the next one
// joins that one's work, and each release lets in one more, a cascade from one
// pause. No harm is done while every holder is done within ttl, or where nobody
// else wants the lock, or where the resource refuses old fencing tokens.
func (l *Lock) Release(ctx context.Context) error {
	deleted, err := l.client.Do(ctx, l.client.B().Del().Key(l.key).Build()).AsBool()
	return l.outcome("releasing", deleted, err)
}

// Renew lets the lock live for ttl from now, or returns [ErrLost] and changes
// nothing if it was no longer ours. It takes one round trip.
func (l *Lock) Renew(ctx context.Context, ttl time.Duration) error {
	millis, err := lockMillis(ttl)
	if err != nil {
		return err
	}
	renewed, err := lockRenew.Exec(ctx, l.client, []string{l.key}, []string{l.token, millis}).AsBool()
	return l.outcome("renewing", renewed, err)
}

// KeepAlive renews the lock every third of its time to live until stop is
// called or ctx ends, and returns a context to work under. That ends with the
// cause [ErrLost] when the lock was lost, or when no renewal succeeded for so
// long that it may be. Call stop in any case, and before Release: it waits for
// the last renewal to end.
func (l *Lock) KeepAlive(ctx context.Context) (work context.Context, stop func()) {
	work, cancel := context.WithCancelCause(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() { cancel(l.keep(work)) })
	return work, func() {
		cancel(nil)
		renewer.Wait()
	}
}

// keep renews the lock until it is lost or ctx ends, and returns why.
func (l *Lock) keep(ctx context.Context) error {
	tick := time.NewTicker(max(l.ttl/3, 1))
	defer tick.Stop()
	safe, lost := l.asked.Add(l.ttl), ErrLost
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Until(safe)):
			return fmt.Errorf("keeping the lock %q: %w", l.key, lost)
		case <-tick.C:
		}
		asked := time.Now()
		switch err := l.renewBy(ctx, safe); {
		case err == nil:
			safe, lost = asked.Add(l.ttl), ErrLost
		case errors.Is(err, ErrLost):
			return err
		default: // such as a lost connection: the next tick tries again
			lost = fmt.Errorf("%w: %w", ErrLost, err)
		}
	}
}

func (l *Lock) renewBy(ctx context.Context, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return l.Renew(ctx, l.ttl)
}

func (l *Lock) outcome(doing string, ours bool, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s the lock %q: %w", doing, l.key, err)
	case !ours:
		return fmt.Errorf("%s the lock %q: %w", doing, l.key, ErrLost)
	}
	return nil
}

// fenceKey returns the key of a lock's counter, which has the hash slot of key:
// Redis hashes what is between the first { and the next }, if that is not empty,
// else the whole key.
func fenceKey(key string) (string, error) {
	if _, rest, found := strings.Cut(key, "{"); found && strings.Index(rest, "}") > 0 {
		return key + ":fence", nil
	}
	if key == "" || strings.Contains(key, "}") {
		return "", fmt.Errorf("no key but %q itself shares its hash slot; give the lock a name without } or with a hash tag", key)
	}
	return "{" + key + "}:fence", nil
}

func lockMillis(ttl time.Duration) (string, error) {
	if ttl < time.Millisecond {
		return "", fmt.Errorf("a lock lives for at least 1ms, not %v", ttl)
	}
	return strconv.FormatInt(ttl.Milliseconds(), 10), nil
}
