package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/patterns"
)

// The variants, by name.
const (
	hashFetched = "HGET, then HSET"
	jsonWatched = "JSON, WATCH and retry"
	jsonSwapped = "JSON, compare-and-set in Lua"
)

func hashVariants() []bench.Variant {
	return []bench.Variant{
		{
			Name:  hashFetched,
			About: "a HASH does not help a client that reads a field, computes and writes it back: writers of one field undo each other's updates as with JSON, and only those of other fields are safe",
			Impl: recordUpdates(func(_ *bench.Env, client rueidis.Client) recordKeeper {
				return fetchedRecords{patterns.NewRecords(client)}
			}),
		},
		{
			Name:  jsonWatched,
			About: "correct with any change that a program can compute, and what to use where a record must be JSON and conflicts are rare; of writers that meet one succeeds and the others try again, on a connection of their own",
			Impl: recordUpdates(func(env *bench.Env, client rueidis.Client) recordKeeper {
				return watchedRecords{antipatterns.NewRecords(client), client, env}
			}),
		},
		{
			Name:  jsonSwapped,
			About: "as correct as WATCH, and on shared connections; each attempt carries the whole record three times: as it was read, back as proof, and as it shall be",
			Impl: recordUpdates(func(env *bench.Env, client rueidis.Client) recordKeeper {
				return swappedRecords{antipatterns.NewRecords(client), client, env, rueidis.NewLuaScript(swapScript)}
			}),
		},
	}
}

// hashVariantChecks say what the commands of the variants are, that the correct
// ones lose nothing, and that the one which only looks correct does.
func hashVariantChecks() []bench.Check {
	const patience = 20 * hashWriters // attempts at an update, on average
	return []bench.Check{
		callsPerUpdate(hashFetched, "hmget", 1, 1), callsPerUpdate(hashFetched, "hset", 1, 1), losesOf100(hashFetched, 1, 100),
		callsPerUpdate(jsonWatched, "exec", 1, patience), losesOf100(jsonWatched, 0, 0),
		callsPerUpdate(jsonSwapped, "evalsha", 1, patience), losesOf100(jsonSwapped, 0, 0),
	}
}

// fetchedRecords are HASHes whose counters are computed by the client.
type fetchedRecords struct{ *patterns.Records }

func (r fetchedRecords) Add(ctx context.Context, key, field string, n int64) (int64, error) {
	fields, err := r.Get(ctx, key, field)
	if err != nil {
		return 0, err
	}
	sum, err := increaseField(fields, field, n)
	if err != nil {
		return 0, err
	}
	return sum, r.Set(ctx, key, fields)
}

// watchedRecords are JSON texts that are written only if nobody else wrote
// since they were read.
type watchedRecords struct {
	*antipatterns.Records
	client rueidis.Client
	env    *bench.Env
}

// Add tries until it succeeds or ctx ends. An attempt takes two round trips:
// WATCH and GET go together, and so do MULTI, SET and EXEC.
func (r watchedRecords) Add(ctx context.Context, key, field string, n int64) (sum int64, err error) {
	err = r.client.Dedicated(func(c rueidis.DedicatedClient) error {
		for done := false; ; r.env.Count(updateRetries, 1) {
			if sum, done, err = watchedAttempt(ctx, c, key, field, n); done || err != nil {
				return err
			}
		}
	})
	return sum, err
}

// watchedAttempt reports whether it was done; it was not if somebody else wrote.
func watchedAttempt(ctx context.Context, c rueidis.DedicatedClient, key, field string, n int64) (sum int64, done bool, err error) {
	read := c.DoMulti(ctx, c.B().Watch().Key(key).Build(), c.B().Get().Key(key).Build())
	if err := read[0].Error(); err != nil {
		return 0, false, err
	}
	old, err := read[1].ToString()
	if err != nil {
		return 0, false, err
	}
	sum, changed, err := rewrittenRecord(old, field, n)
	if err != nil {
		return 0, false, err
	}
	wrote := c.DoMulti(ctx, c.B().Multi().Build(), c.B().Set().Key(key).Value(changed).Keepttl().Build(), c.B().Exec().Build())
	if err := wrote[2].Error(); !rueidis.IsRedisNil(err) {
		return sum, true, err
	}
	return 0, false, nil
}

// swapScript writes a text if the key still holds another one.
const swapScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`

// swappedRecords are JSON texts that a script exchanges for others.
type swappedRecords struct {
	*antipatterns.Records
	client rueidis.Client
	env    *bench.Env
	script *rueidis.Lua
}

// Add tries until it succeeds or ctx ends. An attempt takes two round trips.
func (r swappedRecords) Add(ctx context.Context, key, field string, n int64) (int64, error) {
	for {
		old, err := r.client.Do(ctx, r.client.B().Get().Key(key).Build()).ToString()
		if err != nil {
			return 0, err
		}
		sum, changed, err := rewrittenRecord(old, field, n)
		if err != nil {
			return 0, err
		}
		if done, err := r.script.Exec(ctx, r.client, []string{key}, []string{old, changed}).AsBool(); done || err != nil {
			return sum, err
		}
		r.env.Count(updateRetries, 1)
	}
}

// rewrittenRecord is the JSON of a record after n was added to a field, and the sum.
func rewrittenRecord(text, field string, n int64) (sum int64, changed string, err error) {
	var record map[string]string
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		return 0, "", fmt.Errorf("the record is not JSON: %w", err)
	}
	if sum, err = increaseField(record, field, n); err != nil {
		return 0, "", err
	}
	bytes, err := json.Marshal(record)
	return sum, string(bytes), err
}

// increaseField adds n to a field of the record in memory, and returns the sum.
func increaseField(record map[string]string, field string, n int64) (int64, error) {
	old, err := strconv.ParseInt(record[field], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("field %q holds no integer: %w", field, err)
	}
	record[field] = strconv.FormatInt(old+n, 10)
	return old + n, nil
}
