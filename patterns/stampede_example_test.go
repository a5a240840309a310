package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// However many callers miss at once, one of them asks the database.
func ExampleLoader_Get() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	users := patterns.NewLoader(client, patterns.LoaderConfig{TTL: time.Minute, LockTTL: 2 * time.Second})

	name, err := users.Get(context.Background(), "user:{42}", func(context.Context) (string, error) {
		return "", fmt.Errorf("user 42: %w", patterns.ErrNotFound) // kept as well, for six seconds
	})
	switch {
	case errors.Is(err, patterns.ErrNotFound):
		fmt.Println("nobody of that number")
	case errors.Is(err, patterns.ErrLoading):
		fmt.Println("the database is slow, try again later")
	case err == nil:
		fmt.Println(name)
	}
}
