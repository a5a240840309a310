package bench

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// unlink removes keys by name and returns how many there were, and of how many names
// that is sure.
func unlink(ctx context.Context, client rueidis.Client, keys iter.Seq[string], tell func(done int)) (removed int64, done int, err error) {
	if client.Mode() == rueidis.ClientModeCluster {
		return unlinkSlots(ctx, client, keys, tell)
	}
	var found atomic.Int64
	done, err = stream(ctx, keys, func(ctx context.Context, batch []string) error {
		n, err := client.Do(ctx, client.B().Unlink().Key(batch...).Build()).AsInt64()
		if err != nil {
			return notRemoved(err)
		}
		found.Add(n)
		return nil
	}, tell)
	return found.Load(), done, err
}

func notRemoved(err error) error {
	return fmt.Errorf("%w: remove the run's keys: %w; they expire by themselves within %s", ErrEnvironment, err, lifetime)
}

// unlinkSlots is unlink on a cluster. If a node does not remove its own keys, it goes
// on with those of the others for as long as an answer may take, and returns the
// first error.
func unlinkSlots(ctx context.Context, client rueidis.Client, keys iter.Seq[string], tell func(done int)) (removed int64, done int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var found, gone atomic.Int64
	var once sync.Once
	var first error
	_, err = stream(ctx, bySlot(client, keys), func(ctx context.Context, batch [][]string) error {
		for i, result := range client.DoMulti(ctx, unlinks(client, batch)...) {
			n, err := result.AsInt64()
			if err == nil {
				found.Add(n)
				gone.Add(int64(len(batch[i])))
				continue
			}
			once.Do(func() {
				first = notRemoved(err)
				time.AfterFunc(answerPatience, func() { cancel(first) })
			})
		}
		return nil
	}, func(int) { tell(int(gone.Load())) })
	return found.Load(), int(gone.Load()), cmp.Or(first, err)
}

func unlinks(client rueidis.Client, groups [][]string) rueidis.Commands {
	all := make(rueidis.Commands, len(groups))
	for i, names := range groups {
		all[i] = client.B().Unlink().Key(names...).Build()
	}
	return all
}

// gathered is how many names are put in order at a time: sixteen to a slot.
const gathered = 1 << 18

// bySlot yields names in groups that share a slot, so that one command removes
// them: ten million commands of a name each take as long as all else together.
func bySlot(client rueidis.Client, names iter.Seq[string]) iter.Seq[[]string] {
	some := client.B().Ping().Build().Pin()
	return func(yield func([]string) bool) {
		groups, n := map[uint16][]string{}, 0
		hand := func() bool {
			for _, group := range groups {
				if !yield(group) {
					return false
				}
			}
			clear(groups)
			n = 0
			return true
		}
		for name := range names {
			at := some.SetSlot(name)
			slot := at.Slot()
			groups[slot] = append(groups[slot], name)
			if n++; n == gathered && !hand() {
				return
			}
		}
		hand()
	}
}
