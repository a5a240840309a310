package scenarios

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench/benchtest"
	"redisduel/bench/evidence"
	"redisduel/patterns"
)

// A storedRecord is what both twins are to those who fill and read them.
type storedRecord interface {
	recordKeeper
	Get(ctx context.Context, key string, fields ...string) (map[string]string, error)
}

// recordForms opens both twins, by the form in which they keep a record.
func recordForms(client rueidis.Client) map[string]storedRecord {
	return map[string]storedRecord{"hash": patterns.NewRecords(client), "json": antipatterns.NewRecords(client)}
}

// recordClient connects to a server that ends with the test.
func recordClient(tb testing.TB) rueidis.Client {
	tb.Helper()
	server := benchtest.Redis(tb)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr()}, Password: server.Password(),
		ForceSingleClient: true, DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

// fieldNames are the names of n fields.
func fieldNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("field:%d", i)
	}
	return names
}

// fill makes a record of so many fields of size bytes.
func fill(tb testing.TB, record storedRecord, key string, fields, size int) {
	tb.Helper()
	values := make(map[string]string, fields)
	for _, name := range fieldNames(fields) {
		values[name] = strings.Repeat("x", size)
	}
	if err := record.Set(tb.Context(), key, values); err != nil {
		tb.Fatal(err)
	}
}

// recordSize asks a server of what size a record is in memory.
func recordSize(tb testing.TB, client rueidis.Client, form string, fields, size int) float64 {
	tb.Helper()
	key := fmt.Sprintf("%s:%d:%d", form, fields, size)
	fill(tb, recordForms(client)[form], key, fields, size)
	bytes, err := client.Do(tb.Context(), client.B().MemoryUsage().Key(key).Samples(0).Build()).AsInt64()
	if err != nil {
		tb.Fatal(err)
	}
	return float64(bytes)
}

// BenchmarkRecordMemory reports the memory of a record in either form. The
// cliffs of a HASH are at 513 fields and at values of 65 bytes.
func BenchmarkRecordMemory(b *testing.B) {
	client := recordClient(b)
	for _, fields := range []int{5, 20, 100, 512, 513} {
		for _, size := range []int{8, 64, 65, 256} {
			for _, form := range []string{"json", "hash"} {
				b.Run(fmt.Sprintf("fields=%d/value=%d/as=%s", fields, size, form), func(b *testing.B) {
					b.StopTimer() // nothing is timed
					b.ReportMetric(recordSize(b, client, form, fields, size), "B/record")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkRecordRead reads one field of a hundred, half of them or all, without
// an emulated network. Beside the whole time it reports the bytes of a reply and
// the time on the server's thread. There JSON wins: a GET takes a tenth of an
// HGETALL, and less yet of an HMGET of many fields, for each of which the server
// walks over the compact form of the record.
func BenchmarkRecordRead(b *testing.B) {
	const fields = 100
	client := recordClient(b)
	forms := recordForms(client)
	for _, share := range []struct {
		name   string
		fields []string
	}{{"one", fieldNames(1)}, {"half", fieldNames(fields / 2)}, {"all", nil}} {
		for _, form := range []string{"json", "hash"} {
			fill(b, forms[form], form, fields, 16)
			b.Run(fmt.Sprintf("read=%s/as=%s", share.name, form), func(b *testing.B) {
				before := look(b, client)
				for b.Loop() {
					if _, err := forms[form].Get(b.Context(), form, share.fields...); err != nil {
						b.Fatal(err)
					}
				}
				reportServer(b, look(b, client).Since(before))
			})
		}
	}
}

func look(b *testing.B, client rueidis.Client) evidence.Snapshot {
	b.Helper()
	snapshot, err := evidence.Take(b.Context(), client)
	if err != nil {
		b.Fatal(err)
	}
	return snapshot
}

func reportServer(b *testing.B, d evidence.Delta) {
	var took time.Duration
	for _, name := range []string{"get", "hmget", "hgetall"} {
		took += d.Commands[name].Time
	}
	b.ReportMetric(float64(took)/float64(b.N), "server-ns/op")
	b.ReportMetric(float64(d.BytesOut)/float64(b.N), "reply-B/op")
}
