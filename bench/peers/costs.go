package peers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"

	"redisduel/bench/stats"
)

const goCommand = "go"

// costCommand runs the benchmarks of what an op costs the harness, of which this
// step makes its rounds, one package after the other: side by side they would
// take the CPU from each other.
var costCommand = []string{"test", "-p", "1", "-run", "^$", "-bench", "CostOf(Recording|ASample|Waiting|AnExchange)$",
	"redisduel/bench/load", "redisduel/bench/latency", "redisduel/bench/netem"}

// A cost is one quantity of some benchmarks.
type cost struct {
	what, unit string
	per        string // the benchmark's name of the unit
	ways       [][2]string
	compare    []Comparison
}

// The ways to record an op.
const (
	recorder = "an op of one worker"
	locked   = "an op of many workers"
	sample   = "one sample"
)

var recorders = [][2]string{
	{recorder, "CostOfRecording/shared=false"}, {locked, "CostOfRecording/shared=true"}, {sample, "CostOfASample"},
}

var costs = []cost{
	{"recording: time", "ns", "ns/op", recorders, []Comparison{{Of: recorder, Scale: stats.Difference, Max: bound(30)}}},
	{"recording: allocations", "", "allocs/op", recorders, []Comparison{{Of: recorder, Scale: stats.Difference, Max: bound(0)}}},
	{"waiting until an op is due: CPU", "ns", "cpu-ns/wait",
		[][2]string{{"timerfd", "CostOfWaiting/timerfd"}, {"Go's timer", "CostOfWaiting/runtime_timer"}},
		[]Comparison{{Of: "timerfd", Against: "Go's timer", Scale: stats.Difference}}},
	{"waiting until an op is due: median lateness", "ns", "p50-late-ns",
		[][2]string{{"timerfd", "CostOfWaiting/timerfd"}, {"Go's timer", "CostOfWaiting/runtime_timer"}},
		[]Comparison{{Of: "timerfd", Against: "Go's timer", Scale: stats.Difference}}},
	{"an exchange, both ends: CPU", "ns", "cpu-ns/exchange",
		[][2]string{{"direct", "CostOfAnExchange/rtt=0s"}, {"link of 100 µs", "CostOfAnExchange/rtt=100µs"}, {"link of 1 ms", "CostOfAnExchange/rtt=1ms"}},
		[]Comparison{{Of: "link of 100 µs", Against: "direct", Scale: stats.Difference}, {Of: "link of 1 ms", Against: "direct", Scale: stats.Difference}}},
}

// costs runs the benchmarks of the harness's own parts.
func (r *run) costs(ctx context.Context) error {
	if !r.has(goCommand) {
		r.Log("what an op costs the harness: left out without the go command")
		return nil
	}
	r.Log("what an op costs the harness")
	args := append(slices.Clone(costCommand), "-benchmem", "-benchtime", pick(r, "200ms", "1x"), "-count", strconv.Itoa(pick(r, 6, 2)))
	f, err := execute(ctx, nil, goCommand, args...)
	if err != nil {
		return err
	}
	measures, err := parseCosts(f.stdout)
	if err != nil {
		return err
	}
	r.add(Section{
		Title: "What an op costs the harness",
		About: []string{
			"The project's own benchmarks (`go test -run '^$' -bench CostOf ./bench/...`) of what stands between an op and its numbers: the record of its three times (response, service, lateness: a sample in a histogram each; many workers share histograms and lock them), the wait until it is due, and its way through the emulated link. Rounds of one benchmark follow each other.",
			"Expected: recording takes at most 30 ns and allocates nothing, so that it is lost beside the microseconds of the shortest op. A wait takes the CPU time of a wake-up and of the spin that makes it exact. Through the link an exchange waits twice.",
		},
		Measures:  measures,
		Reproduce: "make peers ARGS='--only costs'",
	})
	return nil
}

// parseCosts reads what go test printed of the benchmarks. A way whose benchmark
// this system does not have is left out.
func parseCosts(out string) (all []Measure, err error) {
	got, err := benchmarks(out)
	if err != nil {
		return nil, err
	}
	for _, c := range costs {
		m := Measure{What: c.what, Unit: c.unit}
		for _, w := range c.ways {
			if rounds := got[w[1]][c.per]; len(rounds) > 0 {
				m.Ways = append(m.Ways, Way{w[0], rounds})
			}
		}
		if len(m.Ways) == 0 {
			return nil, fmt.Errorf("go test printed no %s of a benchmark: %.200q", c.per, out)
		}
		for _, compare := range c.compare {
			if m.Of(compare.Of) != nil && (compare.Against == "" || m.Of(compare.Against) != nil) {
				m.Comparisons = append(m.Comparisons, compare)
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// benchmarks are the values of benchmarks by their name and their unit, as they
// were printed.
func benchmarks(out string) (map[string]map[string][]stats.Float, error) {
	got := map[string]map[string][]stats.Float{}
	var wrong error
	for lines := benchfmt.NewReader(strings.NewReader(out), "go test"); lines.Scan(); {
		switch line := lines.Result().(type) {
		case *benchfmt.SyntaxError:
			wrong = errors.Join(wrong, line)
		case *benchfmt.Result:
			name := string(line.Name)
			if dash := strings.LastIndexByte(name, '-'); dash > 0 {
				name = name[:dash] // the number of processors
			}
			if got[name] == nil {
				got[name] = map[string][]stats.Float{}
			}
			for _, v := range line.Values {
				if v.OrigUnit != "" {
					v.Unit, v.Value = v.OrigUnit, v.OrigValue
				}
				got[name][v.Unit] = append(got[name][v.Unit], stats.Float(v.Value))
			}
		}
	}
	return got, wrong
}
