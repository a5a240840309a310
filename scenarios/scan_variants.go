package scenarios

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// The scan scenario's variants.
const (
	tinyScan = "SCAN COUNT 10, its first 200 pages"
	indexSet = "an index kept by the writer"
)

const (
	tinyCount = 10  // keys of a page, the server's default
	tinyPages = 200 // of which a million keys take 100,000, a minute and a half at 1 ms
	// indexes is the number of sets that the writer has kept: more than there
	// are ops in a trial of a few seconds.
	indexes = 16
)

func scanVariants() []bench.Variant {
	return []bench.Variant{
		{Name: tinyScan, About: "SCAN as it comes, without COUNT: it stalls nobody, and pays a round trip for every ten keys. It is stopped after 2,000 keys; all of them would take N/10 round trips.", Impl: tinyPagesOnly},
		{Name: indexSet, About: "Who writes a key adds its name to a set in the same transaction: often the right answer, since a reader then looks at the names it wants and no others.", Impl: readIndex},
	}
}

// scanVariantChecks prove what each variant is.
func scanVariantChecks() []bench.Check {
	return []bench.Check{
		{Name: "SCAN calls per op", Side: tinyScan, Of: perOp(bench.Calls("scan")), Min: tinyPages, Max: tinyPages},
		// A set is scanned by its table, which may have more places than members.
		{Name: "SSCAN calls per iteration", Side: indexSet, Of: perOp(bench.Calls("sscan")), Min: 1, Max: 3},
		{Name: "SCAN and KEYS calls per iteration", Side: indexSet, Of: perOp(scanOrKeys), Min: 0, Max: 0},
	}
}

// tinyPagesOnly makes an op of a scan by the server's default, cut short.
func tinyPagesOnly(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	env.Peak(lookedAt, tinyCount*tinyPages)
	return func(ctx context.Context, i int) error {
		first, digits, _ := group(env.Data, i)
		match := env.Match(strconv.Itoa(first), digits)
		cursor := uint64(0)
		for page := range tinyPages {
			entry, err := client.Do(ctx, client.B().Scan().Cursor(cursor).Match(match).Count(tinyCount).Build()).AsScanEntry()
			if err != nil {
				return err
			}
			if cursor = entry.Cursor; cursor == 0 {
				return fmt.Errorf("%w: the scan ended after %d pages", load.ErrWrongAnswer, page+1)
			}
		}
		return nil
	}, nil
}

// readIndex makes an op that reads the names of its keys from their index.
func readIndex(ctx context.Context, env *bench.Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, i int) error {
		_, _, want := group(env.Data, i)
		found := make(map[string]struct{}, want)
		for cursor := uint64(0); ; {
			key := env.Name(indexName(i % indexes))
			page, err := client.Do(ctx, client.B().Sscan().Key(key).Cursor(cursor).Count(patterns.ScanCount).Build()).AsScanEntry()
			if err != nil {
				return err
			}
			for _, name := range page.Elements {
				found[name] = struct{}{}
			}
			if cursor = page.Cursor; cursor == 0 {
				return foundAll(len(found), want)
			}
		}
	}, nil
}

func indexName(i int) string { return "index:" + strconv.Itoa(i) }

// indexNames yields the names of all indexes.
func indexNames(yield func(string) bool) {
	for i := range indexes {
		if !yield(indexName(i)) {
			return
		}
	}
}

// writeIndex puts the names that the first ops look for into sets, for the
// variant that reads those.
func writeIndex(ctx context.Context, stage *bench.Stage, side string) error {
	if side != indexSet {
		return nil
	}
	return stage.Do(ctx, func(yield func(rueidis.Completed) bool) {
		b := stage.Client.B()
		for i := range indexes {
			key := stage.Name(indexName(i))
			first, _, size := group(stage.Data, i)
			names := make([]string, size)
			for n := range names {
				names[n] = stage.Key(first*size + n)
			}
			add := b.Sadd().Key(key).Member(names...).Build()
			if !yield(add) || !stage.Own && !yield(b.Expire().Key(key).Seconds(int64(bench.KeyTTL.Seconds())).Build()) {
				return
			}
		}
	})
}
