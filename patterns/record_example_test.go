package patterns_test

import (
	"context"
	"fmt"
	"log"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// Two programs may do this to the same user at the same time: none undoes what
// the other one changed.
func ExampleRecords() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, users := context.Background(), patterns.NewRecords(client)

	if err := users.Set(ctx, "user:42", map[string]string{"city": "Oslo"}); err != nil {
		log.Fatal(err)
	}
	visits, err := users.Add(ctx, "user:42", "visits", 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("visits so far:", visits)
}
