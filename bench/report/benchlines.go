package report

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// benchmarks writes one line for each completed trial in the format of Go's
// benchmarks, which benchstat reads. The anti-pattern comes first, so that it
// is what benchstat's -col /impl compares with. ns/op is the mean response
// time, and the iterations are the answered operations.
//
// The format: https://go.dev/design/14313-benchmark-format
func benchmarks(r *bench.Result) []byte {
	var b bytes.Buffer
	configure(&b, r)
	for i := range r.Duels {
		if d := &r.Duels[i]; d.Failed == "" {
			for _, t := range inBenchOrder(d.Trials) {
				benchmark(&b, d, t)
			}
		}
	}
	return b.Bytes()
}

// configure writes the configuration lines and which way the units improve.
func configure(b *bytes.Buffer, r *bench.Result) {
	fmt.Fprintf(b, "goos: %s\ngoarch: %s\npkg: redisduel\ncpu: %s\nredis: %s\n",
		slug(r.Host.OS), slug(r.Host.Arch), plain(r.Host.CPU), plain(strings.Join(servers(r), "; ")))
	for _, u := range []string{"ns/op", "p50-ns", "p99-ns"} {
		fmt.Fprintf(b, "Unit %s better=lower\n", u)
	}
	var known []string
	for i := range r.Duels {
		m := &r.Duels[i].Primary
		if u := metricUnit(m); !slices.Contains(known, u) {
			known = append(known, u)
			fmt.Fprintf(b, "Unit %s better=%s\n", u, direction(m.Better))
		}
	}
}

func direction(b stats.Better) string {
	if b == stats.Higher {
		return "higher"
	}
	return "lower"
}

// metricUnit names a metric in one word that ends in its unit.
func metricUnit(m *bench.Metric) string {
	if m.Unit == "" {
		return slug(m.Name)
	}
	return slug(m.Name) + "-" + slug(m.Unit)
}

// inBenchOrder returns the completed trials that answered, the anti-pattern's
// before the pattern's, in the order of the rounds.
func inBenchOrder(trials []bench.Trial) (all []*bench.Trial) {
	for i := range trials {
		if t := &trials[i]; t.Outcome == bench.Completed && t.Load != nil && t.Load.OK > 0 {
			all = append(all, t)
		}
	}
	rank := func(side string) int {
		return slices.Index([]string{bench.Control, bench.Pattern, bench.AntiPattern}, side)
	}
	slices.SortStableFunc(all, func(a, b *bench.Trial) int {
		if a.Side != b.Side && rank(a.Side) == rank(b.Side) { // two variants
			return strings.Compare(a.Side, b.Side)
		}
		return rank(b.Side) - rank(a.Side)
	})
	return all
}

func benchmark(b *bytes.Buffer, d *bench.Duel, t *bench.Trial) {
	fmt.Fprintf(b, "BenchmarkDuel/scenario=%s/impl=%s/rtt=%s %d", slug(d.Scenario), slug(t.Side), d.RTT, t.Load.OK)
	if h := t.Load.Response; h != nil {
		if mean, ok := h.Mean(); ok {
			fmt.Fprintf(b, " %d ns/op", mean)
		}
		for _, q := range []float64{0.5, 0.99} {
			if v, ok := h.Quantile(q); ok {
				fmt.Fprintf(b, " %d %s-ns", v, percentile(q))
			}
		}
	}
	if v, ok := t.Values[d.Primary.Name]; ok && quantity.Finite(float64(v)) {
		fmt.Fprintf(b, " %s %s", strconv.FormatFloat(float64(v), 'f', -1, 64), metricUnit(&d.Primary))
	}
	b.WriteString("\n")
}
