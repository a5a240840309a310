package peers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redisduel/bench/stats"

	"github.com/google/go-cmp/cmp"
)

// What go test printed of the benchmarks, on Linux.
const costsOut = `goos: linux
goarch: amd64
pkg: redisduel/bench/load
cpu: AMD EPYC
BenchmarkCostOfRecording/shared=false-2         	 5723353	        31.56 ns/op	       0 B/op	       0 allocs/op
BenchmarkCostOfRecording/shared=false-2         	 5723353	        27.50 ns/op	       0 B/op	       0 allocs/op
BenchmarkCostOfRecording/shared=true-2          	 2778853	        49.76 ns/op	       0 B/op	       0 allocs/op
BenchmarkCostOfRecording/shared=true-2          	 2778853	        49.76 ns/op	       0 B/op	       0 allocs/op
BenchmarkCostOfWaiting/timerfd-2                	       1	     58636 cpu-ns/wait	      1173 p50-late-ns	   3545087 p99-late-ns	11833552 B/op	     462 allocs/op
BenchmarkCostOfWaiting/runtime_timer-2          	       1	     17701 cpu-ns/wait	    697343 p50-late-ns	  40206335 p99-late-ns	11823936 B/op	     415 allocs/op
PASS
ok  	redisduel/bench/load	1.398s
pkg: redisduel/bench/latency
BenchmarkCostOfASample-2   	10075233	        10.59 ns/op	       0 B/op	       0 allocs/op
PASS
pkg: redisduel/bench/netem
BenchmarkCostOfAnExchange/rtt=0s-2         	    5299	     25039 ns/op	     12944 cpu-ns/exchange	      24 B/op	       1 allocs/op
BenchmarkCostOfAnExchange/rtt=100µs-2      	     441	    266450 ns/op	    121302 cpu-ns/exchange	     324 B/op	       3 allocs/op
BenchmarkCostOfAnExchange/rtt=1ms-2        	     100	   1052009 ns/op	    156080 cpu-ns/exchange	     126 B/op	       3 allocs/op
PASS
`

func TestWhatGoTestPrintsOfACostIsRead(t *testing.T) {
	all, err := parseCosts(costsOut)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]stats.Float
	for i := range all {
		for _, w := range all[i].Ways {
			got = append(got, w.Rounds)
		}
	}
	want := [][]stats.Float{
		{31.56, 27.5}, {49.76, 49.76}, {10.59}, {0, 0}, {0, 0}, {0},
		{58636}, {17701}, {1173}, {697343}, {12944}, {121302}, {156080},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other values (-want +got):\n%s", diff)
	}
}

func TestARecordThatAllocatesMissesItsTarget(t *testing.T) {
	for out, want := range map[string]Verdict{costsOut: Met, strings.ReplaceAll(costsOut, "0 allocs/op", "1 allocs/op"): Missed} {
		all, err := parseCosts(out)
		if err != nil {
			t.Fatal(err)
		}
		m := &all[1]
		if got := m.Comparisons[0].Judge(m.Effect(m.Comparisons[0])); got != want {
			t.Errorf("%s of %v is %q, want %q", m.What, m.Ways[0].Rounds, got, want)
		}
	}
}

func TestAClockThatASystemDoesNotHaveIsLeftOut(t *testing.T) {
	var lines []string
	for line := range strings.Lines(costsOut) {
		if !strings.Contains(line, "timerfd") {
			lines = append(lines, line)
		}
	}
	all, err := parseCosts(strings.Join(lines, ""))
	if err != nil {
		t.Fatal(err)
	}
	if m := all[2]; len(m.Ways) != 1 || len(m.Comparisons) != 0 {
		t.Errorf("got %+v, want Go's timer alone and nothing to compare it with", m)
	}
}

func TestABenchmarkThatIsGoneIsAnError(t *testing.T) {
	for _, out := range []string{"", "FAIL\n", strings.ReplaceAll(costsOut, "CostOfAnExchange", "CostOfExchange"), strings.ReplaceAll(costsOut, "31.56", "x")} {
		if all, err := parseCosts(out); err == nil {
			t.Errorf("got %+v from %.80q, want an error", all, out)
		}
	}
}

// Nothing else would tell before the next full run that one was renamed.
func TestTheBenchmarksOfTheCostsAreThere(t *testing.T) {
	source := ""
	for _, name := range []string{"load", "latency", "netem"} {
		files, err := filepath.Glob("../" + name + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source += string(text)
		}
	}
	for _, c := range costs {
		for _, w := range c.ways {
			if name, _, _ := strings.Cut(w[1], "/"); !strings.Contains(source, "func Benchmark"+name+"(b *testing.B)") {
				t.Errorf("there is no benchmark %s for %s", name, w[0])
			}
			if c.per != "ns/op" && c.per != "allocs/op" && !strings.Contains(source, `"`+c.per+`"`) {
				t.Errorf("no benchmark reports %s", c.per)
			}
		}
	}
}
