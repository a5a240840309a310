package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/quantity"
)

// rounds writes the primary metric of every trial.
func (p *page) rounds() {
	last := 0
	for i := range p.duel.Trials {
		last = max(last, p.duel.Trials[i].Round)
	}
	if last == 0 || last > mostTrials {
		return
	}
	twins, _ := p.parted()
	header := []string{"round"}
	for i := range twins {
		header = append(header, escape(twins[i].label))
	}
	var rows [][]string
	for round := 1; round <= last; round++ {
		if row := p.round(round, twins); row != nil {
			rows = append(rows, row)
		}
	}
	p.heading(2, "Round by round")
	p.para("%s, trial by trial. Each trial is a process of its own; the sides of a round ran one after the other, in an order that changes from round to round.",
		upper(escape(p.duel.Primary.Name)))
	if p.roundsChart != "" {
		p.para("![%s, trial by trial, the pattern's and the anti-pattern's joined by a line](%s)", upper(escape(p.duel.Primary.Name)), p.roundsChart)
	}
	p.table("l", header, rows)
}

// round is the row of a round, nil if none of its trials exists.
func (p *page) round(n int, sides []side) []string {
	cells := map[string]string{}
	for i := range p.duel.Trials {
		if t := &p.duel.Trials[i]; t.Round == n {
			cells[t.Side] = p.outcome(t)
		}
	}
	if len(cells) == 0 {
		return nil
	}
	row := []string{fmt.Sprint(n)}
	for i := range sides {
		row = append(row, cmp.Or(cells[sides[i].name], quantity.Missing))
	}
	return row
}

func (p *page) outcome(t *bench.Trial) string {
	if t.Outcome != bench.Completed {
		return escape(string(t.Outcome))
	}
	v, ok := t.Values[p.duel.Primary.Name]
	if !ok {
		return quantity.Missing
	}
	return escape(withUnit(float64(v), p.duel.Primary.Unit))
}

// load writes what became of the operations.
func (p *page) load() {
	p.heading(2, "Operations")
	p.para("Intended = ok + failed + unknown + not started. Unknown: sent, and no answer in time. Not started: due, but no worker was free before the end.")
	p.table("l", []string{"side", "intended", "ok", "failed", "unknown", "not started"}, rowsOf(p.sides, func(s side) []string {
		if !s.measured() {
			return []string{escape(s.label), quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing}
		}
		return []string{escape(s.label), quantity.Count(s.load.Intended), quantity.Count(s.load.OK), quantity.Count(s.load.Failed), quantity.Count(s.load.Unknown), quantity.Count(s.load.NotStarted)}
	}))
	if rows := p.errors(); len(rows) > 0 {
		p.table("ll", []string{"side", "class of error", "operations"}, rows)
	}
}

func (p *page) errors() (rows [][]string) {
	for _, s := range p.sides {
		for _, class := range slices.Sorted(maps.Keys(s.load.Errors)) {
			rows = append(rows, []string{escape(s.label), escape(class), quantity.Count(s.load.Errors[class])})
		}
	}
	return rows
}

// evidence writes what the server's own counters say about each side.
func (p *page) evidence() {
	p.heading(2, "Evidence from the server")
	p.checks()
	p.heading(3, "Counters")
	p.para("Differences of the server's own counters, divided by the operations attempted, warm-up included. What the harness itself asked for is taken out.")
	if hasBystander(p.sides) {
		p.para("So are the bystander's reads, and the CPU time that the server spends on as many of them when nobody else is there; where what is left is less than a tenth of that, it says nothing and is n/a.")
	}
	header := []string{"side", "commands/op", "reads/op", "connections/op", "in/op", "out/op", "server CPU/op", "slow log entries", "longest entry"}
	p.table("l", header, rowsOf(p.sides, func(s side) []string { return witness(&s) }))
	p.commands()
	p.nodes()
}

// A sum is the evidence of a side's trials, and the operations behind it.
type sum struct {
	evidence.Delta
	calls, attempts int64
	slow            int
	longest         time.Duration
}

func total(s *side) (all sum) {
	all.Commands = map[string]evidence.Command{}
	for _, t := range s.trials {
		if t.Evidence != nil {
			all.attempts += t.Load.Attempts
			all.add(t.Evidence)
		}
	}
	return all
}

func (a *sum) add(d *evidence.Delta) {
	a.Reads += d.Reads
	a.Connections += d.Connections
	a.BytesIn += d.BytesIn
	a.BytesOut += d.BytesOut
	a.CPU += d.CPU
	a.Beside += d.Beside
	for name, c := range d.Commands {
		of := a.Commands[name]
		of.Calls += c.Calls
		of.Time += c.Time
		a.Commands[name] = of
		a.calls += c.Calls
	}
	a.slow += len(d.Slow)
	for _, entry := range d.Slow {
		a.longest = max(a.longest, entry.Duration)
	}
}

// per divides by the operations; NaN when there were none.
func (a *sum) per(n int64) float64 {
	if a.attempts == 0 {
		return math.NaN()
	}
	return float64(n) / float64(a.attempts)
}

func witness(s *side) []string {
	all := total(s)
	if all.attempts == 0 {
		return []string{escape(s.label), quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing, quantity.Missing}
	}
	cpu, longest := quantity.Missing, "–"
	if !math.IsNaN(all.Worked()) {
		cpu = rate(all.CPU, all.attempts)
	}
	if all.slow > 0 {
		longest = quantity.Span(all.longest)
	}
	return []string{
		escape(s.label), quantity.Number(all.per(all.calls)), quantity.Number(all.per(all.Reads)), quantity.Number(all.per(all.Connections)),
		quantity.Bytes(all.per(all.BytesIn)), quantity.Bytes(all.per(all.BytesOut)), cpu, quantity.Count(int64(all.slow)), longest,
	}
}

// most is the number of commands shown for a side.
const most = 5

// commands writes the commands that each side spent the server's time on.
func (p *page) commands() {
	var rows [][]string
	for i := range p.sides {
		all := total(&p.sides[i])
		for _, name := range busiest(all.Commands) {
			c := all.Commands[name]
			rows = append(rows, []string{escape(p.sides[i].label), escape(name), quantity.Count(c.Calls), quantity.Number(all.per(c.Calls)), rate(c.Time, c.Calls)})
		}
	}
	if len(rows) > 0 {
		p.para("The commands that took most of the server's time, at most %d a side:", most)
		p.table("ll", []string{"side", "command", "calls", "calls/op", "time per call"}, rows)
	}
}

func busiest(commands map[string]evidence.Command) []string {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(commands)), func(name string) bool { return commands[name].Calls == 0 })
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(commands[b].Time, commands[a].Time),
			cmp.Compare(commands[b].Calls, commands[a].Calls), strings.Compare(a, b))
	})
	return names[:min(len(names), most)]
}

// checks writes what proves that each side did what its name says.
func (p *page) checks() {
	if len(p.duel.Checks) == 0 {
		return
	}
	p.para("Each side has to prove by the server's own counters that it is what its name says; got is the worst trial's value.")
	p.table("lllrl", []string{"", "side", "check", "got", "wanted"}, rowsOf(p.duel.Checks, func(c bench.CheckResult) []string {
		return []string{tick(c.OK), escape(label(c.Side)), escape(c.Name), quantity.Number(float64(c.Got)), wanted(c.Min, c.Max)}
	}))
}

// wanted formats a range; a bound of ±math.MaxFloat64 is none.
func wanted(low, high float64) string {
	switch {
	case low == high:
		return bound(low)
	case high >= math.MaxFloat64:
		return "at least " + bound(low)
	case low <= -math.MaxFloat64:
		return "at most " + bound(high)
	}
	return bound(low) + " to " + bound(high)
}

// bound formats a number that somebody wrote into a scenario: as it is.
func bound(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
