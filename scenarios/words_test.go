package scenarios

import (
	"go/ast"
	"slices"
	"strconv"
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// TestSentencesNameMetricsThatExist looks at the names that the scenarios' words
// take numbers by: one that does not exist would leave a sentence out of every
// report, and nobody would miss it.
func TestSentencesNameMetricsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, s := range All() {
		for _, m := range append(s.Metrics, s.Primary) {
			known[m.Name] = true
		}
	}
	n := 0
	for _, call := range calls(t, "*.go") {
		switch name(call.Fun) {
		case "of", "bare", "twins", "bareTwins":
		default:
			continue
		}
		if len(call.Args) == 0 {
			continue
		}
		if literal, ok := call.Args[0].(*ast.BasicLit); ok {
			n++
			if metric, err := strconv.Unquote(literal.Value); err != nil || !known[metric] {
				t.Errorf("no scenario has a metric %s", literal.Value)
			}
		}
	}
	if n == 0 {
		t.Error("no sentence names a metric")
	}
}

func TestASentenceThatLacksANumberIsLeftOut(t *testing.T) {
	const wait = "wait"
	d := &bench.Duel{
		Primary:     bench.Metric{Name: wait, Unit: "ns"},
		Comparisons: []bench.MetricResult{{Metric: wait, Sides: map[string]stats.Float{bench.Pattern: 1e3, bench.AntiPattern: 2e3}}},
	}
	got := also(
		says("It took %s and %s.", twins(wait)...),
		says("MGET took %s.", of(wait, "MGET")),
		says("In figures: %s.", bare(wait, bench.Pattern)),
	)(d)
	if want := []string{"It took 2.00 µs and 1.00 µs.", "In figures: 1000."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
