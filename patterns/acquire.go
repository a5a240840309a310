package patterns

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// Acquire sets key to token, to expire after ttl, if there is no such key, and
// reports whether it did. The token says whose lock it is: make a new one for
// every call, such as crypto/rand.Text. The ttl counts in whole milliseconds;
// less than one is an error of the server.
//
// It takes one command and one round trip. Lock and expiry are set as one, so a
// client that dies at any moment holds the lock for ttl at most. After an error
// other than the server's own the lock may have been taken: give it back by its
// token, or wait for ttl. [TryLock] does the same with a way to give back and a
// fencing token.
func Acquire(ctx context.Context, client rueidis.Client, key, token string, ttl time.Duration) (bool, error) {
	set := client.B().Set().Key(key).Value(token).Nx().Px(ttl).Build()
	err := client.Do(ctx, set).Error()
	if rueidis.IsRedisNil(err) {
		return false, nil
	}
	return err == nil, err
}
