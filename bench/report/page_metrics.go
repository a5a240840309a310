package report

import (
	"redisduel/bench"
	"redisduel/bench/quantity"
)

// metrics shows every metric of the twins and the control. Those of the variants
// stand with the variants: side by side they would not fit on a screen.
func (p *page) metrics() {
	p.heading(2, "All metrics")
	p.para("The median over the rounds of each side. The last column compares the anti-pattern with the pattern: " +
		"above 1 (or 0, for a difference) the anti-pattern is worse, whichever way the metric improves.")
	twins, _ := p.parted()
	p.table("l", append(metricHeader(twins), "worse by (95 % interval)"), rowsOf(p.duel.Comparisons, func(m bench.MetricResult) []string {
		return append(p.metricRow(&m, twins), p.worth(&m, p.unit(m.Metric)))
	}))
}

// parted are the twins with the control, and the variants.
func (p *page) parted() (twins, variants []side) {
	for _, s := range p.sides {
		switch s.name {
		case bench.Pattern, bench.AntiPattern, bench.Control:
			twins = append(twins, s)
		default:
			variants = append(variants, s)
		}
	}
	return twins, variants
}

func metricHeader(sides []side) []string {
	header := []string{"metric"}
	for i := range sides {
		header = append(header, escape(sides[i].label))
	}
	return header
}

func (p *page) metricRow(m *bench.MetricResult, sides []side) []string {
	row := []string{escape(m.Metric)}
	for i := range sides {
		value := quantity.Missing
		if v, ok := m.Sides[sides[i].name]; ok {
			value = withUnit(float64(v), p.unit(m.Metric))
		}
		row = append(row, escape(value))
	}
	return row
}
