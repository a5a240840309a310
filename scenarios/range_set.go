package scenarios

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

const (
	ties      = 10    // members that share a score
	addAtOnce = 1_000 // members of one ZADD: a million take about a second
)

// writeSet has key 0 hold a sorted set of so many members, unless it does.
func writeSet(ctx context.Context, stage *bench.Stage, members int) error {
	key, b := stage.Key(0), stage.Client.B()
	n, err := stage.Client.Do(ctx, b.Zcard().Key(key).Build()).AsInt64()
	if err == nil && n == int64(members) {
		return nil
	}
	return stage.Do(ctx, func(yield func(rueidis.Completed) bool) {
		if !yield(b.Unlink().Key(key).Build()) {
			return
		}
		for first := 0; first < members; first += addAtOnce {
			add := b.Zadd().Key(key).ScoreMember()
			for i := first; i < min(first+addAtOnce, members); i++ {
				add = add.ScoreMember(float64(i/ties), memberName(i))
			}
			if !yield(add.Build()) {
				return
			}
			if first == 0 && !stage.Own && !yield(b.Expire().Key(key).Seconds(int64(bench.KeyTTL.Seconds())).Build()) {
				return
			}
		}
	})
}

type membersFunc = func(context.Context, rueidis.Client, string) iter.Seq2[rueidis.ZScore, error]

func memberName(i int) string { return "member:" + strconv.Itoa(10_000_000+i) }

// The range scenario's variants.
const (
	widePages = "pages of 10,000 by rank"
	zscan     = "ZSCAN COUNT 1,000"
	firstPage = "the first 1,000 alone"
)

const widePage = 10_000

func rangeVariants(members int) []bench.Variant {
	return []bench.Variant{
		{Name: widePages, About: "A tenth of the round trips for a stall ten times as long. By plain rank, as many programs do it: members that others add or remove meanwhile shift the ranks, so that some are skipped or come twice.", Impl: readings(members, byRank(widePage, math.MaxInt))},
		{Name: zscan, About: "For those who need every member but no order: what is there throughout is found, if perhaps twice, and memory stays bounded. A page costs the server several times one of ZRANGE, since it hops through the set's hash table.", Impl: zscans(members)},
		{Name: firstPage, About: "What a list of the best needs: one bounded call, whatever the size of the set.", Impl: readings(min(members, patterns.RangePage), byRank(patterns.RangePage, 1))},
	}
}

// rangeVariantChecks prove what each variant is.
func rangeVariantChecks(members int) []bench.Check {
	wide := float64(members/widePage + 1) // it ends with a page that is not full, if need be an empty one
	pages := float64(members) / patterns.RangePage
	return []bench.Check{
		{Name: "ZRANGE calls per reading", Side: widePages, Of: perOp(bench.Calls("zrange")), Min: wide, Max: wide},
		{Name: "ZSCAN calls per reading", Side: zscan, Of: perOp(bench.Calls("zscan")), Min: 0.9 * pages, Max: 1.1*pages + 1},
		{Name: "ZRANGE calls per reading", Side: firstPage, Of: perOp(bench.Calls("zrange")), Min: 1, Max: 1},
	}
}

// byRank yields pages of some size, and no more than so many, without a thought
// of what others write.
func byRank(size, most int) membersFunc {
	return func(ctx context.Context, client rueidis.Client, key string) iter.Seq2[rueidis.ZScore, error] {
		return func(yield func(rueidis.ZScore, error) bool) {
			for page := range most {
				members, err := ranks(ctx, client, key, page*size, (page+1)*size-1)
				if err != nil {
					yield(rueidis.ZScore{}, err)
					return
				}
				for _, member := range members {
					if !yield(member, nil) {
						return
					}
				}
				if len(members) < size {
					return
				}
			}
		}
	}
}

func ranks(ctx context.Context, client rueidis.Client, key string, first, last int) ([]rueidis.ZScore, error) {
	return client.Do(ctx, client.B().Zrange().Key(key).Min(strconv.Itoa(first)).Max(strconv.Itoa(last)).Withscores().Build()).AsZScores()
}

// zscans makes an op that reads the set in no order.
func zscans(members int) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ int) error {
			found := make(map[string]struct{}, members)
			for cursor := uint64(0); ; {
				page, err := client.Do(ctx, client.B().Zscan().Key(env.Key(0)).Cursor(cursor).Count(patterns.RangePage).Build()).AsScanEntry()
				if err != nil {
					return err
				}
				if len(page.Elements)%2 != 0 {
					return fmt.Errorf("%w: %d members and scores", load.ErrWrongAnswer, len(page.Elements))
				}
				for i := 0; i < len(page.Elements); i += 2 {
					found[page.Elements[i]] = struct{}{}
				}
				if cursor = page.Cursor; cursor == 0 {
					return foundAll(len(found), members)
				}
			}
		}, nil
	}
}
