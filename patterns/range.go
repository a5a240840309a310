package patterns

import (
	"cmp"
	"context"
	"iter"
	"strconv"

	"github.com/redis/rueidis"
)

// RangePage is the number of members by which one call of Members advances. A
// call then holds the server for a fraction of a millisecond (some 0.2 µs a
// member on Redis 7.0 and one 2020s server core, by redisduel's range scenario),
// and its answer takes RangePage times some 20 bytes and a name of the server's
// output buffer.
const RangePage = 1000

// Members yields the members of a sorted set with their scores, in the order of
// the set: by score, and by name among equal scores. It holds one page in
// memory.
//
// It yields no member twice with the same score, and every member that is in
// the set throughout and keeps its score, whatever others add and remove
// meanwhile. A member that comes or goes meanwhile may or may not be yielded;
// one whose score changes may be yielded with its old score, its new one, both
// or not at all. That is less than ZRANGE 0 -1 gives, which sees one moment.
//
// M members take ceil(M/RangePage) round trips, and a few more where others
// remove members that the iteration has passed. A set that grows by more than a
// page a round trip keeps it from ending before ctx does. After an error, which
// is yielded with an empty member, the iteration ends.
func Members(ctx context.Context, client rueidis.Client, key string) iter.Seq2[rueidis.ZScore, error] {
	return func(yield func(rueidis.ZScore, error) bool) {
		for p := (place{back: RangePage}); ; {
			page, err := membersFrom(ctx, client, key, p.start)
			if err != nil {
				yield(rueidis.ZScore{}, err)
				return
			}
			if p.lost(page) {
				p.start, p.back = max(0, p.start-p.back), 2*p.back
				continue
			}
			if !p.yield(page, yield) || len(page) <= RangePage {
				return
			}
			p.start, p.back = p.start+RangePage, RangePage
		}
	}
}

// A place is how far an iteration has come. Ranks move when others write, so it
// trusts what it yielded last and takes a rank for no more than a guess.
type place struct {
	start int            // rank at which the next page begins
	back  int            // ranks to go back when lost
	last  rueidis.ZScore // yielded
	begun bool           // there is a last
}

// lost reports whether a page may leave out members that were not yielded. It
// should begin with the last one yielded, or with one before that if members
// were added. If it begins later, some were removed, and others have moved up
// to where the iteration has been.
func (p *place) lost(page []rueidis.ZScore) bool {
	return p.start > 0 && (len(page) == 0 || !p.passed(page[0]))
}

// passed reports whether the iteration has come to a member or beyond.
func (p *place) passed(member rueidis.ZScore) bool {
	return p.begun && compareMembers(member, p.last) <= 0
}

// yield yields what is new in a page and reports whether to go on.
func (p *place) yield(page []rueidis.ZScore, yield func(rueidis.ZScore, error) bool) bool {
	for _, member := range page {
		if p.passed(member) {
			continue
		}
		if !yield(member, nil) {
			return false
		}
		p.last, p.begun = member, true
	}
	return true
}

// membersFrom returns a page and one more: the member with which the next page
// begins.
func membersFrom(ctx context.Context, client rueidis.Client, key string, start int) ([]rueidis.ZScore, error) {
	first, last := strconv.Itoa(start), strconv.Itoa(start+RangePage)
	return client.Do(ctx, client.B().Zrange().Key(key).Min(first).Max(last).Withscores().Build()).AsZScores()
}

// compareMembers compares members as Redis sorts them.
func compareMembers(a, b rueidis.ZScore) int {
	return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(a.Member, b.Member))
}
