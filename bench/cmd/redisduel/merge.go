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
		Use:   "merge results.json results.json... [--out directory]",
		Short: "Join the results of several runs, or of the shares of a load",
		Long: `Join the results.json of several runs of the same duels, made at several times
or on several machines, judge all rounds together and write the report. Runs of
other settings, loads, networks or servers are refused.

Or join what "redisduel load --share --json" printed for each share of a load:
all of them, each once. The histograms are added up without loss, and the result
is printed as that of a load is.`,
		Example: `  redisduel merge monday/results.json friday/results.json --out both
  redisduel merge 0.json 1.json 2.json              the three shares of a load`,
		Args:              takes(2, -1, "the results of two runs or more, or of all shares of a load"),
		ValidArgsFunction: completeResults,
		RunE: func(cmd *cobra.Command, paths []string) error {
			return merge(cmd, paths, out, asJSON)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory of the report (needed for runs)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func merge(cmd *cobra.Command, paths []string, out string, asJSON bool) error {
	loads, err := loadsOf(paths)
	switch {
	case err != nil:
		return err
	case loads != nil && out != "":
		return badFlag("out", out, "left out: the result of a load has no report and is printed")
	case loads != nil:
		return mergeLoads(cmd.OutOrStdout(), loads, asJSON)
	case out == "":
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
	return publish(cmd.OutOrStdout(), out, merged, asJSON)
}
