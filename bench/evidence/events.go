package evidence

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// slowKept is the most entries of the slow log that a snapshot asks for; the
// server's own default is to keep 128.
const slowKept = 128

// An event is a line of LATENCY LATEST.
type event struct {
	at          int64 // Unix time of the latest, seconds
	latest, max time.Duration
}

// askSlow returns the entries of the slow log, newest first as the server
// lists them.
func (s *Snapshot) askSlow(ctx context.Context, client rueidis.Client) ([]Slow, error) {
	rows, err := s.rows(client.Do(ctx, client.B().SlowlogGet().Count(slowKept).Build()), MissingSlow)
	var entries []Slow
	for _, row := range rows {
		if entry, ok := parseSlow(row); ok {
			entries = append(entries, entry)
		}
	}
	return entries, err
}

// askLatency returns the latest events of the latency monitor by name.
func (s *Snapshot) askLatency(ctx context.Context, client rueidis.Client) (map[string]event, error) {
	rows, err := s.rows(client.Do(ctx, client.B().LatencyLatest().Build()), MissingLatency)
	events := map[string]event{}
	for _, row := range rows {
		if name, e, ok := parseEvent(row); ok {
			events[name] = e
		}
	}
	return events, err
}

// rows returns the fields of each row of a reply. A refusal or a reply of
// another shape is noted as missing; any other error ends the snapshot.
func (s *Snapshot) rows(reply rueidis.RedisResult, missing string) ([][]rueidis.RedisMessage, error) {
	if err := reply.NonRedisError(); err != nil {
		return nil, fmt.Errorf("evidence: the connection broke at the %s; is the server alive? %w", missing, err)
	}
	list, err := reply.ToArray()
	if err != nil {
		s.missing = append(s.missing, missing)
		return nil, nil
	}
	rows := make([][]rueidis.RedisMessage, 0, len(list))
	for _, message := range list {
		if row, err := message.ToArray(); err == nil {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// parseSlow reads id, Unix time, microseconds and arguments; later versions
// add more.
func parseSlow(row []rueidis.RedisMessage) (Slow, bool) {
	if len(row) < 4 {
		return Slow{}, false
	}
	id, errID := row[0].AsInt64()
	usec, errTime := row[2].AsInt64()
	args, errArgs := row[3].AsStrSlice()
	if errID != nil || errTime != nil || errArgs != nil || len(args) == 0 || usec < 0 {
		return Slow{}, false
	}
	return Slow{ID: id, Duration: time.Duration(usec) * time.Microsecond, Command: strings.ToLower(args[0]), Args: args}, true
}

// parseEvent reads name, Unix time, latest and longest in milliseconds; later
// versions add more.
func parseEvent(row []rueidis.RedisMessage) (string, event, bool) {
	if len(row) < 4 {
		return "", event{}, false
	}
	name, errName := row[0].ToString()
	at, errAt := row[1].AsInt64()
	latest, errLatest := row[2].AsInt64()
	longest, errMax := row[3].AsInt64()
	if errName != nil || errAt != nil || errLatest != nil || errMax != nil {
		return "", event{}, false
	}
	return name, event{at, time.Duration(latest) * time.Millisecond, time.Duration(longest) * time.Millisecond}, true
}
