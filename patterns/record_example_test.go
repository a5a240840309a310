package patterns_test

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// Two programs may do this to the same user at the same time: none undoes what
// the other one changed.
func ExampleRecords() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		users := patterns.NewRecords(client)
		if err := users.Set(ctx, "user:42", map[string]string{"city": "Oslo"}); err != nil {
			return err
		}
		visits, err := users.Add(ctx, "user:42", "visits", 1)
		if err != nil {
			return err
		}
		user, err := users.Get(ctx, "user:42")
		fmt.Println("visits so far:", visits, user)
		return err
	})
	// Output: visits so far: 1 map[city:Oslo visits:1]
}
