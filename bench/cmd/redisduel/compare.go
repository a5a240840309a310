package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/report"
)

// errWorse means that a comparison found something worse beyond its threshold.
var errWorse = errors.New("worse")

// mostNamed differences fit into an error; --force shows all.
const mostNamed = 12

// compareFlags is the command line of `redisduel compare`.
type compareFlags struct {
	threshold          string
	sides              string
	all, force, asJSON bool
}

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare old/results.json new/results.json",
		Short: "Say what changed from one run to another",
		Long: `Say what changed from one run to another, given the results.json of both: of
each side of each scenario how much worse it became, with an interval, in the
metric that decides the scenario.

Runs of different machines, servers or settings are refused, with what they
differ in, unless --force is given. It ends with exit code 6 if the pattern of
a scenario became worse with its whole interval beyond the threshold and beyond
the A/A bands of both runs, which tell how far equal sides lie apart.

No interval holds what all rounds of a run have in common: the hour at which it
ran. The threshold must be more than that, and on a busy machine more than 10 %.
To have the hour in the interval, run each version several times, in turns, and
compare what "redisduel merge" makes of each one's runs.`,
		Example: `  redisduel compare reports-old/results.json reports/results.json
  redisduel compare old.json new.json --threshold 25% --sides all
  redisduel compare old.json new.json --all --json | jq .shifts[].change`,
		Args:              takes(2, 2, "the results.json of two runs"),
		ValidArgsFunction: completeResults,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.compare(cmd, args[0], args[1])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.threshold, "threshold", "10%", "how much worse is too much")
	flags.StringVar(&f.sides, "sides", bench.Pattern, "whose worsening counts for the exit code: pattern or all")
	flags.BoolVar(&f.all, "all", false, "compare all metrics, not only the one that decides")
	flags.BoolVar(&f.force, "force", false, "compare runs of different environments all the same")
	flags.BoolVar(&f.asJSON, "json", false, "as JSON")
	_ = cmd.RegisterFlagCompletionFunc("sides", cobra.FixedCompletions([]string{bench.Pattern, "all"}, cobra.ShellCompDirectiveNoFileComp)) // fails only for an unknown flag
	return cmd
}

func (f *compareFlags) compare(cmd *cobra.Command, before, after string) error {
	threshold, err := parseShare(f.threshold)
	if err != nil {
		return err
	}
	if f.sides != bench.Pattern && f.sides != "all" {
		return badFlag("sides", f.sides, "pattern or all")
	}
	b, err := readResult(before)
	if err != nil {
		return err
	}
	a, err := readResult(after)
	if err != nil {
		return err
	}
	c := bench.CompareRuns(b, a, bench.CompareOptions{Threshold: threshold, AllMetrics: f.all})
	if len(c.Shifts) == 0 {
		return fmt.Errorf("%w: %s and %s have nothing in common to compare; name two runs of the same scenarios", errOutput, before, after)
	}
	if err := f.comparable(c); err != nil {
		return err
	}
	if err := f.show(cmd, c); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return worse(c.Regressions(f.sides == "all"))
}

// comparable refuses runs that differ in more than time, unless forced.
func (f *compareFlags) comparable(c *bench.RunComparison) error {
	if len(c.Differences) == 0 || f.force {
		return nil
	}
	var words []string
	for _, d := range c.Differences[:min(len(c.Differences), mostNamed)] {
		words = append(words, d.String())
	}
	if more := len(c.Differences) - mostNamed; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w: the two runs were not made in the same environment, so that a change would say little (%s); run again as the old one was run, or compare them all the same with --force",
		errOutput, strings.Join(words, "; "))
}

func (f *compareFlags) show(cmd *cobra.Command, c *bench.RunComparison) error {
	out := cmd.OutOrStdout()
	if !f.asJSON {
		return report.CompareSummary(out, c, terminalWidth(out))
	}
	return writeJSON(out, c)
}

// worse is the error that makes the exit code 6; nil if nothing regressed.
func worse(shifts []bench.Shift) error {
	if len(shifts) == 0 {
		return nil
	}
	names := make([]string, len(shifts))
	for i, s := range shifts {
		names[i] = fmt.Sprintf("%s of %s (%s, by more than %s%%)", s.Metric, s.Scenario, s.Side, quantity.Number(100*float64(s.Threshold)))
	}
	return fmt.Errorf("%w: these got worse: %s; look into what changed, or raise --threshold", errWorse, strings.Join(names, ", "))
}

// parseShare reads a share such as 5% or 0.05.
func parseShare(s string) (float64, error) {
	digits, isPercent := strings.CutSuffix(s, "%")
	value, err := strconv.ParseFloat(digits, 64)
	if isPercent {
		value /= 100
	}
	if err != nil || math.IsNaN(value) || value < 0 || value > 10 {
		return 0, badFlag("threshold", s, "a share between 0% and 1000%, such as 5% or 0.05")
	}
	return value, nil
}
