package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// However many callers miss at once, one of them asks the database; that there
// is nothing is an answer, and kept as well.
func ExampleLoader_Get() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		users := patterns.NewLoader(client, patterns.LoaderConfig{TTL: time.Minute, LockTTL: 2 * time.Second})
		for range 2 {
			name, err := users.Get(ctx, "user:{42}", func(context.Context) (string, error) {
				fmt.Println("asking the database")
				return "", fmt.Errorf("user 42: %w", patterns.ErrNotFound)
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
		return nil
	})
	// Output:
	// asking the database
	// nobody of that number
	// nobody of that number
}
