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

// Two tables of memtier_benchmark, from its issues 68 and 128: the columns of
// latencies differ between versions, the first number does not.
const (
	memtierOld = `ALL STATS
========================================================================
Type        Ops/sec     Hits/sec   Misses/sec      Latency       KB/sec
------------------------------------------------------------------------
Sets       21536.09          ---          ---      0.23100     22561.95
Gets           0.00         0.00         0.00      0.00000         0.00
Waits          0.00          ---          ---      0.00000          ---
Totals     21536.09         0.00         0.00      0.23100     22561.95
`
	memtierZero = `Type         Ops/sec     Hits/sec   Misses/sec      Latency       KB/sec
-------------------------------------------------------------------------
Sets            0.00          ---          ---     19.71200         0.00
Totals          0.00         0.00         0.00     19.72300         0.00
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
	if got, err := parseMemtier(memtierOld); err != nil || got != 21536.09 {
		t.Errorf("got %v (%v), want 21536.09", got, err)
	}
	for _, out := range []string{"", memtierZero, "Totals"} {
		if got, err := parseMemtier(out); err == nil {
			t.Errorf("got %v from %q, want an error", got, out)
		}
	}
}
