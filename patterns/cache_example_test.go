package patterns_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// The second reader finds what the first one loaded.
func ExampleCache() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		cache, err := patterns.NewCache(client, patterns.CacheConfig{
			TTL:     10 * time.Minute,
			Jitter:  0.2,
			OnError: func(key string, err error) { log.Printf("cache of %s: %v", key, err) },
		})
		if err != nil {
			return err
		}
		for range 2 {
			price, err := cache.Get(ctx, "price:42", func(context.Context) (string, error) {
				fmt.Println("asking the database")
				return "19.90", nil
			})
			fmt.Println(price, err)
		}
		return nil
	})
	// Output:
	// asking the database
	// 19.90 <nil>
	// 19.90 <nil>
}

func ExampleMemoryPolicy() {
	settings, err := patterns.MemoryPolicy(2 << 30)
	if err != nil {
		log.Print(err)
		return
	}
	for _, line := range settings {
		fmt.Println(line)
	}
	// Output:
	// maxmemory 2147483648
	// maxmemory-policy allkeys-lfu
}
