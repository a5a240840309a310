package antipatterns

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"github.com/redis/rueidis"
)

// Records keeps each record, a set of named texts, as JSON in a string.
//
// A record that does not exist is one without fields: reading it yields none,
// and writing creates it. DEL removes a record, and its time to live, if any,
// outlasts writes.
//
// What is wrong: the server cannot look into the text, so every change reads
// the record, changes the copy and writes all of it back. A writer that read
// before another one wrote undoes that one's change, even of another field,
// and both are told that they succeeded: n writers that change one record over
// and over, from two on, lose about n/(n+2) of their updates and at most 1 − 1/n;
// of updates at random moments, λ a second with w from read to write, a share of
// λ·w/(1 + λ·w) is lost (by this project's hash scenario). Each change takes two
// round trips and carries the whole record both ways, and bytes that are not
// UTF-8 come back as others.
//
// No harm is done where a record has a single writer. Where it is read whole,
// JSON is better: a GET copies one text, which takes the server less time and
// sends less than all names and values of a HASH. A record of more than 512
// fields, or with a value longer than 64 bytes, takes less memory, too.
type Records struct{ client rueidis.Client }

// NewRecords returns the records that client's server holds.
func NewRecords(client rueidis.Client) *Records { return &Records{client: client} }

// Get returns the fields of that name, or all when none are named. Those that
// the record does not have are left out.
//
// It takes one round trip, which carries the whole record whatever was asked
// for. A key that holds something else than a string is a WRONGTYPE error.
func (r *Records) Get(ctx context.Context, key string, fields ...string) (map[string]string, error) {
	record, err := r.read(ctx, key)
	if err != nil || len(fields) == 0 {
		return record, err
	}
	found := make(map[string]string, len(fields))
	for _, field := range fields {
		if value, ok := record[field]; ok {
			found[field] = value
		}
	}
	return found, nil
}

// Set gives the named fields new values and leaves the others as they were
// when it read them, not as they are. Without fields it does nothing.
//
// It takes two round trips, and carries the whole record both ways.
func (r *Records) Set(ctx context.Context, key string, fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	record, err := r.read(ctx, key)
	if err != nil {
		return err
	}
	maps.Copy(record, fields)
	return r.write(ctx, key, record)
}

// Add adds n to what a field held when it was read, and returns the sum. A
// field that is missing counts as zero; one that holds no integer of 64 bits,
// or would leave their range, is an error and stays as it is.
//
// It takes two round trips, and carries the whole record both ways.
func (r *Records) Add(ctx context.Context, key, field string, n int64) (int64, error) {
	record, err := r.read(ctx, key)
	if err != nil {
		return 0, err
	}
	sum, err := sum(record, field, n)
	if err != nil {
		return 0, fmt.Errorf("record %q: %w", key, err)
	}
	record[field] = strconv.FormatInt(sum, 10)
	return sum, r.write(ctx, key, record)
}

func (r *Records) read(ctx context.Context, key string) (map[string]string, error) {
	record := map[string]string{}
	text, err := r.client.Do(ctx, r.client.B().Get().Key(key).Build()).AsBytes()
	if rueidis.IsRedisNil(err) {
		return record, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, fmt.Errorf("record %q is not JSON: %w", key, err)
	}
	return record, nil
}

func (r *Records) write(ctx context.Context, key string, record map[string]string) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return r.client.Do(ctx, r.client.B().Set().Key(key).Value(rueidis.BinaryString(text)).Keepttl().Build()).Error()
}

// sum adds n to a field's value by the rules of HINCRBY, which takes no "+1"
// or "01" for an integer.
func sum(record map[string]string, field string, n int64) (int64, error) {
	text, ok := record[field]
	if !ok {
		return n, nil
	}
	old, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(old, 10) != text {
		return 0, fmt.Errorf("field %q holds no integer of 64 bits", field)
	}
	if sum := old + n; (sum > old) == (n > 0) {
		return sum, nil
	}
	return 0, fmt.Errorf("field %q would leave the range of 64 bits", field)
}
