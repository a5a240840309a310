package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// writeJSON is what --json prints: one value, indented.
func writeJSON(w io.Writer, value any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(value); err != nil {
		return fmt.Errorf("%w: cannot print the result: %w", errOutput, err)
	}
	return nil
}

// outcome is what `run --json` prints: what the terminal's table shows, in
// numbers, and where all the rest is.
type outcome struct {
	RunID   string        `json:"run_id"`
	Results string        `json:"results"` // the file that holds every trial
	Report  string        `json:"report"`
	Elapsed time.Duration `json:"elapsed_ns"`
	Partial string        `json:"partial,omitempty"`
	Duels   []fought      `json:"duels"`
}

// fought is a duel's outcome. The values are medians over the rounds in the unit of
// the metric; there is none where the duel failed.
type fought struct {
	Scenario    string           `json:"scenario"`
	Failed      string           `json:"failed,omitempty"`
	Finding     string           `json:"finding"`
	Primary     bench.Metric     `json:"primary"`
	Pattern     stats.Float      `json:"pattern"`
	AntiPattern stats.Float      `json:"antipattern"`
	Comparison  stats.Comparison `json:"comparison"`
}

func outcomeOf(r *bench.Result, dir string) outcome {
	o := outcome{
		RunID: r.RunID, Elapsed: r.Elapsed, Partial: r.Partial, Duels: []fought{},
		Results: filepath.Join(dir, "results.json"), Report: filepath.Join(dir, "README.md"),
	}
	for i := range r.Duels {
		d := &r.Duels[i]
		o.Duels = append(o.Duels, fought{
			Scenario: d.Scenario, Failed: d.Failed, Finding: d.Finding, Primary: d.Primary, Comparison: d.Comparison,
			Pattern: stats.Float(d.Value(d.Primary.Name, bench.Pattern)), AntiPattern: stats.Float(d.Value(d.Primary.Name, bench.AntiPattern)),
		})
	}
	return o
}
