package antipatterns

import (
	"context"

	"github.com/redis/rueidis"
)

// DoAll runs commands that do not depend on each other and returns their
// results in the same order, one for each command, each with its own error.
//
// What is wrong: it waits for each answer before it sends the next command, so
// N commands take N round trips, and client and server pay a system call each
// way for every one. No harm is done where there are one or two commands, or
// where each depends on the answer to the one before.
func DoAll(ctx context.Context, client rueidis.Client, commands []rueidis.Completed) []rueidis.RedisResult {
	results := make([]rueidis.RedisResult, 0, len(commands))
	for _, command := range commands {
		results = append(results, client.Do(ctx, command))
	}
	return results
}
