package antipatterns

import (
	"context"
	"errors"

	"github.com/redis/rueidis"
)

var (
	// ErrConflict is never returned: without EXEC nobody looks whether a
	// watched key has changed.
	ErrConflict = errors.New("transaction not run: a watched key has changed")
	// ErrRejected is never returned: when the server refuses a command, those
	// before it have run, and those after it will.
	ErrRejected = errors.New("transaction not run: the server refused a command")
)

// Transact runs commands one after the other and returns their results in the
// same order, one for each command, each with its own error.
//
// What is wrong: there is no MULTI, so each command is a step of its own. Other
// clients see the middle, where the money has left one account and not reached
// the other, and write into it. A program that dies, a lost connection or a
// refused command in the middle leaves half of the work done. WATCH has no
// effect. It also takes a round trip for every command, which a pipeline would
// cure, though not the rest: the server may turn to other clients within a
// pipeline, too. No harm is done where the commands have nothing to do with
// each other, or where nobody else uses the keys and a half-done job is simply
// done again.
func Transact(ctx context.Context, client rueidis.CommandClient, commands []rueidis.Completed) ([]rueidis.RedisResult, error) {
	results := make([]rueidis.RedisResult, 0, len(commands))
	for _, command := range commands {
		result := client.Do(ctx, command)
		if err := result.NonRedisError(); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}
