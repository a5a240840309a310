package peers

import (
	"strings"
	"testing"
	"time"
)

// What redis-benchmark 7.0.15 printed for
// redis-benchmark -n 2000 -P 32 -c 50 --csv GET foo.
const benchmarkCSV = `"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
"GET foo","2015999.88","0.373","0.232","0.367","0.535","0.559","0.575"
`

// What memtier_benchmark 2.3.0 printed for
// memtier_benchmark -c 50 -t 1 --pipeline 32 --test-time 1 --ratio 0:1 --key-pattern R:R --hide-histogram
// with all keys there, without a key, and where nobody listened. The oldest table
// is from its issue 68: the columns of latencies differ between versions, the
// first four do not.
const (
	memtierNew = `1         Threads
50        Connections per thread
1         Seconds


ALL STATS
============================================================================================================================
Type         Ops/sec     Hits/sec   Misses/sec    Avg. Latency     p50 Latency     p99 Latency   p99.9 Latency       KB/sec 
----------------------------------------------------------------------------------------------------------------------------
Sets            0.00          ---          ---             ---             ---             ---             ---         0.00 
Gets       327183.17    327183.17         0.00         4.83725         1.99900        62.71900        96.25500     32552.81 
Waits           0.00          ---          ---             ---             ---             ---             ---          --- 
Totals     327183.17    327183.17         0.00         4.83725         1.99900        62.71900        96.25500     32552.81 
`
	memtierMisses = `Type         Ops/sec     Hits/sec   Misses/sec    Avg. Latency     p50 Latency     p99 Latency   p99.9 Latency       KB/sec 
----------------------------------------------------------------------------------------------------------------------------
Sets            0.00          ---          ---             ---             ---             ---             ---         0.00 
Gets       966215.48         0.00    966215.48         1.64999         1.37500         6.68700        20.35100     33861.27 
Waits           0.00          ---          ---             ---             ---             ---             ---          --- 
Totals     966215.48         0.00    966215.48         1.64999         1.37500         6.68700        20.35100     33861.27 
`
	memtierZero = `Type         Ops/sec     Hits/sec   Misses/sec    Avg. Latency     p50 Latency     p99 Latency   p99.9 Latency       KB/sec 
----------------------------------------------------------------------------------------------------------------------------
Sets            0.00          ---          ---             ---             ---             ---             ---         0.00 
Gets            0.00         0.00         0.00             ---             ---             ---             ---         0.00 
Waits           0.00          ---          ---             ---             ---             ---             ---          --- 
Totals          0.00         0.00         0.00            -nan         0.00700         0.00700         0.00700         0.00 
`
	memtierOld = `ALL STATS
========================================================================
Type        Ops/sec     Hits/sec   Misses/sec      Latency       KB/sec
------------------------------------------------------------------------
Sets       21536.09          ---          ---      0.23100     22561.95
Gets           0.00         0.00         0.00      0.00000         0.00
Waits          0.00          ---          ---      0.00000          ---
Totals     21536.09         0.00         0.00      0.23100     22561.95
`
)

func TestTheTableOfRedisBenchmarkIsRead(t *testing.T) {
	got, err := parseBenchmark(benchmarkCSV)
	us := time.Microsecond
	want := reported{rate: 2015999.88, p50: 367 * us, p95: 535 * us, p99: 559 * us, max: 575 * us}
	if err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}

func TestAnythingElseOfRedisBenchmarkIsAnError(t *testing.T) {
	for name, out := range map[string]string{
		"nothing":         "",
		"no column":       strings.ReplaceAll(benchmarkCSV, "p99_latency_ms", "p99_msec"),
		"no number":       strings.ReplaceAll(benchmarkCSV, "0.559", "nan%"),
		"two commands":    benchmarkCSV + `"SET","1","1","1","1","1","1","1"` + "\n",
		"nothing done":    strings.ReplaceAll(benchmarkCSV, "2015999.88", "0.00"),
		"an error before": "ERR NOAUTH\n" + benchmarkCSV,
	} {
		if got, err := parseBenchmark(out); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func TestTheTotalsOfMemtierAreRead(t *testing.T) {
	for out, want := range map[string]float64{memtierNew: 327183.17, memtierOld: 21536.09} {
		if got, err := parseMemtier(out); err != nil || got != want {
			t.Errorf("got %v (%v), want %v", got, err, want)
		}
	}
	for out, want := range map[string]string{
		memtierMisses: "found no key for 966215.48", memtierZero: "above zero", "Totals x - 0": "above zero",
		"": "no line of totals", "Totals": "no line of totals",
	} {
		if got, err := parseMemtier(out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v (%v) from %q, want %q", got, err, out, want)
		}
	}
}

func TestAVersionIsShownWithoutWhatItWasBuiltFrom(t *testing.T) {
	for _, tt := range []struct{ name, out, want string }{
		{redisBenchmark, "redis-benchmark 7.0.15\n", "7.0.15"},
		{redisBenchmark, "valkey-benchmark 8.0.1\n", "valkey-benchmark 8.0.1"}, // by a link of that name
		{memtier, "memtier_benchmark v=2.3.0 sha=00000000:0 bits=64 libevent=2.1.12-stable openssl=OpenSSL 3.0.22\nCopyright (C) 2011-2026 Redis Ltd.\n", "2.3.0"},
		{memtier, "memtier_benchmark 1.4.0\nCopyright (C) 2011-2022 Redis Ltd.\n", "1.4.0"},
		{memtier, "", ""},
	} {
		if got := versionOf(tt.name, tt.out); got != tt.want {
			t.Errorf("versionOf(%q, %q) = %q, want %q", tt.name, tt.out, got, tt.want)
		}
	}
}
