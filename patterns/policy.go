package patterns

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"
)

// A MemorySetting is a line of redis.conf and an argument pair of CONFIG SET.
type MemorySetting struct{ Name, Value string }

// String is the setting as redis.conf has it.
func (s MemorySetting) String() string { return s.Name + " " + s.Value }

// MemoryPolicy returns the settings of a server that is a cache and may use
// maxmemory bytes: when they are used up, a write pushes out the keys that are
// read least, whether or not they have a TTL, and is not refused.
//
// Not for queues, locks or records: eviction takes those away without a word
// to anyone. They belong on a server of their own under noeviction, which
// refuses the write, so that somebody hears of it. The volatile policies are no
// way out for a server that holds both: they evict any key with a TTL, and a
// lock has one.
//
// The process takes more than maxmemory: client buffers up to their own limits,
// fragmentation, and copied pages while it saves. Leave it half as much again.
// LFU's own settings stay at their defaults: a key's counter is full at about a
// million reads (lfu-log-factor 10) and falls by one in each minute without any
// (lfu-decay-time 1), so a new favourite takes minutes to pass an old one, and
// newcomers are the first to go. Where most keys are in demand for a short time
// only, allkeys-lru keeps more of what is asked for next.
func MemoryPolicy(maxmemory int64) ([]MemorySetting, error) {
	if maxmemory <= 0 {
		return nil, fmt.Errorf("memory policy: maxmemory is %d, want bytes above 0: "+
			"without a limit nothing is ever evicted", maxmemory)
	}
	return []MemorySetting{
		{"maxmemory", strconv.FormatInt(maxmemory, 10)},
		{"maxmemory-policy", "allkeys-lfu"},
	}, nil
}

// ApplyMemoryPolicy sets MemoryPolicy on every node that the client knows, by
// one CONFIG SET each, which takes all settings or none (Redis 7.0 and later).
// It lasts until a restart: redis.conf must say the same. A server that holds
// more than maxmemory evicts the surplus at once.
func ApplyMemoryPolicy(ctx context.Context, client rueidis.Client, maxmemory int64) error {
	settings, err := MemoryPolicy(maxmemory)
	if err != nil {
		return err
	}
	words := []string{"CONFIG", "SET"}
	for _, s := range settings {
		words = append(words, s.Name, s.Value)
	}
	for address, node := range client.Nodes() {
		if err := node.Do(ctx, node.B().Arbitrary(words...).Build()).Error(); err != nil {
			return fmt.Errorf("memory policy of %s: %w", address, err)
		}
	}
	return nil
}
