package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
)

// shown are the quantiles of the tables. All of them are withheld when too few
// samples lie beyond them.
var shown = [...]float64{0.5, 0.9, 0.99, 0.999, 0.9999}

// supporting samples must lie beyond a quantile, as latency.Quantile wants.
const supporting = 10

func (p *page) latencies() {
	p.heading(2, "Latency")
	if p.latencyChart != "" {
		p.para("![Response time by percentile, one curve a side](%s)", p.latencyChart)
		p.para("A curve is over all samples of a side; its band reaches from the lowest to the highest round, and its thin end has fewer than ten samples beyond.")
	}
	p.para("The load is %s.", escape(describe(&p.duel.Load)))
	p.warnClosed()
	p.heading(3, "Response time: from when an operation was due to its answer")
	p.quantiles(p.sides, func(s *side) *latency.Hist { return s.response })
	p.heading(3, "Service time: from when it started to its answer")
	if p.duel.Load.Mode != load.Open {
		p.para("The same: an operation is due when its worker is free, and starts at once.")
		return
	}
	p.quantiles(p.sides, func(s *side) *latency.Hist { return s.service })
	p.heading(3, "Lateness: from when it was due to when it started")
	p.lateness()
}

// warnClosed says what closed-loop numbers cannot say.
func (p *page) warnClosed() {
	if p.duel.Load.Mode == load.Open {
		return
	}
	p.para("**These are closed-loop numbers.** A worker asks again only after it was answered, so the load slows down with " +
		"the server and a stall shows in one sample of each worker. They compare the two sides; they say nothing about what users would feel.")
}

// quantiles writes a table of one histogram of each of some sides.
func (p *page) quantiles(sides []side, of func(*side) *latency.Hist) {
	overflow := false
	for i := range sides {
		overflow = overflow || of(&sides[i]).Overflow() > 0
	}
	columns := supported(sides, of)
	header := []string{"side", "samples" + p.withheld(sides, of), "mean"}
	for _, q := range columns {
		header = append(header, percentile(q))
	}
	header = append(header, "max")
	if overflow {
		header = append(header, "longer than "+quantity.Asked(latency.Range))
	}
	p.table("l", header, rowsOf(sides, func(s side) []string {
		row := quantileRow(s.label, of(&s), columns)
		if overflow {
			row = append(row, quantity.Count(of(&s).Overflow()))
		}
		return row
	}))
}

// supported are the quantiles that at least one side has the samples for, and
// the median.
func supported(sides []side, of func(*side) *latency.Hist) []float64 {
	return slices.DeleteFunc(slices.Clone(shown[:]), func(q float64) bool {
		return q > 0.5 && !slices.ContainsFunc(sides, func(s side) bool {
			_, ok := of(&s).Quantile(q)
			return ok
		})
	})
}

// withheld is the mark of the footnote that says from how many samples on a
// percentile is shown; empty if all are.
func (p *page) withheld(sides []side, of func(*side) *latency.Hist) string {
	last := shown[len(shown)-1] // which takes the most samples
	if !slices.ContainsFunc(sides, func(s side) bool {
		_, ok := of(&s).Quantile(last)
		return !ok && of(&s).Count() > 0
	}) {
		return ""
	}
	var limits []string
	for _, q := range shown[1:] {
		limits = append(limits, percentile(q)+" of "+quantity.Count(int64(math.Round(supporting/(1-q)))))
	}
	return p.note(fmt.Sprintf("a percentile above the median is shown if %d samples lie beyond it, since with fewer it is one sample's luck: %s.",
		supporting, strings.Join(limits, ", ")))
}

func quantileRow(label string, h *latency.Hist, columns []float64) []string {
	row := []string{escape(label), quantity.Count(h.Count()), quantity.Missing}
	if mean, ok := h.Mean(); ok {
		row[2] = quantity.Span(mean)
	}
	for _, q := range columns {
		row = append(row, quantile(h, q))
	}
	if h.Count() == 0 {
		return append(row, quantity.Missing)
	}
	return append(row, quantity.Span(h.Max()))
}

// quantile formats a quantile; one that is withheld is a dash.
func quantile(h *latency.Hist, q float64) string {
	d, ok := h.Quantile(q)
	switch {
	case ok:
		return quantity.Span(d)
	case h.Count() == 0:
		return quantity.Missing
	}
	return "–"
}

func (p *page) lateness() {
	p.table("l", []string{"side", "p50", "p99", "max"}, rowsOf(p.sides, func(s side) []string {
		longest := quantity.Missing
		if s.lateness.Count() > 0 {
			longest = quantity.Span(s.lateness.Max())
		}
		return []string{escape(s.label), quantile(s.lateness, 0.5), quantile(s.lateness, 0.99), longest}
	}))
	p.para("An operation is late when no worker is free or the generator itself cannot keep up. Response time contains it.")
}

func (p *page) bystander() {
	if !hasBystander(p.sides) {
		return
	}
	p.heading(2, "The bystander")
	p.para("An innocent client, in a process of its own, asked for one small key at a steady rate while each side ran, until its last operation had ended. " +
		"What it waited for is the stall that the side causes to everybody.")
	p.para("%s", p.stall())
	if p.bystanderChart != "" {
		p.para("![The bystander's response time by percentile beside each side](%s)", p.bystanderChart)
	}
	if p.timelineChart != "" {
		p.para("![What the bystander waited over time in one round, beside the pattern above and beside the anti-pattern below](%s)", p.timelineChart)
	}
	p.quantiles(append(slices.Clone(p.sides), p.alone()...), func(s *side) *latency.Hist { return s.bystander })
	p.unanswered()
}

// alone is what the bystander felt with nobody beside it, once: what the host
// and the network do to it without either side.
func (p *page) alone() []side {
	if p.duel.Alone == nil || p.duel.Alone.Bystander == nil {
		return nil
	}
	return []side{{label: "nobody", bystander: p.duel.Alone.Bystander.Response}}
}

// unanswered says how many of the bystander's calls are not in its table.
func (p *page) unanswered() {
	var lines []string
	for _, s := range p.sides {
		if n := s.bystanders.Intended - s.bystanders.OK; n > 0 {
			lines = append(lines, fmt.Sprintf("Beside %s, %s of its %s calls got no right answer in time and are not in the table.",
				escape(s.label), quantity.Count(n), quantity.Count(s.bystanders.Intended)))
		}
	}
	p.list(lines)
}

// stall compares the bystander's longest waits.
func (p *page) stall() string {
	pattern, anti := find(p.sides, bench.Pattern), find(p.sides, bench.AntiPattern)
	if pattern.bystander.Count() == 0 || anti.bystander.Count() == 0 {
		return "It got no answers beside one of the sides, so its stalls cannot be compared."
	}
	return fmt.Sprintf("The longest it waited in any trial was %s beside the anti-pattern and %s beside the pattern. "+
		"A stall of a few milliseconds now and then meets only a small share of the calls, so look at the maximum and the tail: the median cannot show it.",
		quantity.Span(anti.bystander.Max()), quantity.Span(pattern.bystander.Max()))
}

// percentile names a quantile: p50, p99.9.
func percentile(q float64) string {
	return "p" + strings.TrimRight(strings.TrimRight(strconv.FormatFloat(q*100, 'f', 6, 64), "0"), ".")
}

// rate is what n operations took on average.
func rate(total time.Duration, n int64) string {
	if n == 0 {
		return quantity.Missing
	}
	return quantity.Nanoseconds(float64(total) / float64(n))
}

// responseTitle says what the chart of response times shows, which is not the
// duel's finding where that is about something else, such as a bystander.
func (p *page) responseTitle() string {
	pattern, anti := find(p.sides, bench.Pattern).response, find(p.sides, bench.AntiPattern).response
	if pattern.Count() == 0 || anti.Count() == 0 {
		return "Response time of " + plain(p.duel.Scenario)
	}
	if tailTells(pattern, anti) {
		return fmt.Sprintf("One operation in a hundred took %s or longer with the anti-pattern, %s with the pattern",
			quantity.Span(anti.At(0.99)), quantity.Span(pattern.At(0.99)))
	}
	return fmt.Sprintf("The median operation took %s with the anti-pattern, %s with the pattern",
		quantity.Span(anti.At(0.5)), quantity.Span(pattern.At(0.5)))
}

// tailTells reports whether two sides lie at least half as far apart again in
// the 99th percentile as in the median.
func tailTells(a, b *latency.Hist) bool {
	x, enoughA := a.Quantile(0.99)
	y, enoughB := b.Quantile(0.99)
	far := func(x, y time.Duration) float64 { return float64(max(x, y, 1)) / float64(max(min(x, y), 1)) }
	return enoughA && enoughB && far(x, y) > 1.5*far(a.At(0.5), b.At(0.5))
}

// stallTitle is stall in one line, for the chart.
func (p *page) stallTitle() string {
	pattern, anti := find(p.sides, bench.Pattern), find(p.sides, bench.AntiPattern)
	if pattern.bystander.Count() == 0 || anti.bystander.Count() == 0 {
		return "What a bystander waited beside each side"
	}
	return fmt.Sprintf("A bystander waited up to %s beside the anti-pattern, up to %s beside the pattern",
		quantity.Span(anti.bystander.Max()), quantity.Span(pattern.bystander.Max()))
}
