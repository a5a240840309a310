package evidence

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The replies of several versions, cut to what differs.
const (
	redis70 = "# Server\r\nredis_version:7.0.15\r\nrun_id:ab1f\r\n\r\n# Memory\r\nused_memory:916432\r\nused_memory_peak:916999\r\n" +
		"\r\n# Stats\r\ntotal_connections_received:3\r\ninstantaneous_ops_per_sec:5\r\nevicted_keys:2\r\ntotal_reads_processed:7\r\nexpired_stale_perc:0.00\r\n" +
		"\r\n# CPU\r\nused_cpu_sys:0.014310\r\nused_cpu_user:0.005097\r\n" +
		"\r\n# Commandstats\r\ncmdstat_config|get:calls=2,usec=31,usec_per_call=15.50,rejected_calls=0,failed_calls=1\r\n" +
		"\r\n# Errorstats\r\nerrorstat_OOM:count=4\r\n\r\n# Latencystats\r\nlatency_percentiles_usec_get:p50=1.003,p99=2.007,p99.9=2.007\r\n\r\n# Keyspace\r\ndb0:keys=5,expires=1,avg_ttl=0\r\n"
	valkey8 = "txt:# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\nserver_mode:standalone\r\n" +
		"# Stats\r\ntotal_reads_processed:12\r\nnew_counter:9\r\n# Commandstats\r\ncmdstat_GET:calls=10,usec=20,usec_per_call=2.00,rejected_calls=3,failed_calls=0,later=1\r\n"
)

func TestInfoIsReadAsTheServersWriteIt(t *testing.T) {
	in := parseInfo(redis70)
	if diff := cmp.Diff(map[string]Command{"config|get": {Calls: 2, Time: 31 * time.Microsecond, Failed: 1}}, in.commands); diff != "" {
		t.Error(diff)
	}
	wantExecution := map[string]Execution{"get": {P50: 1003, P99: 2007, P999: 2007}}
	if diff := cmp.Diff(wantExecution, in.execution); diff != "" {
		t.Error(diff)
	}
	wantStats := map[string]int64{"total_connections_received": 3, "evicted_keys": 2, "total_reads_processed": 7, "errorstat_OOM": 4}
	if diff := cmp.Diff(wantStats, in.stats); diff != "" {
		t.Error(diff)
	}
	if in.cpu() != 19407*time.Microsecond || in.count("used_memory") != 916432 || in.fields["db0"] != "keys=5,expires=1,avg_ttl=0" {
		t.Errorf("cpu %v, memory %d, db0 %q", in.cpu(), in.count("used_memory"), in.fields["db0"])
	}

	in = parseInfo(valkey8)
	if diff := cmp.Diff(map[string]Command{"get": {Calls: 10, Time: 20 * time.Microsecond, Rejected: 3}}, in.commands); diff != "" {
		t.Error(diff)
	}
	if in.fields["valkey_version"] != "8.0.1" || in.stats["new_counter"] != 9 || in.size != len(valkey8) {
		t.Errorf("got %+v", in)
	}
}

// TestServersOfOtherVersionsAreReadAlike reads what servers answered to INFO all,
// less the lines that tell of their host, after 600 scripts, 3 GET and an LPUSH
// on a string.
func TestServersOfOtherVersionsAreReadAlike(t *testing.T) {
	files, err := filepath.Glob("testdata/info/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d recordings (%v)", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			in := parseInfo(string(text))
			s := Snapshot{first: in, last: in}
			s.noteMissing()
			if name, version, mode := s.Software(); name+"-"+version+".txt" != filepath.Base(path) || mode != "standalone" || len(s.Missing()) > 0 {
				t.Errorf("%s %s, mode %q, without %v", name, version, mode, s.Missing())
			}
			d := s.Since(Snapshot{})
			if d.Commands["eval"].Calls != 600 || d.Commands["get"].Calls != 3 || d.Commands["lpush"].Failed != 1 || d.Counters["errorstat_WRONGTYPE"] != 1 {
				t.Errorf("commands %+v, counters %v", d.Commands, d.Counters)
			}
			if scripts := in.count("number_of_cached_scripts") + d.Counters["evicted_scripts"]; scripts != 600 {
				t.Errorf("%d scripts are kept or dropped, want 600", scripts)
			}
			if min(d.Reads, d.Writes, d.BytesIn, d.BytesOut, d.Memory, d.MemoryPeak, int64(d.CPU), int64(d.Execution["eval"].P50)) <= 0 {
				t.Errorf("something is missing in %+v", d)
			}
		})
	}
}

func TestWhatInfoCannotMeanIsPassedOver(t *testing.T) {
	tests := []struct{ name, text string }{
		{"empty", ""},
		{"no colon", "# Stats\nnothing\n\n\r\r\n#\n"},
		{"bare prefixes", "cmdstat_\nerrorstat_\n:\n::\n"},
		{"numbers that are none", "# Stats\na:x\nb:1.5\nc:99999999999999999999\nd:\n"},
		{"another section", "# Clients\nconnected_clients:5\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := parseInfo(tt.text)
			if len(in.stats) != 0 || len(in.commands) != 0 || in.cpu() != 0 {
				t.Errorf("got %+v", in)
			}
		})
	}
}

func TestHostileNumbersStayInRange(t *testing.T) {
	in := parseInfo("used_cpu_sys:NaN\nused_cpu_user:1e300\nused_memory:-5\n" +
		"cmdstat_get:calls=-1,usec=9223372036854775807,calls=2,rejected_calls=x,failed_calls\nused_memory:7\n")
	want := Command{Calls: 2, Time: math.MaxInt64 / 1000 * time.Microsecond}
	if in.cpu() != 0 || in.count("used_memory") != 0 || in.commands["get"] != want {
		t.Errorf("cpu %v, memory %d, get %+v", in.cpu(), in.count("used_memory"), in.commands["get"])
	}
}

func FuzzInfo(f *testing.F) {
	for _, seed := range []string{"", redis70, valkey8, "cmdstat_:calls=-1", "# Stats\na:-9223372036854775808\nused_cpu_sys:Inf", "\xff:\x00\r\n#"} {
		f.Add(seed, seed)
	}
	f.Add(redis70, valkey8)
	f.Fuzz(func(t *testing.T, before, after string) {
		then, now := Snapshot{last: parseInfo(before)}, Snapshot{first: parseInfo(after)}
		d := now.Since(then)
		if min(d.Reads, d.Writes, d.Connections, d.BytesIn, d.BytesOut, d.Memory, int64(d.CPU)) < 0 {
			t.Fatalf("a count is negative: %+v", d)
		}
		for name, c := range d.Without(d.Control()).Commands {
			if min(c.Calls, int64(c.Time), c.Rejected, c.Failed) < 0 || c == (Command{}) {
				t.Fatalf("%q: %+v", name, c)
			}
		}
		if twice := Sum(d, d); len(twice.Commands) != len(d.Commands) {
			t.Fatalf("%+v", twice)
		}
	})
}

func TestLatencyEventsAreThoseSinceTheEarlierSnapshot(t *testing.T) {
	const ms = time.Millisecond
	before := map[string]event{
		"command": {at: 10, latest: 50 * ms, max: 300 * ms},
		"fork":    {at: 11, latest: 70 * ms, max: 70 * ms},
		"expire":  {at: 12, latest: 20 * ms, max: 20 * ms},
	}
	now := map[string]event{
		"command": {at: 15, latest: 30 * ms, max: 300 * ms}, // again, shorter than ever
		"fork":    {at: 16, latest: 80 * ms, max: 90 * ms},  // twice, the longest not the latest
		"expire":  {at: 12, latest: 20 * ms, max: 20 * ms},  // not again
		"evict":   {at: 17, latest: 15 * ms, max: 25 * ms},  // for the first time
	}
	want := map[string]time.Duration{"command": 30 * ms, "fork": 90 * ms, "evict": 25 * ms}
	if got := newEvents(now, before); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
