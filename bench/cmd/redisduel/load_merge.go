package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/report"
)

// readLoads reads the results of loads; nil if the first file holds none.
func readLoads(paths []string) ([]*generator.Result, error) {
	var loads []*generator.Result
	for i, path := range paths {
		load, err := readLoad(path)
		switch {
		case err != nil && i == 0, load == nil && i == 0:
			return nil, nil // whoever reads it as a run's results says what is wrong
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errOutput, err)
		case load == nil:
			return nil, fmt.Errorf("%w: %s is no result of `redisduel load`, but %s is", bench.ErrUsage, path, paths[0])
		}
		loads = append(loads, load)
	}
	return loads, nil
}

// readLoad reads one; nil if the file holds something else.
func readLoad(path string) (*generator.Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := generator.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func mergeLoads(cmd *cobra.Command, loads []*generator.Result, asJSON bool) error {
	whole, err := generator.Merge(loads...)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), whole)
	}
	if err := report.Load(cmd.OutOrStdout(), whole, terminalWidth(cmd.OutOrStdout())); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}
