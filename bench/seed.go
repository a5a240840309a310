package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

const (
	// populateAbove is the number of keys from which on our own server makes
	// them up itself: a million in about a second.
	populateAbove = 100_000
	seedBatch     = 500 // commands of one pipeline
)

// seed puts a scenario's keys in place, and the bystander's. On a server that
// is not ours every key expires by itself.
func seed(ctx context.Context, client rueidis.Client, data Data, prefix string, own bool) error {
	if own && data.Keys > populateAbove {
		populate := client.B().Arbitrary("DEBUG", "POPULATE").Args(strconv.Itoa(data.Keys), prefix).Build()
		if err := client.Do(ctx, populate).Error(); err != nil {
			return fmt.Errorf("%w: seed %d keys: %w", ErrEnvironment, data.Keys, err)
		}
		data.Keys = 0
	}
	var expiry []string
	if !own {
		expiry = []string{"EX", strconv.Itoa(int(KeyTTL.Seconds()))}
	}
	set := func(key, value string) rueidis.Completed {
		return client.B().Arbitrary("SET").Keys(key).Args(value).Args(expiry...).Build()
	}
	return inBatches(ctx, client, data.Keys+1, func(i int) rueidis.Completed {
		if i == data.Keys {
			return set(bystanderKey(prefix), bystanderValue)
		}
		return set(dataKey(prefix, i), data.Value(i))
	})
}

// unseed removes by name what seed put in place.
func unseed(ctx context.Context, client rueidis.Client, data Data, prefix string) error {
	return inBatches(ctx, client, data.Keys+1, func(i int) rueidis.Completed {
		if i == data.Keys {
			return client.B().Unlink().Key(bystanderKey(prefix)).Build()
		}
		return client.B().Unlink().Key(dataKey(prefix, i)).Build()
	})
}

// inBatches sends n commands, seedBatch to a pipeline.
func inBatches(ctx context.Context, client rueidis.Client, n int, command func(int) rueidis.Completed) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for first := 0; first < n; first += seedBatch {
		batch := make([]rueidis.Completed, 0, seedBatch)
		for i := first; i < min(first+seedBatch, n); i++ {
			batch = append(batch, command(i))
		}
		for _, result := range client.DoMulti(ctx, batch...) {
			if err := result.Error(); err != nil {
				return fmt.Errorf("%w: write or remove the scenario's keys: %w", ErrEnvironment, err)
			}
		}
	}
	return nil
}

func dataKey(prefix string, i int) string { return prefix + ":" + strconv.Itoa(i) }
