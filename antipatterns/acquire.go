package antipatterns

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// Acquire sets key to token, to expire after ttl, if there is no such key, and
// reports whether it did.
//
// What is wrong: lock and expiry are two commands, and two round trips. A client
// that dies between them, or loses its connection, leaves a lock that never
// expires: nobody gets it again until somebody deletes the key by hand. No harm
// is done while every client lives, and none if both commands go as one, in a
// script or between MULTI and EXEC; but there PEXPIRE needs its option NX, or
// each one who asks in vain prolongs the lock of the one who holds it.
func Acquire(ctx context.Context, client rueidis.Client, key, token string, ttl time.Duration) (bool, error) {
	taken, err := client.Do(ctx, client.B().Setnx().Key(key).Value(token).Build()).AsBool()
	if err != nil || !taken {
		return false, err
	}
	expire := client.B().Pexpire().Key(key).Milliseconds(ttl.Milliseconds()).Build()
	return true, client.Do(ctx, expire).Error()
}
