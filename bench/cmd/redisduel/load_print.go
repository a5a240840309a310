package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"

	"redisduel/bench/generator"
	"redisduel/bench/quantity"
	"redisduel/bench/report"
	"redisduel/bench/stats"
)

// publish writes the files that were asked for, and the result.
func (f *loadFlags) publish(stdout io.Writer, r *generator.Result) error {
	if err := f.export(r); err != nil {
		return err
	}
	if f.asJSON {
		return writeJSON(stdout, r)
	}
	return printLoad(stdout, r)
}

// export writes the histograms in HdrHistogram's formats.
func (f *loadFlags) export(r *generator.Result) error {
	if f.hdr == "" {
		return nil
	}
	log, err := report.LoadLog(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	for name, content := range map[string][]byte{".hgrm": report.Percentiles(r.Load.Response), ".hlog": log} {
		if err := os.WriteFile(f.hdr+name, content, 0o644); err != nil {
			return fmt.Errorf("%w: cannot write the histograms of --hdr: %w", errOutput, err)
		}
	}
	return nil
}

// printLoad shows a result to people.
func printLoad(w io.Writer, r *generator.Result) error {
	fmt.Fprintln(w, headline(r))
	if err := printTimes(w, r); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	for _, line := range []struct{ what, text string }{
		{"ops", countsOf(r)},
		{"errors", errorsOf(r)},
		{"server", serverOf(r)},
		{"generator", generatorOf(r)},
		{"objective", foundOf(r)},
	} {
		if line.text != "" {
			fmt.Fprint(w, hanging(fmt.Sprintf("%-10s ", line.what), line.text, textWidth(w)))
		}
	}
	for _, warning := range r.Warnings {
		fmt.Fprint(w, hanging("warning    ", warning, textWidth(w)))
	}
	return nil
}

// headline is what came out, in a line.
func headline(r *generator.Result) string {
	s := r.Summary
	line := fmt.Sprintf("%s: %s", strings.Join(r.Spec.Command, " "), per(s.PerSecond, "ops/s"))
	if r.Spec.Pipeline > 1 {
		line += fmt.Sprintf(" of %d commands, %s", r.Spec.Pipeline, per(s.Commands, "commands/s"))
	}
	switch {
	case r.Spec.Rate > 0:
		line += fmt.Sprintf(", of %s that fell due", quantity.Format(r.Spec.Rate, "ops/s"))
	default:
		line += fmt.Sprintf(", closed loop of %d", r.Spec.Conns)
	}
	if r.Spec.Multiplex {
		line += " on one connection"
	}
	return line
}

func per(v stats.Float, unit string) string {
	if v >= 100 {
		v = stats.Float(rounded(float64(v)))
	}
	return quantity.Format(float64(v), unit)
}

// printTimes is the table of the three clocks.
func printTimes(w io.Writer, r *generator.Result) error {
	table := tablewriter.NewTable(w)
	table.Header("time", "p50", "p90", "p99", "p99.9", "max")
	s := r.Summary
	rows := []struct {
		name string
		q    generator.Quantiles
	}{{"response (from when it was due)", s.Response}, {"service (from when it started)", s.Service}, {"lateness (what lies between)", s.Lateness}}
	if r.Spec.Rate == 0 {
		rows = rows[:1]
		rows[0].name = "response (closed loop)"
	}
	for _, row := range rows {
		cells := []string{row.name}
		for _, v := range []stats.Float{row.q.P50, row.q.P90, row.q.P99, row.q.P999, row.q.Max} {
			cells = append(cells, quantity.Format(float64(v), "ns"))
		}
		if err := table.Append(cells); err != nil {
			return err
		}
	}
	return table.Render()
}

func countsOf(r *generator.Result) string {
	l := r.Load
	text := fmt.Sprintf("%s intended = %s ok + %s failed + %s unknown + %s not started, in %s",
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
	if r.Evidence == nil {
		return text
	}
	name := strings.ToLower(r.Spec.Command[0])
	text += fmt.Sprintf(": counted %s × %s, warm-up included", quantity.Count(r.Evidence.Commands[name].Calls), name)
	if !r.Alone() {
		others, _ := r.Others()
		return text + fmt.Sprintf(", and %s commands of others, so that its reads and its CPU time are not ours alone", quantity.Count(max(others, 0)))
	}
	busy := 100 * r.Evidence.CPU.Seconds() / r.Evidence.Elapsed.Seconds()
	return text + fmt.Sprintf("; %s reads and %s of CPU a command, %.0f %% of one processor",
		quantity.Format(float64(r.Summary.Reads), ""), quantity.Format(float64(r.Summary.ServerCPU), "ns"), busy)
}

func generatorOf(r *generator.Result) string {
	return fmt.Sprintf("%s of CPU a command, %.0f %% of %s; round trip of a PING before the load %s",
		quantity.Format(float64(r.Summary.GeneratorCPU), "ns"), 100*r.Generator.Busy(), quantity.Format(float64(r.Generator.Procs), "processors"), quantity.Span(r.RTT))
}

// foundOf is what a search found.
func foundOf(r *generator.Result) string {
	s := r.Search
	if s == nil {
		return ""
	}
	rate := func(v float64) string { return quantity.Number(rounded(v)) }
	text := fmt.Sprintf("%s: met up to %s ops/s, missed from %s ops/s on", s.Objective, rate(s.Low), rate(s.High))
	switch {
	case s.Low == 0 && s.High == 0:
		text = fmt.Sprintf("%s: no trial was decided", s.Objective)
	case s.Low == 0:
		text = fmt.Sprintf("%s: met at no rate, missed from %s ops/s on", s.Objective, rate(s.High))
	case s.High == 0:
		text = fmt.Sprintf("%s: met up to %s ops/s, the highest that was tried", s.Objective, rate(s.Low))
	}
	if s.Limited {
		text += "; there the generator was the limit, and the server may do more"
	}
	return text + fmt.Sprintf(". %d trials. ", len(s.Trials)) + s.Rule()
}

// args is the command line that repeats the load, without what is secret.
func (f *loadFlags) args(words []string) []string {
	s := &f.spec
	args := []string{"redisduel", "load", "--conns", fmt.Sprint(s.Conns), "--pipeline", fmt.Sprint(s.Pipeline), "--keys", fmt.Sprint(s.Keys), "--size", fmt.Sprint(s.Size),
		"--duration", s.Duration.String(), "--warmup", s.Warmup.String(), "--rtt", s.RTT.String(), "--seed", fmt.Sprint(s.Seed)}
	for _, c := range []struct {
		given bool
		flag  []string
	}{
		{s.Multiplex, []string{"--multiplex"}},
		{s.Unseeded, []string{"--no-seed"}},
		{f.slo != "", []string{"--slo", f.slo}},
		{s.Rate > 0, []string{"--rate", fmt.Sprint(s.Rate), "--arrivals", f.arrivals}},
		{f.share != "", []string{"--share", f.share}},
		{f.startAt != "", []string{"--start-at", f.startAt}},
		{f.procs > 0, []string{"--procs", fmt.Sprint(f.procs)}},
		{f.target != nil, []string{"--url", "…"}},
		{f.consent.Data, []string{"--allow-data"}},
		{f.consent.Live, []string{"--allow-live"}},
		{f.consent.Blocking, []string{"--allow-blocking"}},
		{f.consent.Lasting, []string{"--allow-lasting"}},
	} {
		if c.given {
			args = append(args, c.flag...)
		}
	}
	return append(append(args, "--"), words...)
}
