package main

import (
	"errors"
	"fmt"
	"path/filepath"

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
		Use:   "sweep scenario...",
		Short: "Find where a pattern and its anti-pattern break even",
		Long: `Vary the one parameter that a scenario declares, print the model's prediction
beside what is measured, and find where the two sides break even. The points,
their chart and a page go into the report's directory, and the reports that are
written there later refer to them.`,
		Example: `  redisduel sweep pooling              how many commands a connection must serve
  redisduel sweep pipelining --rtt 5ms at another distance
  redisduel sweep all                  every sweep`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeScenarios,
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
	config, err := f.config(cmd, chosen)
	if err != nil {
		return err
	}
	var broken error
	for _, s := range chosen {
		err := f.sweepOne(cmd, config, s)
		if err != nil && !errors.Is(err, bench.ErrFailed) || cmd.Context().Err() != nil {
			return errors.Join(broken, err)
		}
		broken = errors.Join(broken, err)
	}
	return broken
}

// sweeps finds the scenarios to sweep: those named, or all that can be.
func sweeps(names []string) (chosen []bench.Scenario, err error) {
	if len(names) != 1 || names[0] != "all" {
		chosen, err = scenarios.Named(names)
	} else {
		for _, s := range scenarios.All() {
			if s.Sweep != nil {
				chosen = append(chosen, s)
			}
		}
	}
	for _, s := range chosen {
		if s.Sweep == nil {
			return nil, fmt.Errorf("%w: %s has nothing to sweep; `redisduel list` shows which scenarios have", bench.ErrUsage, s.Name)
		}
	}
	return chosen, err
}

// sweepOne sweeps a scenario, shows each point as it comes and writes the files.
func (f *runFlags) sweepOne(cmd *cobra.Command, config bench.Config, s bench.Scenario) error {
	out := cmd.OutOrStdout()
	config.Args = f.args("sweep", []string{s.Name})
	bar := newProgress(cmd.ErrOrStderr(), fmt.Sprintf("%s at %d values of %s", s.Name, len(s.Sweep.Values), s.Sweep.Parameter), bench.EstimateSweep(config, s))
	config.Progress = bar.update
	result, runErr := bench.RunSweep(cmd.Context(), config, s)
	bar.done()
	if result == nil || len(result.Points) == 0 {
		return runErr
	}
	files, err := report.RenderSweep(result)
	if err == nil {
		err = report.Write(f.out, files)
	}
	if err != nil {
		return errors.Join(runErr, fmt.Errorf("%w: %w", errOutput, err))
	}
	if err := report.SweepSummary(out, result); err != nil {
		return errors.Join(runErr, fmt.Errorf("%w: %w", errOutput, err))
	}
	fmt.Fprintf(out, "The page is %s.\n\n", filepath.Join(f.out, "sweeps", s.Name+".md"))
	return runErr
}
