package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

// heldLock is what both packages' locks can do.
type heldLock interface {
	Fence() int64
	Release(ctx context.Context) error
	Renew(ctx context.Context, ttl time.Duration) error
	KeepAlive(ctx context.Context) (context.Context, func())
}

// locker is one package's way to lock.
type locker struct {
	try, wait       func(ctx context.Context, client rueidis.Client, key string, ttl time.Duration) (heldLock, error)
	errLocked, lost error
}

var lockers = map[string]locker{
	"pattern":     {anyLock(patterns.TryLock), anyLock(patterns.WaitLock), patterns.ErrLocked, patterns.ErrLost},
	"antipattern": {anyLock(antipatterns.TryLock), anyLock(antipatterns.WaitLock), antipatterns.ErrLocked, antipatterns.ErrLost},
}

func anyLock[L heldLock](take func(context.Context, rueidis.Client, string, time.Duration) (L, error)) func(context.Context, rueidis.Client, string, time.Duration) (heldLock, error) {
	return func(ctx context.Context, client rueidis.Client, key string, ttl time.Duration) (heldLock, error) {
		return take(ctx, client, key, ttl)
	}
}

// eventually waits until a condition holds, for ten seconds at most.
func lockEventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10s: %s", what)
		}
	}
}

func TestTheLockOfACrashedHolderIsFreeAfterItsTimeAndNotBefore(t *testing.T) {
	client, _ := dial(t)
	for name, locks := range lockers {
		t.Run(name, func(t *testing.T) {
			const ttl = 100 * time.Millisecond
			begin := time.Now()
			if _, err := locks.try(t.Context(), client, name, ttl); err != nil { // who never releases it
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			heir, err := locks.wait(ctx, client, name, ttl)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took < ttl-time.Millisecond { // Redis counts in whole milliseconds
				t.Errorf("the lock was free after %v", took)
			}
			if heir.Fence() != 2 {
				t.Errorf("the second holder has fencing token %d", heir.Fence())
			}
		})
	}
}

// overtaken returns a lock whose time has passed and which somebody else has
// taken since.
func overtaken(t *testing.T, client rueidis.Client, locks locker, key string) (paused, other heldLock) {
	t.Helper()
	paused, err := locks.try(t.Context(), client, key, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := locks.try(t.Context(), client, key, time.Minute); !errors.Is(err, locks.errLocked) {
		t.Fatalf("a lock that is held gave %v", err)
	}
	do(t, client, "PEXPIRE", key, "1")
	lockEventually(t, "the lock has expired", func() bool {
		other, err = locks.try(t.Context(), client, key, time.Minute)
		return err == nil
	})
	return paused, other
}

func TestAPausedHolderCannotDeleteAnothersLock(t *testing.T) {
	client, _ := dial(t)
	paused, other := overtaken(t, client, lockers["pattern"], "key")
	if err := paused.Release(t.Context()); !errors.Is(err, patterns.ErrLost) {
		t.Errorf("the paused holder's release gave %v", err)
	}
	if _, err := patterns.TryLock(t.Context(), client, "key", time.Minute); !errors.Is(err, patterns.ErrLocked) {
		t.Errorf("a third one was let in with %v", err)
	}
	if err := other.Release(t.Context()); err != nil {
		t.Errorf("the lock of the other was gone: %v", err)
	}
}

func TestAPlainDELLetsOneMoreInWithEveryRelease(t *testing.T) {
	client, _ := dial(t)
	locks := lockers["antipattern"]
	late, working := overtaken(t, client, locks, "key")
	for third := range 3 {
		if err := late.Release(t.Context()); err != nil {
			t.Errorf("the late holder's release gave %v", err)
		}
		next, err := locks.try(t.Context(), client, "key", time.Minute)
		if err != nil {
			t.Fatalf("round %d: the lock that was deleted gave %v", third, err)
		}
		late, working = working, next
	}
	if working.Fence() != 5 {
		t.Errorf("%d holders, want 5", working.Fence())
	}
}

func TestOnlyItsHolderRenewsALock(t *testing.T) {
	client, _ := dial(t)
	for name, locks := range lockers {
		t.Run(name, func(t *testing.T) {
			paused, other := overtaken(t, client, locks, name)
			if err := paused.Renew(t.Context(), time.Hour); !errors.Is(err, locks.lost) {
				t.Errorf("the paused holder's renewal gave %v", err)
			}
			if ttl, _ := do(t, client, "PTTL", name).AsInt64(); ttl > 60_000 {
				t.Errorf("a stranger prolonged the lock to %d ms", ttl)
			}
			if err := other.Renew(t.Context(), time.Hour); err != nil {
				t.Error(err)
			}
			if ttl, _ := do(t, client, "PTTL", name).AsInt64(); ttl <= 60_000 {
				t.Errorf("the holder's renewal left %d ms", ttl)
			}
			if err := other.Release(t.Context()); err != nil {
				t.Error(err)
			}
			if err := other.Renew(t.Context(), time.Hour); !errors.Is(err, locks.lost) {
				t.Errorf("renewing a lock that was given back gave %v", err)
			}
			if err := other.Release(t.Context()); !errors.Is(err, locks.lost) {
				t.Errorf("releasing a lock twice gave %v", err)
			}
		})
	}
}

func TestFencingTokensGrowAndTheLockExcludesWhileNobodyIsPaused(t *testing.T) {
	const workers, each = 16, 10
	client, _ := dial(t)
	for name, locks := range lockers {
		t.Run(name, func(t *testing.T) {
			var inside atomic.Int32
			var fences []int64 // guarded by the lock in Redis, and by nothing else
			work := func() error {
				lock, err := locks.wait(t.Context(), client, name, time.Minute)
				if err != nil {
					return err
				}
				if n := inside.Add(1); n != 1 {
					return fmt.Errorf("%d holders at once", n)
				}
				fences = append(fences, lock.Fence())
				inside.Add(-1)
				return lock.Release(t.Context())
			}
			errs := make([]error, workers)
			var group sync.WaitGroup
			for w := range workers {
				group.Go(func() {
					for i := 0; i < each && errs[w] == nil; i++ {
						errs[w] = work()
					}
				})
			}
			group.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if len(fences) != workers*each {
				t.Errorf("%d acquisitions were counted, want %d", len(fences), workers*each)
			}
			for i, fence := range fences {
				if fence != int64(i+1) {
					t.Fatalf("acquisition %d had fencing token %d", i+1, fence)
				}
			}
		})
	}
}

// fencedLedger is a resource that refuses who comes with an old fencing token.
type fencedLedger struct{ newest int64 }

func (l *fencedLedger) write(fence int64) error {
	if fence < l.newest {
		return fmt.Errorf("token %d is older than %d", fence, l.newest)
	}
	l.newest = fence
	return nil
}

func TestAResourceThatChecksFencingTokensRefusesAPausedHolder(t *testing.T) {
	client, _ := dial(t)
	for name, locks := range lockers {
		var resource fencedLedger
		paused, other := overtaken(t, client, locks, name)
		if err := resource.write(other.Fence()); err != nil {
			t.Errorf("%s: the holder was refused: %v", name, err)
		}
		if err := resource.write(paused.Fence()); err == nil {
			t.Errorf("%s: the paused holder was let in", name)
		}
		if err := resource.write(other.Fence()); err != nil {
			t.Errorf("%s: the holder's second write was refused: %v", name, err)
		}
	}
}

func TestALockThatIsKeptAliveOutlivesItsTime(t *testing.T) {
	client, _ := dial(t)
	for name, locks := range lockers {
		t.Run(name, func(t *testing.T) {
			lock, err := locks.try(t.Context(), client, name, 300*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			work, stop := lock.KeepAlive(t.Context())
			last, renewals := int64(1<<62), 0
			lockEventually(t, "four renewals, one more than fit in the lock's time", func() bool {
				left, _ := do(t, client, "PTTL", name).AsInt64()
				if left > last {
					renewals++
				}
				last = left
				return renewals == 4
			})
			if work.Err() != nil {
				t.Errorf("the lock that was kept ended its work: %v", context.Cause(work))
			}
			stop()
			if work.Err() == nil || errors.Is(context.Cause(work), locks.lost) {
				t.Errorf("after stop the work's context says %v", context.Cause(work))
			}
			if err := lock.Release(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWorkEndsWhenItsLockIsLostOrMayBe(t *testing.T) {
	for name, locks := range lockers {
		client, server := dial(t)
		t.Run(name+", stolen", func(t *testing.T) {
			endsWork(t, client, locks, func() { do(t, client, "SET", "key", "stolen") })
		})
		do(t, client, "DEL", "key")
		t.Run(name+", the server gone", func(t *testing.T) {
			endsWork(t, client, locks, func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// endsWork checks that whoever works under a lock is told when it is lost.
func endsWork(t *testing.T, client rueidis.Client, locks locker, lose func()) {
	t.Helper()
	lock, err := locks.try(t.Context(), client, "key", 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	work, stop := lock.KeepAlive(t.Context())
	defer stop()
	lose()
	select {
	case <-work.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the work went on")
	}
	if !errors.Is(context.Cause(work), locks.lost) {
		t.Errorf("the work ended with %v", context.Cause(work))
	}
}

func TestWaitingForALockEndsWithItsContext(t *testing.T) {
	client, _ := dial(t)
	for name, locks := range lockers {
		if _, err := locks.try(t.Context(), client, name, time.Minute); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := locks.wait(ctx, client, name, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: waiting for a lock that is held gave %v", name, err)
		}
		cancel()
	}
}

func TestARestartedServerThatForgotTheScriptsIsNoError(t *testing.T) {
	client, _ := dial(t)
	lock, err := patterns.TryLock(t.Context(), client, "key", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	do(t, client, "SCRIPT", "FLUSH")
	if err := lock.Renew(t.Context(), time.Minute); err != nil {
		t.Error(err)
	}
	do(t, client, "SCRIPT", "FLUSH")
	if err := lock.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALockThatCannotBeFencedIsNotTaken(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "SET", "{key}:fence", "no number")
	if _, err := patterns.TryLock(t.Context(), client, "key", time.Minute); err == nil || errors.Is(err, patterns.ErrLocked) {
		t.Errorf("a counter that is none gave %v", err)
	}
	for _, key := range []string{"", "a}b", "a{}b"} {
		if _, err := patterns.TryLock(t.Context(), client, key, time.Minute); err == nil {
			t.Errorf("the name %q was taken", key)
		}
	}
	if _, err := patterns.TryLock(t.Context(), client, "short", time.Millisecond-1); err == nil || !strings.Contains(err.Error(), "999.999µs") {
		t.Errorf("a time to live below a millisecond gave %v", err)
	}
	if n, _ := do(t, client, "DBSIZE").AsInt64(); n != 1 {
		t.Errorf("%d keys are left, want the counter alone", n)
	}
}

func TestALockAndItsCounterShareASlotOfACluster(t *testing.T) {
	client, _ := dialCluster(t)
	for key, counter := range map[string]string{
		"plain": "{plain}:fence", "{user:1}:lock": "{user:1}:lock:fence", "a{b": "{a{b}:fence", "x{}{y}": "", "}{tag}": "}{tag}:fence",
	} {
		lock, err := patterns.TryLock(t.Context(), client, key, time.Minute)
		if counter == "" {
			if err == nil {
				t.Errorf("the name %q was taken", key)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", key, err)
			continue
		}
		if n, err := do(t, client, "GET", counter).AsInt64(); n != 1 || err != nil {
			t.Errorf("the counter of %q is %d, %v", key, n, err)
		}
		if err := lock.Release(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
