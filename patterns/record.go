package patterns

import (
	"context"
	"maps"

	"github.com/redis/rueidis"
)

// Records keeps each record, a set of named texts, in a HASH of its own. It is
// safe for concurrent use: the server changes fields one command at a time, so
// writers of different fields do not meet, and additions to one field add up.
//
// A record that does not exist is one without fields: reading it yields none,
// and writing creates it. DEL removes a record, and its time to live, if any,
// outlasts writes.
//
// A HASH takes about as much memory as the same record in JSON while it has at
// most 512 fields and none longer than 64 bytes (hash-max-listpack-entries and
// hash-max-listpack-value, as Redis 7.0 ships). Beyond either limit it becomes
// a hash table for good: with short values the 513th field makes the record
// three times as big.
type Records struct{ client rueidis.Client }

// NewRecords returns the records that client's server holds.
func NewRecords(client rueidis.Client) *Records { return &Records{client: client} }

// Get returns the fields of that name, or all when none are named. Those that
// the record does not have are left out.
//
// It takes one round trip, which carries only what was asked for. The server
// walks over a compact record for each field that is named, so that all of a
// hundred fields are cheaper to it than half of them (on Redis 7.0, by this
// project's sweep hash/read). A key that holds something else than a HASH is a
// WRONGTYPE error.
func (r *Records) Get(ctx context.Context, key string, fields ...string) (map[string]string, error) {
	if len(fields) == 0 {
		return r.client.Do(ctx, r.client.B().Hgetall().Key(key).Build()).AsStrMap()
	}
	values, err := r.client.Do(ctx, r.client.B().Hmget().Key(key).Field(fields...).Build()).ToArray()
	if err != nil {
		return nil, err
	}
	return present(fields, values)
}

// Set gives the named fields new values, all at once, and leaves the others
// alone. Without fields it does nothing.
//
// It takes one round trip, and carries only the fields that change.
func (r *Records) Set(ctx context.Context, key string, fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	return r.client.Do(ctx, r.client.B().Hset().Key(key).FieldValue().FieldValueIter(maps.All(fields)).Build()).Error()
}

// Add adds n to a field and returns the sum. A field that is missing counts as
// zero; one that holds no integer of 64 bits, or would leave their range, is an
// error and stays as it is.
//
// It takes one round trip. After a deadline the addition may or may not have
// happened, and repeating it may add twice.
func (r *Records) Add(ctx context.Context, key, field string, n int64) (int64, error) {
	return r.client.Do(ctx, r.client.B().Hincrby().Key(key).Field(field).Increment(n).Build()).AsInt64()
}

// present pairs the fields with their values, without those that have none.
func present(fields []string, values []rueidis.RedisMessage) (map[string]string, error) {
	found := make(map[string]string, len(fields))
	for i, field := range fields {
		value, err := values[i].ToString()
		if rueidis.IsRedisNil(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[field] = value
	}
	return found, nil
}
