package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

// Trials are as short as a run's may be: a self-test takes hundreds of duels, and
// what holds for them holds for longer ones, which are less noisy.
const (
	selfTestDuration = 50 * time.Millisecond
	selfTestTime     = 10 * time.Minute
	quickSelfRounds  = 3 // as few as a verdict takes
)

// selfTestShares are the known differences.
var selfTestShares = []float64{0.02, 0.03, 0.05, 0.10, 0.15, 0.20}

// selfTestFlags is the command line of `redisduel selftest`.
type selfTestFlags struct {
	runFlags
	time  time.Duration
	duels int
}

func newSelfTest() *cobra.Command {
	f := selfTestFlags{}
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Find out how often the method is wrong, and how small a difference it finds",
		Long: `Fight duels whose outcome is known, on servers of their own: a side against itself,
and against itself plus 2, 3, 5, 10, 15 and 20 % of its response time, at a round
trip of 1 ms and without an emulated network. Print how often equal sides had a
winner, with the interval of that share, and the smallest difference that nine
duels of ten found, and write selftest.md and selftest.json.

The duels are whole ones, with the default rounds and the rule that ends them, of
shorter trials. A rate of a few percent takes a hundred duels of equal sides,
which take a quarter of an hour: --duels 50 fights so many at each round trip.`,
		Example: `  redisduel selftest                     ten minutes
  redisduel selftest --duels 50          a hundred duels of equal sides
  redisduel selftest --duration 500ms --duels 50   of trials as in a run: hours
  redisduel report reports/selftest.json write the page again`,
		Args: takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.selfTest(cmd) },
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.time, "time", selfTestTime, "how long to go on, unless --duels is given")
	flags.IntVar(&f.duels, "duels", 0, "duels of equal sides at each round trip, instead of --time")
	flags.DurationVar(&f.duration, "duration", selfTestDuration, "measured time of each trial")
	flags.BoolVar(&f.quick, "quick", false, "one lap: a look at whether it works, and no error rate")
	flags.StringVar(&f.out, "out", "reports", "directory of the report")
	flags.StringVar(&f.redisServer, "redis-server", "", "the redis-server or valkey-server binary to start")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the load's random numbers (default: a new one)")
	flags.BoolVar(&f.asJSON, "json", false, "print the results as JSON, and nothing else on standard output")
	return cmd
}

func (f *selfTestFlags) selfTest(cmd *cobra.Command) error {
	plan, err := f.plan(cmd)
	if err != nil {
		return err
	}
	if err := report.Probe(f.out); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	config, err := f.config(cmd, []bench.Scenario{scenarios.SelfTest()})
	if err != nil {
		return err
	}
	config.Args = f.repeats(plan)
	bar := newProgress(cmd.ErrOrStderr(), "duels whose outcome is known", plan.Time)
	config.Progress = bar.update
	result, runErr := bench.RunSelfTest(cmd.Context(), config, scenarios.SelfTest(), plan)
	bar.done()
	if len(result.Cases) == 0 {
		return runErr
	}
	return errors.Join(runErr, publishSelfTest(cmd, f.out, result, f.asJSON))
}

// plan checks the flags and says what to try.
func (f *selfTestFlags) plan(cmd *cobra.Command) (bench.SelfTestPlan, error) {
	f.rounds, f.early = defaultRounds, true
	quick := f.quick
	f.quick = false // which is about scenarios that have a smaller version
	if err := f.fill(cmd); err != nil {
		return bench.SelfTestPlan{}, err
	}
	f.target = nil // whatever the environment names: the duels have servers of their own
	switch {
	case f.duels < 0 || f.duels > 10_000:
		return bench.SelfTestPlan{}, badFlag("duels", f.duels, "between 0 and 10000")
	case f.time < time.Second || f.time > 24*time.Hour:
		return bench.SelfTestPlan{}, badFlag("time", f.time, "between 1s and 24h")
	}
	plan := bench.SelfTestPlan{RTTs: []time.Duration{time.Millisecond, 0}, Shares: selfTestShares, Time: f.time, Duels: f.duels}
	switch {
	case quick:
		f.rounds, plan.Duels, plan.Shares = quickSelfRounds, 1, []float64{0.2}
	case f.duels > 0 && !cmd.Flags().Changed("time"):
		plan.Time = 0
	}
	return plan, nil
}

// repeats is the command line of such a self-test.
func (f *selfTestFlags) repeats(plan bench.SelfTestPlan) []string {
	args := []string{"redisduel", "selftest"}
	if plan.Time > 0 {
		args = append(args, "--time", plan.Time.String())
	}
	if plan.Duels > 0 {
		args = append(args, "--duels", fmt.Sprint(plan.Duels))
	}
	if f.rounds == quickSelfRounds {
		args = append(args, "--quick")
	}
	return append(args, "--duration", f.duration.String(), "--seed", fmt.Sprint(f.seed))
}

// publishSelfTest writes a self-test's files and shows it.
func publishSelfTest(cmd *cobra.Command, dir string, t *bench.SelfTest, asJSON bool) error {
	files, err := report.RenderSelfTest(t)
	if err == nil {
		err = report.Write(dir, files)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	out := cmd.OutOrStdout()
	if asJSON {
		return writeJSON(out, t)
	}
	if err := report.SelfTestSummary(out, t, terminalWidth(out)); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	_, err = fmt.Fprintf(out, "The page is %s.\n", filepath.Join(dir, "selftest.md"))
	return err
}

// reportSelfTest writes the page of an earlier self-test again.
func reportSelfTest(cmd *cobra.Command, path, dir string) error {
	t, err := report.ReadSelfTest(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return publishSelfTest(cmd, dir, t, false)
}
