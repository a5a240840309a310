package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// A Sample bounds what is asked about single keys: SCAN with a small COUNT and
// MEMORY USAGE for each key, some tens of microseconds of the server's time a
// page. The zero Sample asks nothing.
type Sample struct {
	Keys     int           // at most so many of each node
	Rate     int           // keys a second, at most; 0 is 2,000
	Deadline time.Duration // for the sample of one node; 0 is 5 s
}

// page is the COUNT of a SCAN: what the server does in one go.
const page = 50

// A bigKey is a key of at least bigSize bytes.
type bigKey struct {
	name  string
	bytes int64
}

// sample looks at keys of the client's database, page by page, with a pause
// after each. What the deadline cuts off is no error.
func (l *look) sample(ctx context.Context, client rueidis.Client, s Sample) error {
	if s.Keys <= 0 {
		return nil
	}
	pause := time.NewTicker(page * time.Second / time.Duration(cmp.Or(s.Rate, 2000)))
	defer pause.Stop()
	limit, cancel := context.WithTimeout(ctx, cmp.Or(s.Deadline, 5*time.Second))
	defer cancel()
	for cursor := uint64(0); l.sampled < s.Keys; {
		entry, err := client.Do(limit, client.B().Scan().Cursor(cursor).Count(page).Build()).AsScanEntry()
		if err == nil {
			err = l.weigh(limit, client, entry.Elements)
		}
		switch {
		case refused(err):
			l.unseen = append(l.unseen, "big keys: the user may not run SCAN and MEMORY USAGE (ACL +scan +memory|usage, and the keys)")
			return nil
		case limit.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("doctor: look at a sample of keys: %w", err)
		}
		if cursor = entry.Cursor; cursor == 0 {
			break
		}
		select {
		case <-pause.C:
		case <-limit.Done():
			return ctx.Err()
		}
	}
	return nil
}

// weigh asks for the size of keys in one pipeline. A key that has gone weighs
// nothing.
func (l *look) weigh(ctx context.Context, client rueidis.Client, keys []string) error {
	questions := make([]rueidis.Completed, len(keys))
	for i, key := range keys {
		questions[i] = client.B().MemoryUsage().Key(key).Build()
	}
	for i, answer := range client.DoMulti(ctx, questions...) {
		size, err := answer.AsInt64()
		if err != nil && !rueidis.IsRedisNil(err) {
			return err
		}
		l.sampled++
		if size >= bigSize {
			l.big = append(l.big, bigKey{keys[i], size})
		}
	}
	slices.SortFunc(l.big, func(a, b bigKey) int { return cmp.Compare(b.bytes, a.bytes) })
	return nil
}
