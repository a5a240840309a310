package scenarios

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

const (
	hashRecord   = "record" // the name of the one record that all writers change
	hashCounters = 4        // fields that are counted up
	hashTexts    = 16       // fields that nobody touches, of 16 bytes each
)

// What the sides count, and what is found after a trial.
const (
	updatesAcknowledged = "updates acknowledged"
	updatesPresent      = "updates present"
	updateRetries       = "retries"
	recordBytes         = "bytes in memory"
)

// A recordKeeper is what both twins are.
type recordKeeper interface {
	Set(ctx context.Context, key string, fields map[string]string) error
	Get(ctx context.Context, key string, fields ...string) (map[string]string, error)
	Add(ctx context.Context, key, field string, n int64) (int64, error)
}

// A recordsOf opens the records of a side.
type recordsOf func(*bench.Env, rueidis.Client) recordKeeper

func recordTwin[R recordKeeper](newRecords func(rueidis.Client) R) recordsOf {
	return func(_ *bench.Env, client rueidis.Client) recordKeeper { return newRecords(client) }
}

// recordUpdates makes an op of a way to keep records: each op counts up one of the
// counters of one record, the next one each time.
func recordUpdates(open recordsOf) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		key, records := env.Name(hashRecord), open(env, client)
		if err := createRecord(ctx, client, records, key, countedRecord()); err != nil {
			return nil, err
		}
		env.Count(updatesAcknowledged, 0)
		env.Count(updateRetries, 0)
		add := func(ctx context.Context, i int) error {
			sum, err := records.Add(ctx, key, counterField(i), 1)
			switch {
			case err != nil:
				return err
			case sum < 1:
				return fmt.Errorf("%w: 1 more is %d", load.ErrWrongAnswer, sum)
			}
			env.Count(updatesAcknowledged, 1)
			return nil
		}
		return add, env.Warm(ctx, func(ctx context.Context) error { return client.Do(ctx, client.B().Ping().Build()).Error() })
	}
}

// countedRecord is what the record of the writers holds at first.
func countedRecord() map[string]string {
	fields := map[string]string{}
	for i := range hashCounters {
		fields[counterField(i)] = "0"
	}
	for i := range hashTexts {
		fields[fmt.Sprintf("text:%d", i)] = fmt.Sprintf("%016d", i)
	}
	return fields
}

// createRecord makes a record anew, in the side's own form.
func createRecord(ctx context.Context, client rueidis.Client, records recordKeeper, key string, fields map[string]string) error {
	if err := records.Set(ctx, key, fields); err != nil {
		return err
	}
	return client.Do(ctx, client.B().Expire().Key(key).Seconds(int64(bench.KeyTTL.Seconds())).Build()).Error()
}

func counterField(i int) string { return fmt.Sprintf("count:%d", i%hashCounters) }

// inspectRecord counts the updates that are there when the writers have gone,
// and the memory that the record takes.
func inspectRecord(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	client, key := stage.Client, stage.Name(hashRecord)
	kind, err := client.Do(ctx, client.B().Type().Key(key).Build()).ToString()
	if err != nil {
		return err
	}
	read := patterns.NewRecords(client).Get
	if kind == "string" {
		read = antipatterns.NewRecords(client).Get
	}
	fields, err := read(ctx, key)
	if err != nil {
		return err
	}
	trial.Counts[updatesPresent] = 0
	for i := range hashCounters {
		n, err := strconv.ParseInt(fields[counterField(i)], 10, 64)
		if err != nil {
			return fmt.Errorf("a counter is damaged: %w", err)
		}
		trial.Counts[updatesPresent] += n
	}
	return inspectMemory(ctx, stage, trial)
}
