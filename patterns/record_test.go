package patterns_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"pgregory.net/rapid"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

// records is what both twins are.
type records interface {
	Get(ctx context.Context, key string, fields ...string) (map[string]string, error)
	Set(ctx context.Context, key string, fields map[string]string) error
	Add(ctx context.Context, key, field string, n int64) (int64, error)
}

func bothRecords(client rueidis.Client) map[string]records {
	return map[string]records{"pattern": patterns.NewRecords(client), "antipattern": antipatterns.NewRecords(client)}
}

// interrupted runs meanwhile once, right after the answer to the first command
// of that name: between the two commands of a caller that needs both.
type interrupted struct {
	rueidis.Client
	after     string
	once      sync.Once
	meanwhile func()
}

func (c *interrupted) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	named := command.Commands()[0] == c.after
	result := c.Client.Do(ctx, command)
	if named {
		c.once.Do(c.meanwhile)
	}
	return result
}

func TestBothWaysOfKeepingRecordsAgreeForASingleWriter(t *testing.T) {
	client, _ := dial(t)
	hash, text := patterns.NewRecords(client), antipatterns.NewRecords(client)
	names := rapid.SampledFrom([]string{"", "a", "b", "naïve <&> \"field\""})
	values := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"7", "-1", "+1", "01", "-0", "1.5", "", strconv.Itoa(math.MaxInt64)}))
	rounds := 0
	rapid.Check(t, func(rt *rapid.T) {
		rounds++
		keys := [2]string{fmt.Sprintf("hash:%d", rounds), fmt.Sprintf("text:%d", rounds)}
		rt.Repeat(map[string]func(*rapid.T){
			"set": func(rt *rapid.T) {
				fields := rapid.MapOfN(names, values, 0, 3).Draw(rt, "fields")
				same(rt, nil, nil, hash.Set(t.Context(), keys[0], fields), text.Set(t.Context(), keys[1], fields))
			},
			"add": func(rt *rapid.T) {
				field, n := names.Draw(rt, "field"), rapid.Int64().Draw(rt, "n")
				sum, err := hash.Add(t.Context(), keys[0], field, n)
				twin, twinErr := text.Add(t.Context(), keys[1], field, n)
				same(rt, sum, twin, err, twinErr)
			},
			"get": func(rt *rapid.T) {
				fields := rapid.SliceOfN(names, 0, 3).Draw(rt, "fields")
				record, err := hash.Get(t.Context(), keys[0], fields...)
				twin, twinErr := text.Get(t.Context(), keys[1], fields...)
				same(rt, record, twin, err, twinErr)
			},
		})
	})
}

// same compares the answers of the twins; of errors, whether there is one.
func same(rt *rapid.T, pattern, antipattern any, err, twinErr error) {
	if (err == nil) != (twinErr == nil) {
		rt.Fatalf("pattern's error is %v, antipattern's %v", err, twinErr)
	}
	if got, want := fmt.Sprintf("%#v", antipattern), fmt.Sprintf("%#v", pattern); err == nil && got != want {
		rt.Fatalf("antipattern gave %s, pattern %s", got, want)
	}
}

func TestConcurrentWritersOfARecordLoseNothing(t *testing.T) {
	const writers, updates = 8, 100
	client, _ := dial(t)
	records := patterns.NewRecords(client)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for n := range updates {
				own := map[string]string{fmt.Sprint("writer", w): fmt.Sprint(n + 1)}
				if err := records.Set(t.Context(), "record", own); err != nil {
					t.Error(err)
				}
				if _, err := records.Add(t.Context(), "record", "all", 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	want := map[string]string{"all": fmt.Sprint(writers * updates)}
	for w := range writers {
		want[fmt.Sprint("writer", w)] = fmt.Sprint(updates)
	}
	if got, err := records.Get(t.Context(), "record"); err != nil || !maps.Equal(got, want) {
		t.Errorf("the record is %v, %v, want %v", got, err, want)
	}
}

func TestAJSONRecordForgetsWhatAnotherWriterChangedMeanwhile(t *testing.T) {
	client, _ := dial(t)
	other := antipatterns.NewRecords(client)
	record := antipatterns.NewRecords(&interrupted{Client: client, after: "GET", meanwhile: func() {
		if err := other.Set(t.Context(), "record", map[string]string{"address": "theirs"}); err != nil {
			t.Error(err)
		}
	}})
	if _, err := record.Add(t.Context(), "record", "visits", 1); err != nil {
		t.Fatal(err)
	}
	got, err := other.Get(t.Context(), "record")
	if want := map[string]string{"visits": "1"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("the record is %v, %v; the lesson needs %v", got, err, want)
	}
}

func TestAMissingRecordHasNoFields(t *testing.T) {
	client, _ := dial(t)
	for name, records := range bothRecords(client) {
		for _, fields := range [][]string{nil, {"a", "b"}} {
			if got, err := records.Get(t.Context(), "missing", fields...); err != nil || got == nil || len(got) != 0 {
				t.Errorf("%s: fields %v of a missing record are %v, %v", name, fields, got, err)
			}
		}
		if err := records.Set(t.Context(), "missing", nil); err != nil {
			t.Errorf("%s: setting nothing: %v", name, err)
		}
		if n, _ := do(t, client, "EXISTS", "missing").AsInt64(); n != 0 {
			t.Errorf("%s: setting no fields made a record", name)
		}
	}
}

func TestAKeyOfAnotherTypeIsAnErrorAndStaysAsItIs(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "SADD", "set", "member")
	for name, records := range bothRecords(client) {
		_, getAll := records.Get(t.Context(), "set")
		_, getOne := records.Get(t.Context(), "set", "a")
		_, add := records.Add(t.Context(), "set", "a", 1)
		for _, err := range []error{getAll, getOne, add, records.Set(t.Context(), "set", map[string]string{"a": "1"})} {
			if err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") {
				t.Errorf("%s: the error is %v, want WRONGTYPE", name, err)
			}
		}
		if n, err := do(t, client, "SCARD", "set").AsInt64(); err != nil || n != 1 {
			t.Errorf("%s: the set has %d members, %v", name, n, err)
		}
	}
}

func TestATextThatIsNotJSONIsAnErrorAndStaysAsItIs(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "SET", "text", "{")
	err := antipatterns.NewRecords(client).Set(t.Context(), "text", map[string]string{"a": "1"})
	if err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("the error is %v", err)
	}
	if got, err := do(t, client, "GET", "text").ToString(); got != "{" {
		t.Errorf("the text is %q, %v", got, err)
	}
}

func TestWritingToARecordKeepsItsTimeToLive(t *testing.T) {
	client, _ := dial(t)
	for name, records := range bothRecords(client) {
		write := func() {
			if err := records.Set(t.Context(), name, map[string]string{"a": "1"}); err != nil {
				t.Error(err)
			}
			if _, err := records.Add(t.Context(), name, "a", 1); err != nil {
				t.Error(err)
			}
		}
		write()
		do(t, client, "EXPIRE", name, "1000")
		write()
		if ttl, err := do(t, client, "TTL", name).AsInt64(); err != nil || ttl < 900 {
			t.Errorf("%s: the time to live is %d s, %v", name, ttl, err)
		}
	}
}

// TestARecordOutgrowsItsCompactForm holds the documented limits against the
// server's defaults.
func TestARecordOutgrowsItsCompactForm(t *testing.T) {
	client, _ := dial(t)
	for _, test := range []struct {
		fields, size int
		want         string
	}{{512, 64, "listpack"}, {513, 1, "hashtable"}, {1, 65, "hashtable"}} {
		key := fmt.Sprintf("%d of %d", test.fields, test.size)
		record := make(map[string]string, test.fields)
		for i := range test.fields {
			record[strconv.Itoa(i)] = strings.Repeat("x", test.size)
		}
		if err := patterns.NewRecords(client).Set(t.Context(), key, record); err != nil {
			t.Fatal(err)
		}
		if got, err := do(t, client, "OBJECT", "ENCODING", key).ToString(); got != test.want {
			t.Errorf("%s bytes: the encoding is %q, %v, want %q", key, got, err, test.want)
		}
	}
}

func TestARecordOfAStalledServerFailsByTheDeadline(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "CLIENT", "PAUSE", "1000", "ALL")
	for name, records := range bothRecords(client) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		begin := time.Now()
		_, err := records.Add(ctx, "record", "a", 1)
		cancel()
		if took := time.Since(begin); err == nil || took > time.Second {
			t.Errorf("%s: after %v the error is %v", name, took, err)
		}
	}
}
