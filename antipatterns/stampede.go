package antipatterns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

var (
	// ErrNotFound is what a load returns, wrapped or not, when there is nothing
	// under the key. That answer is kept as a value is.
	ErrNotFound = errors.New("not found")
	// ErrLoading is never returned: nobody waits for another's load.
	ErrLoading = errors.New("another caller is still loading this key")
)

// LoaderConfig says how long a Loader keeps; zero means the default. Redis
// counts milliseconds, and less than one is taken as one.
type LoaderConfig struct {
	TTL         time.Duration // of a value; default 1 min
	NegativeTTL time.Duration // of the answer that there is nothing; default TTL/10
	LockTTL     time.Duration // not used: there is no lock
	Patience    time.Duration // not used: nobody waits
	Backoff     time.Duration // not used
}

// A Loader reads values from Redis and loads those that are missing from a
// backend. It is safe for concurrent use.
//
// Each entry is the value behind one byte that tells it from "nothing there",
// so a key is for loaders alone.
type Loader struct {
	client rueidis.Client
	config LoaderConfig
}

// NewLoader returns a Loader over client, which stays the caller's to close.
func NewLoader(client rueidis.Client, config LoaderConfig) *Loader {
	config.TTL = cmp.Or(config.TTL, time.Minute)
	config.NegativeTTL = cmp.Or(config.NegativeTTL, config.TTL/10)
	return &Loader{client: client, config: config}
}

// Get returns the value of key, or [ErrNotFound]. A hit takes one round trip, a
// miss takes two and the load.
//
// What is wrong: every caller that comes between the expiry and the first
// finished load finds nothing and loads too. A key that is read λ times a
// second and takes Δ to load is loaded about λ·(Δ+R) times at every expiry (R
// is the round trip) instead of once, all at the same moment; where the backend
// is slower the more it has to do, Δ grows, and so does the crowd. The last of
// them to finish also overwrites a newer value with an older one. No harm is
// done where λ·Δ is well below 1: then a lock costs a round trip and gains
// nothing.
//
// An error of load goes to its caller, and nothing is kept. An error of Redis
// is returned and load is not called, since without the cache every caller
// would; one that comes after the load is returned together with the value.
func (l *Loader) Get(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	entry, err := l.client.Do(ctx, l.client.B().Get().Key(key).Build()).ToString()
	if !rueidis.IsRedisNil(err) {
		return decodeEntry(entry, err)
	}
	return l.load(ctx, key, load)
}

// load runs the caller's load.
func (l *Loader) load(ctx context.Context, key string, load func(context.Context) (string, error)) (string, error) {
	value, err := load(ctx)
	switch {
	case err == nil:
		err = l.keep(ctx, key, entryFound+value, l.config.TTL)
	case errors.Is(err, ErrNotFound):
		if failed := l.keep(ctx, key, entryNothing, l.config.NegativeTTL); failed != nil {
			err = errors.Join(err, failed)
		}
	}
	return value, err
}

// keep stores the entry.
func (l *Loader) keep(ctx context.Context, key, entry string, ttl time.Duration) error {
	err := l.client.Do(ctx, l.client.B().Set().Key(key).Value(entry).PxMilliseconds(max(1, ttl.Milliseconds())).Build()).Error()
	if err != nil {
		return fmt.Errorf("cannot keep what was loaded for %q: %w", key, err)
	}
	return nil
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
