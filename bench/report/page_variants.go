package report

import (
	"fmt"
	"maps"
	"slices"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// variants shows the third ways beside the twins.
func (p *page) variants() {
	if len(p.duel.Variants) == 0 || len(p.duel.Comparisons) == 0 {
		return
	}
	p.heading(2, "Third ways")
	p.para("Neither the pattern nor its twin, measured in the first rounds beside them:")
	p.list(aboutVariants(p.duel.Variants))
	if p.waysChart != "" {
		p.para("![%s of the pattern, the anti-pattern and every third way: rounds, median and prediction](%s)", upper(escape(p.duel.Primary.Name)), p.waysChart)
	}
	p.para("The last column says how many times (or by how much) worse than the pattern each is; below 1 (or 0), it is better.")
	primary := &p.duel.Comparisons[0]
	pattern := []string{"the pattern", escape(withUnit(p.median(p.duel.Primary.Name, bench.Pattern), p.duel.Primary.Unit)), "–"}
	p.table("lrr", []string{"variant", escape(p.duel.Primary.Name), "against the pattern"},
		append([][]string{pattern}, rowsOf(p.duel.Variants, func(v bench.VariantNote) []string { return p.variantRow(primary, v) })...))
	p.variantMetrics()
}

func aboutVariants(variants []bench.VariantNote) []string {
	lines := make([]string, len(variants))
	for i, v := range variants {
		lines[i] = "**" + escape(v.Name) + "**: " + sentence(v.About)
	}
	return lines
}

// variantMetrics shows what else was measured of them, beside the pattern.
func (p *page) variantMetrics() {
	_, variants := p.parted()
	if len(variants) == 0 || len(p.duel.Comparisons) < 2 {
		return
	}
	shown := append([]side{p.sides[0]}, variants...)
	p.para("By the other metrics:")
	p.table("l", metricHeader(shown), rowsOf(p.duel.Comparisons[1:], func(m bench.MetricResult) []string {
		return p.metricRow(&m, shown)
	}))
}

func (p *page) variantRow(primary *bench.MetricResult, v bench.VariantNote) []string {
	if v.Failed != "" {
		return []string{escape(v.Name), quantity.Missing + p.note(v.Name+": "+v.Failed), "no result"}
	}
	if v.LeftOut != "" {
		return []string{escape(v.Name), quantity.Missing + p.note(v.Name+" runs on a server of our own alone: "+v.LeftOut), "left out"}
	}
	c := primary.Variants[v.Name]
	against := effect(&c, p.duel.Primary.Unit)
	if c.Verdict == stats.NoDifference {
		against = "no measurable difference"
	}
	return []string{
		escape(v.Name),
		escape(withUnit(p.median(p.duel.Primary.Name, v.Name), p.duel.Primary.Unit)), escape(against),
	}
}

// usual is the share of a side's calls from which on a command is listed.
const usual = 0.1

// nodes shows how the calls of each side fell on the nodes of a cluster, by
// command: what a scenario spreads may be one of several.
func (p *page) nodes() {
	var rows [][]string
	n := 0
	for i := range p.sides {
		s := &p.sides[i]
		calls := callsByNode(s)
		for _, command := range slices.Sorted(maps.Keys(calls)) {
			n = max(n, len(calls[command]))
			rows = append(rows, nodeRow(s.label, command, calls[command]))
		}
	}
	if n == 0 {
		return
	}
	header := []string{"side", "command"}
	for i := range n {
		header = append(header, fmt.Sprintf("node %d", i+1))
	}
	p.heading(3, "Load of the nodes")
	if p.nodesChart != "" {
		p.para("![How each side's calls fell on the nodes, with their mean](%s)", p.nodesChart)
	}
	p.para("Each node's share in the calls of a side's usual commands; the imbalance is the largest over the mean.")
	p.table("ll", append(header, "imbalance"), rows)
}

func nodeRow(side, command string, calls []float64) []string {
	row, sum := []string{escape(side), escape(command)}, 0.0
	for _, c := range calls {
		sum += c
	}
	for _, c := range calls {
		row = append(row, fmt.Sprintf("%.0f %%", 100*c/sum))
	}
	return append(row, quantity.Times(slices.Max(calls)*float64(len(calls))/sum))
}

// callsByNode is a side's calls on each node, by usual command; empty for a
// single server.
func callsByNode(s *side) map[string][]float64 {
	calls, all := map[string][]float64{}, 0.0
	for _, t := range s.trials {
		for i := range t.Nodes {
			for name, c := range t.Nodes[i].Commands {
				if calls[name] == nil {
					calls[name] = make([]float64, len(t.Nodes))
				}
				calls[name][i] += float64(c.Calls)
				all += float64(c.Calls)
			}
		}
	}
	maps.DeleteFunc(calls, func(_ string, by []float64) bool {
		sum := 0.0
		for _, c := range by {
			sum += c
		}
		return sum < usual*all
	})
	return calls
}

// elsewhere says where the anti-pattern is the better choice, as far as this
// result can tell: by another metric, and at another size, if a sweep looked.
func (p *page) elsewhere() {
	p.heading(2, "Where the anti-pattern is the better choice")
	if wins := p.antiPatternWins(); len(wins) > 0 {
		p.para("In this duel it was better by:")
		p.list(wins)
	} else {
		p.para("In this duel it was better by none of the metrics.")
	}
	sweeps := p.sweeps()
	for _, s := range sweeps {
		p.para("**By %s, over %s.** %s Measured on %s in a sweep of its own: [points and model](%s).",
			escape(s.Primary.Name), escape(s.Parameter+bench.SweepOf(s.Title, p.duel.Title)), escape(breakEven(s)), date(s.Started), SweepPage(s))
		p.para("![%s](%s)", escape(breakEven(s)), sweepChart(s))
	}
	if len(sweeps) > 0 {
		return
	}
	p.para("No sweep in this report looked for where the two break even; `redisduel list` names those there are.")
}

// antiPatternWins names the metrics by which the anti-pattern won.
func (p *page) antiPatternWins() (wins []string) {
	for i := range p.duel.Comparisons {
		m := &p.duel.Comparisons[i]
		if m.Comparison.Verdict != stats.AntiPatternWins {
			continue
		}
		text := escape(m.Metric) + " (" + escape(withUnit(p.median(m.Metric, bench.AntiPattern), p.unit(m.Metric))) +
			" against " + escape(withUnit(p.median(m.Metric, bench.Pattern), p.unit(m.Metric))) + ")"
		wins = append(wins, text)
	}
	return wins
}

// sweeps are those of the duel's scenario that have a chart.
func (p *page) sweeps() (sweeps []*bench.SweepResult) {
	for i := range p.result.Sweeps {
		if s := &p.result.Sweeps[i]; s.Scenario == p.duel.Scenario && len(sound(s)) > 1 {
			sweeps = append(sweeps, s)
		}
	}
	return sweeps
}
