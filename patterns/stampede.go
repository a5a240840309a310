package patterns

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

var (
	// ErrNotFound is what a load returns, wrapped or not, when there is nothing
	// under the key. That answer is kept as a value is.
	ErrNotFound = errors.New("not found")
	// ErrLoading is what Get returns when its patience ends while another
	// caller still holds the load.
	ErrLoading = errors.New("another caller is still loading this key")
)

// LoaderConfig says how long a Loader keeps and waits; zero means the default.
// Redis counts milliseconds, and less than one is taken as one.
type LoaderConfig struct {
	TTL         time.Duration // of a value; default 1 min
	NegativeTTL time.Duration // of the answer that there is nothing; default TTL/10
	LockTTL     time.Duration // what the others wait for a caller that died; longer than the slowest load; default 10 s
	Patience    time.Duration // of a caller that waits for another's load; default 2·LockTTL, so that it outlives one death
	Backoff     time.Duration // a waiter's first wait, doubled each time up to 16 times itself; default 5 ms
}

// A Loader reads values from Redis and loads those that are missing from a
// backend, one caller at a time for each key, however many ask. It is safe for
// concurrent use; loaders of all processes that share the keys take turns.
//
// Each entry is the value behind one byte that tells it from "nothing there",
// so a key is for loaders alone. The lock of key k is k:lock if k has a hash
// tag and {k}:lock if not, so that both are in one slot of a cluster.
type Loader struct {
	client rueidis.Client
	config LoaderConfig
}

// NewLoader returns a Loader over client, which stays the caller's to close.
func NewLoader(client rueidis.Client, config LoaderConfig) *Loader {
	config.TTL = cmp.Or(config.TTL, time.Minute)
	config.NegativeTTL = cmp.Or(config.NegativeTTL, config.TTL/10)
	config.LockTTL = cmp.Or(config.LockTTL, 10*time.Second)
	config.Patience = cmp.Or(config.Patience, 2*config.LockTTL)
	config.Backoff = cmp.Or(config.Backoff, 5*time.Millisecond)
	return &Loader{client: client, config: config}
}

// Get returns the value of key, or [ErrNotFound]. A hit takes one round trip.
// On a miss the first caller takes the lock (a round trip), loads, and keeps
// the value and releases the lock (another one). The others ask again after
// waits that double, each shortened at random by up to half so that they do not
// come back together. They pay a round trip an attempt, and learn of the value
// up to one wait late. When LoaderConfig.Patience ends they get [ErrLoading]:
// to load all the same would send them all to a backend that is slow already.
//
// An error of load goes to its caller alone: nothing is kept and the next one
// in line loads. A caller that dies with the lock delays the others by at most
// LoaderConfig.LockTTL. A load that takes longer than that returns its value,
// but keeps nothing and leaves the lock to whoever has it by then.
//
// An error of Redis is returned and load is not called, since without the
// cache every caller would; one that comes after the load is returned together
// with the value.
func (l *Loader) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	entry, err := l.client.Do(ctx, l.client.B().Get().Key(key).Build()).ToString()
	if !rueidis.IsRedisNil(err) {
		return decodeEntry(entry, err)
	}
	lock, err := loadLock(key)
	if err != nil {
		return "", err
	}
	patience, cancel := context.WithTimeoutCause(ctx, l.config.Patience, ErrLoading)
	defer cancel()
	token := crand.Text()
	for wait := l.config.Backoff; ; wait = min(2*wait, 16*l.config.Backoff) {
		entry, locked, err := l.getOrLock(ctx, key, lock, token)
		switch {
		case locked:
			return l.load(ctx, key, lock, token, load)
		case !rueidis.IsRedisNil(err):
			return decodeEntry(entry, err)
		}
		if err := pauseOf(patience, wait); err != nil {
			return "", err
		}
	}
}

// getOrLockScript is SET NX PX with the second look that it needs: somebody may
// have kept a value since the first one. As one script, nobody takes the lock
// who has nothing to load.
var getOrLockScript = rueidis.NewLuaScript(`
local entry = redis.call('GET', KEYS[1])
if entry then return entry end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
	then return 1
end
return nil`)

// getOrLock returns the entry if there is one, or takes the lock. If another
// caller has it the error is Redis's nil.
func (l *Loader) getOrLock(ctx context.Context, key, lock, token string) (entry string, locked bool, err error) {
	reply, err := getOrLockScript.Exec(ctx, l.client, []string{key, lock}, []string{token, loaderMillis(l.config.LockTTL)}).ToMessage()
	if err != nil {
		return "", false, err
	}
	if reply.IsInt64() {
		return "", true, nil
	}
	entry, err = reply.ToString()
	return entry, false, err
}

// load runs the caller's load under the lock. Whatever becomes of it, a panic
// included, the lock is released.
func (l *Loader) load(ctx context.Context, key, lock, token string, load func(context.Context) (string, error)) (value string, err error) {
	entry, ttl := "", time.Duration(0)
	defer func() {
		if failed := l.keepAndRelease(ctx, key, lock, token, entry, ttl); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	value, err = load(ctx)
	switch {
	case err == nil:
		entry, ttl = entryFound+value, l.config.TTL
	case errors.Is(err, ErrNotFound):
		entry, ttl = entryNothing, l.config.NegativeTTL
	}
	return value, err
}

// keepAndReleaseScript looks whose lock it is before it writes or deletes: this
// caller may have been away for longer than the lock lived.
var keepAndReleaseScript = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return redis.call('DEL', KEYS[2])`)

// keepAndRelease stores the entry, unless it is empty, and releases the lock, if
// it is still this caller's. It outlives ctx, since others wait for it, but not
// the lock.
func (l *Loader) keepAndRelease(ctx context.Context, key, lock, token, entry string, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.config.LockTTL)
	defer cancel()
	err := keepAndReleaseScript.Exec(ctx, l.client, []string{key, lock}, []string{token, entry, loaderMillis(ttl)}).Error()
	if err != nil {
		return fmt.Errorf("cannot keep what was loaded for %q: %w", key, err)
	}
	return nil
}

// loadLock names the lock of key, in the same slot of a cluster.
func loadLock(key string) (string, error) {
	if _, after, found := strings.Cut(key, "{"); found && strings.Index(after, "}") > 0 {
		return key + ":lock", nil
	}
	if key == "" || strings.Contains(key, "}") {
		return "", fmt.Errorf("no lock can share a slot with the key %q: give it a hash tag", key)
	}
	return "{" + key + "}:lock", nil
}

// pauseOf waits for about d, at least half of it. When ctx ends first it says
// why. Source: Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015), who
// calls this one equal jitter.
func pauseOf(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// The first byte of an entry.
const (
	entryFound   = "+" // the value follows
	entryNothing = "-" // there is none
)

func decodeEntry(entry string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if value, found := strings.CutPrefix(entry, entryFound); found {
		return value, nil
	}
	if entry == entryNothing {
		return "", ErrNotFound
	}
	return "", errors.New("the key holds something that no Loader has written")
}

func loaderMillis(d time.Duration) string {
	return strconv.FormatInt(max(1, d.Milliseconds()), 10)
}
