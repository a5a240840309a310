package main

import (
	"fmt"
	"io"
	"strings"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/report"
)

// loadsOf reads the results of loads; nil if the files hold results of runs.
func loadsOf(paths []string) ([]*generator.Result, error) {
	var loads []*generator.Result
	for _, path := range paths {
		if strings.HasSuffix(path, ".jsonl") {
			continue // a run's journal
		}
		result, err := report.ReadLoadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errOutput, err)
		}
		if result != nil {
			loads = append(loads, result)
		}
	}
	if n := len(loads); n > 0 && n < len(paths) {
		return nil, fmt.Errorf("%w: of the results %d are of a load and %d of a run; merge one kind", bench.ErrUsage, n, len(paths)-n)
	}
	return loads, nil
}

// mergeLoads prints what all shares of a load found together.
func mergeLoads(stdout io.Writer, loads []*generator.Result, asJSON bool) error {
	all, err := generator.Merge(loads...)
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
