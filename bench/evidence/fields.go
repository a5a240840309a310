package evidence

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"
)

// Fields asks one node for numbers of INFO's default sections, such as
// used_memory or evicted_keys, or of an error's count, such as errorstat_OOM,
// with one command. What the server does not state, or states as something else
// than a number, is left out: so is the count of an error before the first.
func Fields(ctx context.Context, client rueidis.Client, names ...string) (map[string]float64, error) {
	text, err := client.Do(ctx, client.B().Info().Section("default").Build()).ToString()
	if err != nil {
		return nil, fmt.Errorf("evidence: no answer to INFO: %w", err)
	}
	stated := parseInfo(text)
	numbers := make(map[string]float64, len(names))
	for _, name := range names {
		if count, ok := stated.stats[name]; ok {
			numbers[name] = float64(count)
		} else if n, err := strconv.ParseFloat(stated.fields[name], 64); err == nil {
			numbers[name] = n
		}
	}
	return numbers, nil
}
