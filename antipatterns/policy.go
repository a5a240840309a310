package antipatterns

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

// MemoryPolicy returns the settings of a server that may use maxmemory bytes
// and refuses writes when they are used up.
//
// What is wrong: a cache fills up, that is its nature. Under noeviction, which
// is Redis's default, a full one refuses every write, with OOM, until keys
// expire or somebody deletes some; meanwhile each miss is loaded again and
// again. No harm is done, on the contrary, where keys are queues, locks or
// records: eviction would lose them in silence.
func MemoryPolicy(maxmemory int64) ([]MemorySetting, error) {
	if maxmemory <= 0 {
		return nil, fmt.Errorf("memory policy: maxmemory is %d, want bytes above 0: "+
			"without a limit nothing is ever evicted", maxmemory)
	}
	return []MemorySetting{
		{"maxmemory", strconv.FormatInt(maxmemory, 10)},
		{"maxmemory-policy", "noeviction"},
	}, nil
}

// ApplyMemoryPolicy sets MemoryPolicy on every node that the client knows, by
// one CONFIG SET each, which takes all settings or none (Redis 7.0 and later).
// It lasts until a restart: redis.conf must say the same. A server that holds
// more than maxmemory refuses writes at once.
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
