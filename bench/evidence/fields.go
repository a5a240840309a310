package evidence

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/redis/rueidis"
)

// Fields asks one node for numbers of INFO's default sections, such as
// used_memory or evicted_keys, or of an error's count, such as errorstat_OOM,
// with one command. What the server does not state, or states as something else
// than a number, is left out: so is the count of an error before the first.
func Fields(ctx context.Context, client rueidis.Client, names ...string) (map[string]float64, error) {
	numbers, _, err := Sampled(ctx, client, names...)
	return numbers, err
}

// Sampled is Fields for whoever asks while something is measured: its share is the
// bytes that asking took, which Control does not know of.
func Sampled(ctx context.Context, client rueidis.Client, names ...string) (numbers map[string]float64, share Delta, err error) {
	text, err := client.Do(ctx, client.B().Info().Section("default").Build()).ToString()
	if err != nil {
		return nil, share, fmt.Errorf("evidence: no answer to INFO: %w", err)
	}
	share.BytesIn = int64(len("*2\r\n$4\r\nINFO\r\n$7\r\ndefault\r\n"))
	share.BytesOut = int64(len(fmt.Sprintf("=%d\r\n%s\r\n", len(text), text))) // with the "txt:" that RESP3 begins it with
	stated := parseInfo(text)
	numbers = make(map[string]float64, len(names))
	for _, name := range names {
		if count, ok := stated.stats[name]; ok {
			numbers[name] = float64(count)
		} else if n, ok := finite(stated.fields[name]); ok {
			numbers[name] = n
		}
	}
	return numbers, share, nil
}

func finite(text string) (n float64, ok bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}
