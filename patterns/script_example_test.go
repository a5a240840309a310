package patterns_test

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// What a program does with a script: one Script for the program's life, loaded
// at the start, run with keys and arguments.
func ExampleScript() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		reserve := patterns.NewScript(`
			local left = tonumber(redis.call('GET', KEYS[1]) or '0')
			if left < tonumber(ARGV[1]) then return -1 end
			return redis.call('DECRBY', KEYS[1], ARGV[1])`)
		if err := reserve.Load(ctx, client); err != nil {
			fmt.Println("Run will load it:", err)
		}
		if err := client.Do(ctx, client.B().Set().Key("seats").Value("5").Build()).Error(); err != nil {
			return err
		}
		for range 2 {
			left, err := reserve.Run(ctx, client, []string{"seats"}, []string{"3"}).AsInt64()
			if err != nil {
				return err
			}
			fmt.Println(left)
		}
		return nil
	})
	// Output:
	// 2
	// -1
}

// Where the order of calls matters, or all of them must run at one moment, they
// are the arguments of one call.
func ExampleRunAll_order() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		write := patterns.NewScript(`
			for _, line in ipairs(ARGV) do redis.call('APPEND', KEYS[1], line) end
			return redis.call('GET', KEYS[1])`)
		text, err := write.Run(ctx, client, []string{"log"}, []string{"first ", "second ", "third"}).ToString()
		fmt.Println(text)
		return err
	})
	// Output: first second third
}

// A pipeline of several scripts takes one round trip, and a second one on a
// server that has none of them.
func ExampleRunAll() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		double := patterns.NewScript(`return 2 * ARGV[1]`)
		square := patterns.NewScript(`return ARGV[1] * ARGV[1]`)
		results := patterns.RunAll(ctx, client, []patterns.Call{
			{Script: double, Args: []string{"7"}},
			{Script: square, Args: []string{"7"}},
		})
		for _, result := range results {
			fmt.Println(result.AsInt64())
		}
		return nil
	})
	// Output:
	// 14 <nil>
	// 49 <nil>
}

// Keys and numbers are arguments, so that the server keeps one script.
func ExampleAddCapped() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		for range 3 {
			fmt.Println(patterns.AddCapped(ctx, client, "points", 40, 100))
		}
		return nil
	})
	// Output:
	// 40 <nil>
	// 80 <nil>
	// 100 <nil>
}
