package antipatterns

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"
)

// addCapped is not one script but as many as there are values to paste.
const addCapped = `
local sum = redis.call('INCRBY', '%[1]s', %[2]d)
if sum > %[3]d then
  sum = %[3]d
  redis.call('SET', '%[1]s', %[3]d, 'KEEPTTL')
end
return sum`

// AddCapped adds n to the counter at key, but no further than to limit, and
// returns what the counter then holds.
//
// What is wrong: the values are part of the body, so that every new combination
// of them is a new script, which the server compiles while everybody waits and
// then keeps: up to Redis and Valkey 7.2 all of them until SCRIPT FLUSH or a
// restart, about 1 KB each that eviction cannot free; from Redis 7.4 and Valkey 8.0
// on the last 500, which drives out other programs' scripts. A digest would be of
// no use, since it is new each time as well. A quote in a key ends the text it was
// pasted into, and what follows runs as code. And a cluster cannot see which node
// has the key. No harm is done by values that never change, nor by a script that
// is run by hand.
func AddCapped(ctx context.Context, client rueidis.Client, key string, n, limit int64) (int64, error) {
	body := fmt.Sprintf(addCapped, key, n, limit)
	return client.Do(ctx, client.B().Eval().Script(body).Numkeys(0).Build()).AsInt64()
}
