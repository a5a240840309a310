package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// duelFiles makes a duel's charts and its page.
func duelFiles(r *bench.Result, d *bench.Duel) (Files, error) {
	sides, err := sidesOf(d)
	if err != nil {
		return nil, err
	}
	p := &page{result: r, duel: d, sides: sides}
	files, err := p.charts()
	if err != nil {
		return nil, err
	}
	exports, err := p.exports()
	if err != nil {
		return nil, err
	}
	files = append(files, exports...)
	text, err := p.render()
	if err != nil {
		return nil, fmt.Errorf("report: page of %s: %w", d.Scenario, err)
	}
	return append(files, File{d.Scenario + ".md", text}), nil
}

// A page is one duel's page.
type page struct {
	doc
	result *bench.Result
	duel   *bench.Duel
	sides  []side
	// The paths of the charts that exist.
	latencyChart, bystanderChart string
	roundsChart, timelineChart   string
	waysChart, nodesChart        string
	pressureChart                string
	// Those of the files for HdrHistogram's tools; empty if there are none.
	percentiles []link
	intervals   string
}

func (p *page) render() ([]byte, error) {
	p.heading(1, escape(finding(p.duel)))
	p.para("*%s* · scenario `%s` · [all duels](%s)", escape(p.duel.Title), p.duel.Scenario, indexPath)
	p.para("**Claim.** %s", sentence(p.duel.Claim))
	if p.result.Partial != "" {
		p.para("> **Partial run.** %s", sentence(p.result.Partial))
	}
	if p.duel.Failed != "" {
		p.failed()
	} else {
		p.measured()
	}
	p.environment()
	p.repeat()
	p.exported()
	return p.bytes()
}

// failed shows why there is no result, and no number.
func (p *page) failed() {
	p.para("**No result.** %s No number of this duel is shown, since none can be trusted.", sentence(p.duel.Failed))
	p.deaths()
	if len(p.duel.Checks) > 0 {
		p.heading(2, "Checks")
		p.table("lll", []string{"", "side", "the server's counters must show"}, rowsOf(p.duel.Checks, func(c bench.CheckResult) []string {
			return []string{tick(c.OK), escape(label(c.Side)), escape(c.Name)}
		}))
	}
}

func (p *page) measured() {
	if p.duel.Partial != "" {
		p.para("> **Partial duel.** %s The numbers are of the rounds that finished.", sentence(p.duel.Partial))
	}
	p.verdict()
	p.also()
	p.differs()
	p.deaths()
	p.functions()
	p.predictions()
	p.rounds()
	p.metrics()
	p.latencies()
	p.load()
	p.bystander()
	p.pressure()
	p.evidence()
	p.variants()
	p.elsewhere()
}

// also lists what was measured besides the finding.
func (p *page) also() {
	if len(p.duel.Also) == 0 {
		return
	}
	p.para("Also measured:")
	lines := make([]string, len(p.duel.Also))
	for i, s := range p.duel.Also {
		lines[i] = sentence(s)
	}
	p.list(lines)
}

func (p *page) verdict() {
	c := &p.duel.Comparison
	p.para("**Verdict: %s%s.** %s", escape(verdict(c)), p.noted(doubts(p.duel)), strings.TrimSpace(p.size(c)+" "+reason(c)))
	if p.duel.Stopped != "" {
		p.para("%s", sentence("Stopped "+p.duel.Stopped))
	}
}

// reason is why the verdict is what it is, where size does not show it: a side
// wins because the interval lies outside of the A/A band.
func reason(c *stats.Comparison) string {
	if hasEffect(c) && (c.Verdict == stats.PatternWins || c.Verdict == stats.AntiPatternWins) {
		return ""
	}
	return upper(sentence(c.Why))
}

// size says how large the effect is, if there is a number to say.
func (p *page) size(c *stats.Comparison) string {
	name := upper(escape(p.duel.Primary.Name))
	if !hasEffect(c) {
		return name + ": " + quantity.Missing + "."
	}
	unit := p.duel.Primary.Unit
	return fmt.Sprintf("%s: the anti-pattern is %s (95 %% interval %s over %s). The pattern against itself, the A/A band: %s.",
		name, escape(worse(c, unit)), escape(band(c, c.Effect, unit)), counted(c.Rounds, "round"), escape(band(c, c.Noise, unit)))
}

func worse(c *stats.Comparison, unit string) string {
	if c.Scale == stats.Difference {
		return "worse by " + quantity.Signed(float64(c.Effect.Estimate), plain(unit))
	}
	return quantity.Ratio(float64(c.Effect.Estimate)) + " as bad as the pattern"
}

// deaths lists the trials that yielded nothing.
func (p *page) deaths() {
	var lines []string
	for i := range p.duel.Trials {
		if t := &p.duel.Trials[i]; t.Outcome != bench.Completed {
			lines = append(lines, fmt.Sprintf("Round %d, %s: %s. %s", t.Round, escape(label(t.Side)), escape(string(t.Outcome)), sentence(t.Why)))
		}
	}
	if len(lines) > 0 {
		p.para("Trials that yielded no number:")
		p.list(lines)
	}
}

func (p *page) predictions() {
	predictions := slices.DeleteFunc(slices.Clone(p.duel.Predictions), func(x bench.Prediction) bool {
		return find(p.sides, x.Side) == nil // a variant that was left out or voided
	})
	if len(predictions) == 0 {
		return
	}
	p.heading(2, "Predicted and measured")
	p.para("The model's arithmetic, made before the measurement, and the median over the rounds.")
	p.table("ll", []string{"side", "metric", "predicted", "measured"}, rowsOf(predictions, func(x bench.Prediction) []string {
		unit := p.unit(x.Metric)
		return []string{
			escape(label(x.Side)), escape(x.Metric), escape(withUnit(float64(x.Value), unit)), escape(withUnit(p.median(x.Metric, x.Side), unit)),
		}
	}))
	p.list(formulas(predictions))
}

// formulas are the arithmetic behind the numbers, each once, with what it is for.
func formulas(predictions []bench.Prediction) (lines []string) {
	var texts []string
	for _, x := range predictions {
		if slices.Contains(texts, x.Formula) {
			continue
		}
		texts = append(texts, x.Formula)
		var of []string
		for _, same := range predictions {
			if same.Formula == x.Formula {
				of = append(of, escape(label(same.Side)+", "+plain(same.Metric)))
			}
		}
		lines = append(lines, strings.Join(of, "; ")+": "+sentence(x.Formula))
	}
	return lines
}

// unit is the unit of the metric of that name.
func (p *page) unit(metric string) string {
	for _, m := range append([]bench.Metric{p.duel.Primary}, p.duel.Metrics...) {
		if m.Name == metric {
			return m.Unit
		}
	}
	return ""
}

// median is a metric's median over the trials of a side; NaN if there is none.
func (p *page) median(metric, side string) float64 {
	for _, m := range p.duel.Comparisons {
		if v, ok := m.Sides[side]; ok && m.Metric == metric {
			return float64(v)
		}
	}
	return math.NaN()
}

// worth is a metric's effect, or why there is none to tell.
func (p *page) worth(m *bench.MetricResult, unit string) string {
	c := &m.Comparison
	switch c.Verdict {
	case stats.NoDifference:
		return "no measurable difference (" + escape(band(c, c.Effect, unit)) + ")"
	case stats.NotDemonstrable:
		return escape(string(c.Verdict)) + p.note(m.Metric+": "+c.Why)
	}
	return escape(effect(c, unit))
}

// differs names what does differ when the primary metric shows nothing.
func (p *page) differs() {
	switch p.duel.Comparison.Verdict {
	case stats.PatternWins, stats.AntiPatternWins:
		return
	}
	var lines []string
	for i := range p.duel.Comparisons {
		m := &p.duel.Comparisons[i]
		switch v := m.Comparison.Verdict; v {
		case stats.PatternWins, stats.AntiPatternWins:
			lines = append(lines, fmt.Sprintf("%s: %s, %s", upper(escape(m.Metric)), escape(effect(&m.Comparison, p.unit(m.Metric))), escape(string(v))))
		}
	}
	if len(lines) > 0 {
		p.para("What does differ, as how many times (or by how much) the anti-pattern is worse:")
		p.list(lines)
	}
}

// describe puts a load into words.
func describe(s *load.Spec) string {
	workers := counted(max(s.Workers, 1), "worker")
	switch s.Mode {
	case load.Open:
		arrivals := "evenly spaced"
		if s.Arrivals == load.Poisson {
			arrivals = "at Poisson moments"
		}
		return fmt.Sprintf("an open loop: %s a second, %s, whatever became of the earlier ones; at most %s in flight",
			quantity.Format(s.Rate, "operations"), arrivals, quantity.Count(int64(max(s.Workers, 1))))
	case load.Job:
		return fmt.Sprintf("a job of %s by %s", counted(s.Ops, "operation"), workers)
	}
	return fmt.Sprintf("a closed loop: %s, each asking again as soon as it is answered", workers)
}

// conditions is describe in a few words, for charts.
func conditions(s *load.Spec) string {
	workers := counted(max(s.Workers, 1), "worker")
	switch s.Mode {
	case load.Open:
		return "open loop, " + quantity.Format(s.Rate, "operations") + " a second"
	case load.Job:
		return "job of " + counted(s.Ops, "operation") + ", " + workers
	}
	return "closed loop, " + workers
}

// rowsOf makes a table's rows.
func rowsOf[T any](items []T, row func(T) []string) [][]string {
	rows := make([][]string, 0, len(items))
	for _, item := range items {
		rows = append(rows, row(item))
	}
	return rows
}

func tick(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}

// upper makes the first letter of a sentence a capital.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
