package patterns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

var (
	// ErrConflict says that no command of a transaction ran, because a key that
	// its connection watched had changed: read again and try again.
	ErrConflict = errors.New("transaction not run: a watched key has changed")
	// ErrRejected says that no command of a transaction ran, because the server
	// would not take one of them: a wrong number of arguments, a missing right,
	// no memory. Trying the same again is of no use.
	ErrRejected = errors.New("transaction not run: the server refused a command")
)

// Transact runs commands as one: other clients see the data from before the
// first or from after the last, never the middle. It returns their results in
// the same order, one for each command, each with its own error.
//
// Atomic does not mean that anything is rolled back. A command that fails as it
// runs, such as INCR of a text, fails alone; those before and after it count.
// Only a transaction that never began leaves no trace: with [ErrConflict] and
// [ErrRejected] nothing has run. With any other error all commands ran or none
// did, and the caller cannot know which.
//
// It takes one round trip, since MULTI, the commands and EXEC leave as one
// pipeline. It is there for its atomicity, not for speed: the server answers
// every command twice (QUEUED, then its result), and while EXEC runs everybody
// waits for all of them, where a pipeline lets others in between. In a cluster
// all keys must have the same slot. To be told of a [ErrConflict], read under
// WATCH and call Transact on the same dedicated client. The commands must not
// be MULTI, EXEC, DISCARD or WATCH themselves. It is safe for concurrent use as
// far as client is.
func Transact(ctx context.Context, client rueidis.CommandClient, commands []rueidis.Completed) ([]rueidis.RedisResult, error) {
	b := client.B()
	block := slices.Concat([]rueidis.Completed{b.Multi().Build()}, commands, []rueidis.Completed{b.Exec().Build()})
	answers := client.DoMulti(ctx, block...)
	if err := answers[0].Error(); isRefusal(err) {
		// Without MULTI each command ran as it came: this transaction was none.
		return nil, fmt.Errorf("the server refused MULTI, and the commands may have run one by one: %w", err)
	}
	values, err := answers[len(answers)-1].ToArray()
	if err != nil {
		return nil, whyNot(err, answers)
	}
	results := make([]rueidis.RedisResult, len(values))
	for i, value := range values {
		results[i] = rueidis.NewResult(value, nil)
	}
	return results, nil
}

// whyNot turns EXEC's error into what it means.
func whyNot(exec error, answers []rueidis.RedisResult) error {
	if rueidis.IsRedisNil(exec) {
		return ErrConflict
	}
	if !isRefusal(exec) || !strings.HasPrefix(exec.Error(), "EXECABORT") {
		return exec
	}
	for _, answer := range answers {
		if err := answer.Error(); err != nil {
			return fmt.Errorf("%w: %w", ErrRejected, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrRejected, exec)
}

// isRefusal tells an answer of the server from a lost connection.
func isRefusal(err error) bool {
	_, ok := rueidis.IsRedisErr(err)
	return ok
}
