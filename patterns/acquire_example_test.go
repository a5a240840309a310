package patterns_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// Of those who ask, one gets the lock, with its time to live.
func ExampleAcquire() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		for range 2 {
			fmt.Println(patterns.Acquire(ctx, client, "report:7", rand.Text(), time.Minute))
		}
		left, err := client.Do(ctx, client.B().Ttl().Key("report:7").Build()).AsInt64()
		fmt.Println(left > 50, err)
		return nil
	})
	// Output:
	// true <nil>
	// false <nil>
	// true <nil>
}
