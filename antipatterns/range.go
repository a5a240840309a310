package antipatterns

import (
	"context"
	"iter"

	"github.com/redis/rueidis"
)

// Members yields the members of a sorted set with their scores, in the order of
// the set: by score, and by name among equal scores, as they were at one
// moment.
//
// What is wrong: ZRANGE 0 -1 walks the whole set in one go, on the thread that
// runs everybody's commands, so all other clients wait: about a fifth of a second
// for a million members (some 0.2 µs each on Redis 7.0 and one 2020s server core,
// by redisduel's range scenario). Nothing bounds it: the set grows with the business,
// this line stays. The server holds the whole answer in memory, some 20 bytes
// and a name for each member, and so does the client; where output buffers are
// limited, a slow client is cut off. A caller that wants the first ten pays for
// all. No harm is done with a set that is known to stay below some thousand
// members, or where one moment's view is what is asked for; there it takes one
// round trip instead of M/1,000.
func Members(ctx context.Context, client rueidis.Client, key string) iter.Seq2[rueidis.ZScore, error] {
	return func(yield func(rueidis.ZScore, error) bool) {
		members, err := client.Do(ctx, client.B().Zrange().Key(key).Min("0").Max("-1").Withscores().Build()).AsZScores()
		if err != nil {
			yield(rueidis.ZScore{}, err)
			return
		}
		for _, member := range members {
			if !yield(member, nil) {
				return
			}
		}
	}
}
