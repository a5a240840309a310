package antipatterns

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// A HotKey is a value that is read far more often than others. It is safe for
// concurrent use.
type HotKey struct {
	client rueidis.Client
	key    string
}

// NewHotKey takes the key as it is: there is one copy, whatever shards says, and
// so nothing to choose.
func NewHotKey(client rueidis.Client, key string, _ int, _ Chooser) (*HotKey, error) {
	return &HotKey{client: client, key: key}, nil
}

// Keys returns the name of the key.
func (h *HotKey) Keys() []string { return []string{h.key} }

// Get reads the key, in one round trip. A key that is not there is a nil of
// Redis; see [rueidis.IsRedisNil].
//
// What is wrong: a key lies on one node, so that node's one thread and its
// network serve every reader of it while the others are idle, and all other keys
// of that node wait behind it. More nodes do not help. No harm is done on a
// single server, which has one thread for all keys anyway, and as long as the
// node can bear it.
func (h *HotKey) Get(ctx context.Context) (string, error) {
	return h.client.Do(ctx, h.client.B().Get().Key(h.key).Build()).ToString()
}

// Set writes the key, with one command and in one round trip. It lives for ttl,
// in milliseconds and at least one; 0 means for ever. That all readers see the new value
// at the same moment is what one copy is better at.
func (h *HotKey) Set(ctx context.Context, value string, ttl time.Duration) error {
	set := h.client.B().Set().Key(h.key).Value(value)
	if ttl == 0 {
		return h.client.Do(ctx, set.Build()).Error()
	}
	return h.client.Do(ctx, set.Px(ttl).Build()).Error()
}
