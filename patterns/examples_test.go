package patterns_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/redis/rueidis"

	"redisduel/bench/redisd"
	"redisduel/patterns"
)

// onServer runs an example with a client of a server that ends with it.
func onServer(example func(context.Context, rueidis.Client) error) {
	withServer(func(ctx context.Context, option rueidis.ClientOption) error {
		client, err := rueidis.NewClient(option)
		if err != nil {
			return err
		}
		defer client.Close()
		return example(ctx, client)
	})
}

// withServer is onServer for an example that makes its clients itself.
func withServer(example func(context.Context, rueidis.ClientOption) error) {
	ctx := context.Background()
	binary, err := redisd.Find(ctx, "")
	if err != nil {
		log.Panic(err)
	}
	server, err := redisd.Start(ctx, binary, redisd.Options{})
	if err != nil {
		log.Panic(err)
	}
	defer func() { _ = server.Close() }() // a server that is thrown away
	option := rueidis.ClientOption{
		InitAddress: []string{server.Addr()}, Password: server.Password(), ForceSingleClient: true, DisableCache: true,
	}
	if err := example(ctx, option); err != nil {
		log.Panic(err)
	}
}

// A command that fails has an error of its own; the others have run.
func ExampleDoAll() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		results := patterns.DoAll(ctx, client, []rueidis.Completed{
			client.B().Set().Key("name").Value("Ann").Build(),
			client.B().Incr().Key("name").Build(),
			client.B().Get().Key("name").Build(),
		})
		for _, result := range results {
			if err := result.Error(); err != nil {
				fmt.Println("error:", err)
			} else {
				fmt.Println(result.ToString())
			}
		}
		return nil
	})
	// Output:
	// OK <nil>
	// error: value is not an integer or out of range
	// Ann <nil>
}

// A scan may name a key twice, so whoever counts remembers what was seen.
func ExampleKeys() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		for i := range 3 {
			if err := client.Do(ctx, client.B().Set().Key(fmt.Sprint("user:", i)).Value("").Build()).Error(); err != nil {
				return err
			}
		}
		seen := map[string]bool{}
		for key, err := range patterns.Keys(ctx, client, "user:*") {
			if err != nil {
				return err
			}
			seen[key] = true
		}
		fmt.Println(len(seen), "users")
		return nil
	})
	// Output: 3 users
}

// The loop ends where it has seen enough; later pages are never asked for.
func ExampleMembers() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		add := client.B().Zadd().Key("scores").ScoreMember().ScoreMember(3, "Cleo").ScoreMember(1, "Ann").ScoreMember(2, "Bob").Build()
		if err := client.Do(ctx, add).Error(); err != nil {
			return err
		}
		for member, err := range patterns.Members(ctx, client, "scores") {
			if err != nil {
				return err
			}
			fmt.Println(member.Member, member.Score)
			if member.Score >= 2 {
				break
			}
		}
		return nil
	})
	// Output:
	// Ann 1
	// Bob 2
}

// Adds go to the parts in turn; who asks for the sum pays for all of them.
func ExampleCounter() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		likes, err := patterns.NewCounter(client, "likes", 3, patterns.RoundRobin())
		if err != nil {
			return err
		}
		for range 10 {
			if err := likes.Add(ctx, 1); err != nil {
				return err
			}
		}
		sum, err := likes.Sum(ctx)
		fmt.Println(sum, "likes in", len(slices.Compact(likes.Keys())), "parts")
		return err
	})
	// Output: 10 likes in 3 parts
}

// Every copy is written, and any one of them is read.
func ExampleHotKey() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		page, err := patterns.NewHotKey(client, "front-page", 3, nil)
		if err != nil {
			return err
		}
		if err := page.Set(ctx, "<h1>News</h1>", 0); err != nil {
			return err
		}
		html, err := page.Get(ctx)
		fmt.Println(html)
		return err
	})
	// Output: <h1>News</h1>
}
