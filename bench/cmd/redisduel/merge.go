package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

func newMerge() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "merge results.json results.json... --out directory",
		Short: "Join the results of several runs and write their report",
		Long: `Join the results.json of several runs of the same duels, made at several times
or on several machines, judge all rounds together and write the report. Runs of
other settings, loads, networks or servers are refused.`,
		Example:           "  redisduel merge monday/results.json friday/results.json --out both",
		Args:              takes(2, -1, "the results.json of two runs or more"),
		ValidArgsFunction: completeResults,
		RunE: func(cmd *cobra.Command, paths []string) error {
			return merge(cmd, paths, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory of the report (needed)")
	return cmd
}

func merge(cmd *cobra.Command, paths []string, out string) error {
	if out == "" {
		return badFlag("out", out, "the directory of the merged report")
	}
	if err := report.Probe(out); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	sources := make([]bench.Source, len(paths))
	for i, path := range paths {
		result, err := readResult(path)
		if err != nil {
			return err
		}
		sources[i] = bench.Source{Name: path, Result: result}
	}
	merged, err := bench.Merge(sources, scenarios.Known())
	if err != nil && !errors.Is(err, bench.ErrUsage) {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if err != nil {
		return err
	}
	merged.Args = append([]string{"redisduel", "merge"}, append(paths, "--out", out)...)
	return publish(cmd.OutOrStdout(), out, merged, false)
}
