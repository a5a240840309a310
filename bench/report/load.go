package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"redisduel/bench/generator"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// Load writes the result of a load for a terminal of that many columns, as
// Summary does that of a run.
func Load(w io.Writer, r *generator.Result, width int) error {
	width = columns(width)
	if err := paragraph(w, headline(r), width); err != nil {
		return fmt.Errorf("report: write the load: %w", err)
	}
	for _, rows := range [][][]string{loadRows(r), nodeRows(r)} {
		if len(rows) == 0 {
			continue
		}
		if err := grids(w, fitted(rows, width)); err != nil {
			return fmt.Errorf("report: write the load: %w", err)
		}
	}
	texts := []string{"Ops: " + opsOf(r), "Errors: " + errorsOf(r), "Server: " + serverOf(r), "Generator: " + generatorOf(r), "Shares: " + sharesOf(r), "Objective: " + foundOf(r)}
	for _, warning := range r.Warnings {
		texts = append(texts, "Warning: "+warning)
	}
	for _, text := range texts {
		if strings.HasSuffix(text, ": ") {
			continue
		}
		if err := paragraph(w, plain(text), width); err != nil {
			return fmt.Errorf("report: write the load: %w", err)
		}
	}
	return nil
}

// headline is what came out, in a line.
func headline(r *generator.Result) string {
	s := r.Summary
	line := fmt.Sprintf("%s: %s", strings.Join(r.Spec.Command, " "), perSecond(s.PerSecond, "ops/s"))
	if r.Spec.Pipeline > 1 {
		line += fmt.Sprintf(" of %d commands, %s", r.Spec.Pipeline, perSecond(s.Commands, "commands/s"))
	}
	line += fmt.Sprintf("; closed loop of %d", r.Spec.Conns)
	if r.Spec.Rate > 0 {
		line = strings.TrimSuffix(line, fmt.Sprintf("closed loop of %d", r.Spec.Conns)) + perSecond(stats.Float(r.Spec.Rate), "ops/s") + " fell due"
	}
	if r.Spec.Multiplex {
		line += ", on one connection"
		if r.Server.Mode == "cluster" {
			line += " to each primary"
		}
	}
	return plain(line)
}

// perSecond is whole where a fraction says nothing.
func perSecond(v stats.Float, unit string) string {
	if v >= 100 {
		v = stats.Float(int64(v + 0.5))
	}
	return quantity.Format(float64(v), unit)
}

// loadRows is the table of the three clocks, of which a closed loop has one.
func loadRows(r *generator.Result) [][]string {
	s := r.Summary
	rows := [][]string{{"time", "p50", "p90", "p99", "p99.9", "max"}}
	add := func(name string, q generator.Quantiles) {
		row := []string{name}
		for _, v := range []stats.Float{q.P50, q.P90, q.P99, q.P999, q.Max} {
			row = append(row, quantity.Format(float64(v), "ns"))
		}
		rows = append(rows, row)
	}
	if r.Spec.Rate == 0 {
		add("response (closed loop)", s.Response)
		return rows
	}
	add("response, from when due", s.Response)
	add("service, from the start", s.Service)
	add("lateness, in between", s.Lateness)
	return rows
}

// nodeRows are the primaries of a cluster: what each ran of the load, beside its
// share of the slots.
func nodeRows(r *generator.Result) [][]string {
	if len(r.Nodes) == 0 {
		return nil
	}
	name, slots, calls := command(r), 0, int64(0)
	for _, n := range r.Nodes {
		slots += n.Slots
		calls += n.Evidence.Commands[name].Calls
	}
	rows := [][]string{{"primary", "of the slots", "× " + plain(name), "of all", "of a processor"}}
	for i, n := range r.Nodes {
		ran := n.Evidence.Commands[name].Calls
		rows = append(rows, []string{fmt.Sprint(i + 1), partOf(n.Slots, slots), quantity.Count(ran), partOf(ran, calls), fmt.Sprintf("%.0f %%", 100*n.Busy())})
	}
	return rows
}

// partOf is a part in per cent.
func partOf[T int | int64](part, all T) string {
	if all == 0 {
		return quantity.Missing
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(all))
}

// command is the name of the load's, as the server counts it.
func command(r *generator.Result) string { return strings.ToLower(r.Spec.Command[0]) }

func opsOf(r *generator.Result) string {
	l := r.Load
	text := fmt.Sprintf("%s ops fell due = %s ok + %s failed + %s unknown + %s not started, in %s",
		quantity.Count(l.Intended), quantity.Count(l.OK), quantity.Count(l.Failed), quantity.Count(l.Unknown), quantity.Count(l.NotStarted), quantity.Span(l.Elapsed))
	if r.Nils > 0 {
		text += fmt.Sprintf("; %s of all commands were answered with nil", quantity.Count(r.Nils))
	}
	return text
}

func errorsOf(r *generator.Result) string {
	var all []string
	for _, class := range slices.Sorted(maps.Keys(r.Load.Errors)) {
		all = append(all, fmt.Sprintf("%s × %s", class, quantity.Count(r.Load.Errors[class])))
	}
	return strings.Join(all, ", ")
}

// serverOf is what the server's own counters say, of us alone if we were.
func serverOf(r *generator.Result) string {
	text := fmt.Sprintf("%s %s", r.Server.Software, r.Server.Version)
	if r.Server.Mode == "cluster" {
		text += fmt.Sprintf(", cluster of %d", r.Server.Nodes)
	}
	if r.Evidence == nil {
		return text
	}
	name := command(r)
	text += fmt.Sprintf(": counted %s × %s, warm-up included", quantity.Count(r.Evidence.Commands[name].Calls), name)
	if !r.Alone() {
		others, _ := r.Others()
		return text + fmt.Sprintf(", and %s commands of others, so that its reads and its CPU time are not ours alone", quantity.Count(max(others, 0)))
	}
	whose := ""
	if r.Nodes != nil {
		whose = "the busiest "
	}
	return text + fmt.Sprintf("; %s reads and %s of CPU a command, %s%.0f %% of one processor",
		quantity.Times(float64(r.Summary.Reads)), quantity.Format(float64(r.Summary.ServerCPU), "ns"), whose, 100*r.ServerBusy())
}

func generatorOf(r *generator.Result) string {
	return fmt.Sprintf("%s of CPU a command, %.0f %% of %s; round trip of a PING before the load %s",
		quantity.Format(float64(r.Summary.GeneratorCPU), "ns"), 100*r.Generator.Busy(), quantity.Format(float64(r.Generator.Procs), "processors"), quantity.Span(r.RTT))
}

// sharesOf says of how many generators the result is, and how well they began together.
func sharesOf(r *generator.Result) string {
	if r.Spread == nil {
		return ""
	}
	return fmt.Sprintf("of %d generators, whose clocks were %s apart at most, give or take %s", r.Parts, quantity.Span(r.Spread.Apart), quantity.Span(r.Spread.Within))
}

// foundOf is what a search found.
func foundOf(r *generator.Result) string {
	s := r.Search
	if s == nil {
		return ""
	}
	ops := func(v float64) string { return perSecond(stats.Float(v), "ops/s") }
	text := fmt.Sprintf("%s: met up to %s, missed from %s on", s.Objective, ops(s.Low), ops(s.High))
	switch {
	case s.Low == 0 && s.High == 0:
		text = fmt.Sprintf("%s: no trial was decided", s.Objective)
	case s.Low == 0:
		text = fmt.Sprintf("%s: met at no rate, missed from %s on", s.Objective, ops(s.High))
	case s.High == 0:
		text = fmt.Sprintf("%s: met up to %s, the highest that was tried", s.Objective, ops(s.Low))
	}
	if s.Limited {
		text += "; there the generator was the limit, and the server may do more"
	}
	return text + fmt.Sprintf(". %d trials. ", len(s.Trials)) + s.Rule()
}
