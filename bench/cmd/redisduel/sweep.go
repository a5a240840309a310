package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

// sweepRounds is the rounds of each point: enough for an interval, and a sweep
// has many points.
const sweepRounds = 3

func newSweep() *cobra.Command {
	f := runFlags{}
	cmd := &cobra.Command{
		Use:   "sweep scenario[/sweep]... | all",
		Short: "Find where a pattern and its anti-pattern break even",
		Long: `Vary each parameter that a scenario declares, one at a time, print the model's
prediction beside what is measured, and find where the two sides break even. The
points, their chart and a page go into the report's directory, and the reports
that are written there later refer to them.`,
		Example: `  redisduel sweep pooling              how many commands a connection must serve
  redisduel sweep pipelining --rtt 5ms at another distance
  redisduel sweep hash/fields          one of several sweeps
  redisduel sweep all                  every sweep, a quarter of an hour
  redisduel sweep scan --json | jq .[].crossings`,
		Args:              takes(1, -1, "the names of scenarios, or \"all\""),
		ValidArgsFunction: completeSweeps,
		RunE: func(cmd *cobra.Command, names []string) error {
			return f.sweep(cmd, names)
		},
	}
	f.register(cmd.Flags(), sweepRounds)
	return cmd
}

func (f *runFlags) sweep(cmd *cobra.Command, names []string) error {
	if err := f.fill(cmd); err != nil {
		return err
	}
	chosen, err := sweeps(names)
	if err != nil {
		return err
	}
	if err := report.Probe(f.out); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	config, err := f.config(cmd, swept(chosen))
	if err != nil {
		return err
	}
	if len(chosen) > 1 {
		total := time.Duration(0)
		for _, s := range chosen {
			total += bench.EstimateSweep(config, s.Scenario, s.Sweep.Name)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "redisduel: %d sweeps: about %v\n", len(chosen), coarse(total))
	}
	results, broken := []*bench.SweepResult{}, error(nil)
	for _, s := range chosen {
		result, err := f.sweepOne(cmd, config, s)
		if result != nil {
			results = append(results, result)
		}
		broken = errors.Join(broken, err)
		if err != nil && !errors.Is(err, bench.ErrFailed) || cmd.Context().Err() != nil {
			break
		}
	}
	if broken == nil && cmd.Context().Err() != nil { // between two sweeps, or after the last
		broken = context.Cause(cmd.Context())
	}
	if f.asJSON {
		return errors.Join(broken, writeJSON(cmd.OutOrStdout(), results))
	}
	return broken
}

// swept are the scenarios that the sweeps fight.
func swept(chosen []scenarios.Swept) (all []bench.Scenario) {
	for _, s := range chosen {
		all = append(all, s.Sweep.At(s.Sweep.Values[0]))
	}
	return all
}

// sweeps finds those named, or all.
func sweeps(names []string) ([]scenarios.Swept, error) {
	given := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == everything })
	some, err := scenarios.NamedSweeps(given) // beside all, too, a slip is one
	if err == nil && len(given) < len(names) {
		return scenarios.AllSweeps(), nil
	}
	return some, err
}

// completeSweeps offers what can be swept and is not named yet.
func completeSweeps(_ *cobra.Command, named []string, begun string) ([]string, cobra.ShellCompDirective) {
	var lines []string
	for _, s := range scenarios.AllSweeps() {
		lines = append(lines, s.Name()+"\t"+s.Sweep.Parameter)
	}
	return offered(lines, named, begun), cobra.ShellCompDirectiveNoFileComp
}

// sweepOne sweeps one parameter, writes its files and shows it. The result is nil
// if there is no point.
func (f *runFlags) sweepOne(cmd *cobra.Command, config bench.Config, s scenarios.Swept) (*bench.SweepResult, error) {
	config.Args = f.args("sweep", []string{s.Name()})
	bar := newProgress(cmd.ErrOrStderr(), fmt.Sprintf("%s at %d values of %s", s.Scenario.Name, len(s.Sweep.Values), s.Sweep.Parameter),
		bench.EstimateSweep(config, s.Scenario, s.Sweep.Name))
	config.Progress = bar.update
	result, runErr := bench.RunSweep(cmd.Context(), config, s.Scenario, s.Sweep.Name)
	bar.done()
	if result == nil || len(result.Points) == 0 {
		return nil, runErr
	}
	return result, errors.Join(runErr, f.publishSweep(cmd.OutOrStdout(), result))
}

// publishSweep writes a sweep's files and, unless they are asked for as JSON,
// shows its points.
func (f *runFlags) publishSweep(out io.Writer, result *bench.SweepResult) error {
	files, err := report.RenderSweep(result)
	if err == nil {
		err = report.Write(f.out, files)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if f.asJSON {
		return nil // when all are done: one value
	}
	if err := report.SweepSummary(out, result, terminalWidth(out)); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	_, err = fmt.Fprintf(out, "The page is %s.\n\n", filepath.Join(f.out, report.SweepPage(result)))
	return err
}
