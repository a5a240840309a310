package patterns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// A HotKey is a value that is read far more often than one node of a cluster
// can bear, and so is kept as several copies on different nodes. It is safe for
// concurrent use.
//
// A cluster is what it takes: Redis runs commands on one thread, so on a single
// server the copies share that thread and gain nothing. Nor is a hash of the key
// itself a way to choose a copy, since it is the same for every caller. Where a
// value may be some moments old, a client-side cache (rueidis's DoCache) saves
// the reads altogether, and is worth trying first.
type HotKey struct {
	client rueidis.Client
	copies []string
	choose Chooser
}

// NewHotKey names the copies of key, as [Shards] does: as many as the cluster
// has nodes, or a multiple. Every program that uses the key must name the same
// number. A nil choose means [RoundRobin]. It sends nothing.
func NewHotKey(client rueidis.Client, key string, shards int, choose Chooser) (*HotKey, error) {
	copies, err := Shards(key, shards)
	if err != nil {
		return nil, err
	}
	if choose == nil {
		choose = RoundRobin()
	}
	return &HotKey{client: client, copies: copies, choose: choose}, nil
}

// Keys returns the names of the copies.
func (h *HotKey) Keys() []string { return slices.Clone(h.copies) }

// Get reads the copy that the chooser picks, in one round trip. A copy that is
// not there is a nil of Redis; see [rueidis.IsRedisNil].
func (h *HotKey) Get(ctx context.Context) (string, error) {
	key := h.copies[h.choose(ctx, len(h.copies))]
	return h.client.Do(ctx, h.client.B().Get().Key(key).Build()).ToString()
}

// Set writes all copies, the nodes at once, which costs as many commands as
// there are copies and one round trip. The copies live for ttl, in
// milliseconds and at least one; 0 means for ever.
//
// Once Set has returned without an error, every Get that begins finds the value.
// Until then some copies are new and some are old: a reader who is served in
// turn may find the new value and then the old one again, whereas one that keeps
// to its copy, by [ByID], never goes back. Two Sets at once may leave copies of
// both, so let one writer do it. After an error the copies that it does not name
// are new and the others are old or new; calling Set again mends that.
func (h *HotKey) Set(ctx context.Context, value string, ttl time.Duration) error {
	commands := make([]rueidis.Completed, len(h.copies))
	for i, key := range h.copies {
		commands[i] = h.write(key, value, ttl)
	}
	var errs []error
	for i, result := range h.client.DoMulti(ctx, commands...) {
		if err := result.Error(); err != nil {
			errs = append(errs, fmt.Errorf("write the copy %q: %w", h.copies[i], err))
		}
	}
	return errors.Join(errs...)
}

func (h *HotKey) write(key, value string, ttl time.Duration) rueidis.Completed {
	set := h.client.B().Set().Key(key).Value(value)
	if ttl == 0 {
		return set.Build()
	}
	return set.Px(ttl).Build()
}
