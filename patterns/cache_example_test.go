package patterns_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

func ExampleCache() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
	if err != nil {
		log.Print(err)
		return
	}
	defer client.Close()
	cache, err := patterns.NewCache(client, patterns.CacheConfig{
		TTL:     10 * time.Minute,
		Jitter:  0.2,
		OnError: func(key string, err error) { log.Printf("cache of %s: %v", key, err) },
	})
	if err != nil {
		log.Print(err)
		return
	}
	price, err := cache.Get(context.Background(), "price:42", func(context.Context) (string, error) {
		return "19.90", nil // from the database
	})
	fmt.Println(price, err)
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
