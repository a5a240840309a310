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
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "merge results.json results.json... --out directory",
		Short: "Join the results of several runs and write their report, or of the shares of a load",
		Long: `Join the results.json of several runs of the same duels, made at several times
or on several machines, judge all rounds together and write the report. Runs of
other settings, loads, networks or servers are refused.

Given what ` + "`redisduel load --share --json`" + ` printed for all shares of one load, join
them without loss and print the whole; there is no report then, and no --out.`,
		Example: `  redisduel merge monday/results.json friday/results.json --out both
  redisduel merge share0.json share1.json share2.json          the shares of a load`,
		Args:              takes(2, -1, "the results.json of two runs or more"),
		ValidArgsFunction: completeResults,
		RunE: func(cmd *cobra.Command, paths []string) error {
			loads, err := readLoads(paths)
			if err != nil {
				return err
			}
			if loads != nil {
				return mergeLoads(cmd, loads, asJSON)
			}
			return merge(cmd, paths, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory of the report (needed)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "of a load: print the whole as JSON, and nothing else")
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
