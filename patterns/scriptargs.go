package patterns

import (
	"context"
	"strconv"

	"github.com/redis/rueidis"
)

// addCapped has no values in its body: what differs between calls comes as
// KEYS and ARGV, so that one script serves all of them.
var addCapped = NewScript(`
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if sum > tonumber(ARGV[2]) then
  sum = tonumber(ARGV[2])
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
return sum`)

// AddCapped adds n to the counter at key, but no further than to limit, and
// returns what the counter then holds. A key that is missing counts as 0, and
// one that has a time to live keeps it. The sum is a Lua number: beyond 2^53 it
// is no longer exact.
//
// It takes one round trip. The server compiles the script once and keeps it,
// however many keys and numbers it is called with; a key may hold any bytes,
// quotes included; and a cluster knows from KEYS which node to ask.
func AddCapped(ctx context.Context, client rueidis.Client, key string, n, limit int64) (int64, error) {
	args := []string{strconv.FormatInt(n, 10), strconv.FormatInt(limit, 10)}
	return addCapped.Run(ctx, client, []string{key}, args).AsInt64()
}
