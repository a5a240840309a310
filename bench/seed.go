package bench

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/quantity"
)

// seed puts the scenario's Data in place, and the bystander's key. On a server
// that is not ours every key expires by itself.
func (s *Stage) seed(ctx context.Context) error {
	data := s.Data
	if s.Own && data.Size == 0 && data.Keys > populateAbove {
		populate := s.Client.B().Arbitrary("DEBUG", "POPULATE").Args(strconv.Itoa(data.Keys), s.prefix).Build()
		if err := s.Client.Do(ctx, populate).Error(); err != nil {
			return fmt.Errorf("%w: seed %d keys: %w", ErrEnvironment, data.Keys, err)
		}
		data.Keys = 0
	}
	if !s.Own { // or the first keys would expire before the last are written
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, KeyTTL, errSlow)
		defer cancel()
	}
	s.began = time.Now()
	_, err := stream(ctx, s.sets(data), func(ctx context.Context, sets []rueidis.Completed) error {
		return sendAll(ctx, s.stream, sets)
	}, func(done int) { s.tell("writing keys", done, data.Keys+1) })
	s.took = time.Since(s.began)
	return err
}

// lifetime is KeyTTL in words.
var lifetime = fmt.Sprintf("%.0f minutes", KeyTTL.Minutes())

var errSlow = fmt.Errorf("%w: the server is so far away or so slow that the first keys expire, after %s, before the last are written; ask for fewer keys or smaller values", ErrEnvironment, lifetime)

// sets are the commands that write the keys of data and the bystander's. They note
// how far that has come.
func (s *Stage) sets(data Data) iter.Seq[rueidis.Completed] {
	n := 0
	set := func(key, value string) rueidis.Completed {
		n++
		s.seeded = max(s.seeded, n)
		return s.stream.B().Arbitrary("SET").Keys(key).Args(value).Args(s.Expiry()...).Build()
	}
	return func(yield func(rueidis.Completed) bool) {
		for i := range data.Keys {
			if !yield(set(s.Key(i), data.Value(i))) {
				return
			}
		}
		yield(set(bystanderKey(s.prefix), bystanderValue))
	}
}

// fresh sees to it that the keys live for as long as a load takes, and writes them
// again if they would not.
func (s *Stage) fresh(ctx context.Context, lasts time.Duration) error {
	switch {
	case s.Own || s.Data.Keys == 0 || time.Since(s.began)+lasts <= KeyTTL:
		return nil
	case s.took+lasts <= KeyTTL:
		return s.seed(ctx)
	}
	return fmt.Errorf("%w: to write the keys took %v, and they expire after %s, before a load of %v would end; ask for fewer keys or a shorter one", ErrEnvironment, s.took.Round(time.Second), lifetime, lasts.Round(time.Second))
}

// clearing is how long an interrupted run goes on removing its keys.
const clearing = 1500 * time.Millisecond

// unseed removes by name all that the duel may have written, and says what it
// could not remove. If ctx ends it does for a moment what can be done.
func (s *Stage) unseed(ctx context.Context, scenario *Scenario, runID string) error {
	ctx, cancel := lingering(ctx, clearing)
	defer cancel()
	names, total := scenario.keys(s.prefix, s.Setting), scenario.countKeys(s.prefix, s.Setting)
	if s.seeded <= s.Data.Keys { // it never came to more
		names, total = first(names, s.seeded), s.seeded
	}
	_, done, err := unlink(ctx, s.stream, names, func(done int) { s.tell("removing keys", done, total) })
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: up to %s of the run's keys are left on the server: `redisduel clean --run-id %s`, with the server named as now, removes them, and what has a time to live expires within %s",
		ErrFailed, quantity.Count(int64(total-done)), runID, lifetime)
}

// first are the first n of names.
func first(names iter.Seq[string], n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		left := n
		for name := range names {
			if left--; left < 0 || !yield(name) {
				return
			}
		}
	}
}

// populateAbove is the number of keys from which on our own server makes them up
// itself: a million in about a second.
const populateAbove = 100_000

// inBatches sends commands, seedBatch to a pipeline, one after the other, and
// returns the first error.
func inBatches(ctx context.Context, client rueidis.Client, commands iter.Seq[rueidis.Completed]) error {
	batch := make([]rueidis.Completed, 0, seedBatch)
	send := func() error {
		defer func() { batch = batch[:0] }()
		return patiently(ctx, batch, func(ctx context.Context, batch []rueidis.Completed) error {
			return sendAll(ctx, client, batch)
		})
	}
	for command := range commands {
		if batch = append(batch, command); len(batch) == seedBatch {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return send()
}

// sendAll sends commands as one pipeline and returns the first error.
func sendAll(ctx context.Context, client rueidis.Client, commands []rueidis.Completed) error {
	for _, result := range client.DoMulti(ctx, commands...) {
		if err := result.Error(); err != nil {
			return fmt.Errorf("%w: write or remove the scenario's keys: %w", ErrEnvironment, err)
		}
	}
	return nil
}

func expiry(own bool) []string {
	if own {
		return nil
	}
	return []string{"EX", strconv.Itoa(int(KeyTTL.Seconds()))}
}

func dataKey(prefix string, i int) string { return string(appendKey(nil, prefix, i)) }

func appendKey(b []byte, prefix string, i int) []byte {
	return strconv.AppendInt(append(append(b, prefix...), ':'), int64(i), 10)
}
