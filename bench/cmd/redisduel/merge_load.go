package main

import (
	"fmt"
	"io"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/report"
)

// loadsOf reads the results of loads; nil if the files hold results of runs.
func loadsOf(paths []string) ([]generator.Source, error) {
	var loads []generator.Source
	for i, path := range paths {
		result, err := report.ReadLoadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errOutput, err)
		}
		if (result == nil) != (len(loads) < i) && i > 0 {
			return nil, fmt.Errorf("%w: of %s and %s one is of a load and the other of a run; merge one kind", bench.ErrUsage, paths[0], path)
		}
		if result != nil {
			loads = append(loads, generator.Source{Name: path, Result: result})
		}
	}
	return loads, nil
}

// mergeLoads prints what all shares of a load found together.
func mergeLoads(stdout io.Writer, loads []generator.Source, asJSON bool) error {
	all, err := generator.Merge(loads)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if asJSON {
		return writeJSON(stdout, all)
	}
	if err := report.Load(stdout, all, terminalWidth(stdout)); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}
