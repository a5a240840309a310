package report

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"redisduel/bench/stats"

	"golang.org/x/perf/benchfmt"
)

// read parses the benchmark lines of a report as benchstat does.
func read(t *testing.T, data []byte) (results []*benchfmt.Result, units benchfmt.UnitMetadataMap) {
	t.Helper()
	reader := benchfmt.NewReader(bytes.NewReader(data), benchPath)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(record)
		case *benchfmt.Result:
			results = append(results, record.Clone())
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return results, reader.Units()
}

func TestBenchstatReadsEveryCompletedTrial(t *testing.T) {
	results, units := read(t, theReport(t).Get(benchPath))
	if got, want := len(results), 4*4+11+3*4; got != want { // one trial of connection crashed
		t.Errorf("%d lines, want %d", got, want)
	}
	first := results[0]
	if got, want := string(first.Name), "Duel/scenario=pipelining/impl=antipattern/rtt=1ms"; got != want {
		t.Errorf("the first line is %s, want the anti-pattern's: %s", got, want)
	}
	if first.Iters != 180 {
		t.Errorf("%d iterations, want the 180 that were answered", first.Iters)
	}
	for key, want := range map[string]string{
		"goos": "linux", "goarch": "amd64", "pkg": "redisduel", "cpu": "Example CPU @ 2.40GHz",
		"redis": "redis 7.0.15 standalone started for the run",
	} {
		if got := first.GetConfig(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if m := units[benchfmt.UnitMetadataKey{Unit: "sec/op", Key: "better"}]; m == nil || m.Value != "lower" {
		t.Errorf("ns/op improves as %v, want lower", m)
	}
}

func TestBenchmarkValuesHaveTheRightUnits(t *testing.T) {
	r := fixture()
	results, _ := read(t, theReport(t).Get(benchPath))
	i := slices.IndexFunc(results, func(r *benchfmt.Result) bool {
		return string(r.Name) == "Duel/scenario=connection/impl=pattern/rtt=1ms"
	})
	trial := r.Duels[1].Trials[0]
	mean, _ := trial.Load.Response.Mean()
	median, _ := trial.Load.Response.Quantile(0.5)
	p99, _ := trial.Load.Response.Quantile(0.99)
	for unit, want := range map[string]float64{
		"sec/op": mean.Seconds(), "p50-sec": median.Seconds(), "p99-sec": p99.Seconds(), "median-response-time-sec": median.Seconds(),
	} {
		if got, ok := results[i].Value(unit); !ok || math.Abs(got-want) > want*1e-9 {
			t.Errorf("%s is %v, want %v", unit, got, want)
		}
	}
}

func TestAMissingValueIsLeftOutOfTheBenchmarks(t *testing.T) {
	r := fixture()
	r.Duels = r.Duels[:1]
	for i := range r.Duels[0].Trials {
		r.Duels[0].Trials[i].Values["job time"] = stats.Float(math.NaN())
	}
	results, _ := read(t, benchmarks(r))
	if _, ok := results[0].Value("job-time-sec"); ok {
		t.Error("NaN was written")
	}
}
