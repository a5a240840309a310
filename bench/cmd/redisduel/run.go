package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"redisduel"
	"redisduel/bench"
	"redisduel/bench/redisd"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

// runFlags is the command line of `redisduel run`.
type runFlags struct {
	rtt, duration time.Duration
	rounds        int
	early         bool // the rounds may end early: their number was not asked for
	quick         bool
	out           string
	redisServer   string
	seed          uint64
	consent       bench.Consent
	dryRun        bool
	server        serverFlags
	target        *bench.Target // of the user's server; nil if we start our own
	asJSON        bool
}

// What a run takes by default, and with --quick: all pairs in less than five
// minutes, and in about one, on two cores that are free.
const (
	defaultRTT      = time.Millisecond
	defaultRounds   = 12 // at most; most duels end after four
	defaultDuration = 400 * time.Millisecond
	quickRounds     = 3
	quickDuration   = 80 * time.Millisecond
	// warmupShare of the duration is driven before the measured phase.
	warmupShare = 4
)

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [scenario... | all]",
		Short: "Fight the duels and write the report",
		Long: `Fight the duels of the named scenarios, or of all, and write a report.

Without --url (or REDIS_URL, or REDIS_HOST and REDIS_PORT) every duel gets a
redis-server of its own, on a free port, that ends with the run.

A duel has up to 12 rounds. After every fourth it ends if a side wins and the
effect is known to within a factor of 1.5; the intervals allow for these looks.
--rounds has it fight exactly so many.`,
		Example: `  redisduel run                                    all duels, about five minutes
  redisduel run scan                               one duel
  redisduel run pipelining --rtt 250ms --rounds 3  across an ocean
  redisduel run pipe scan                          two; the beginning of a name does, if it fits one
  redisduel run --quick --out /tmp/report          a first look
  redisduel run scan --json | jq .duels[].finding  for a program`,
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, names []string) error {
			return f.run(cmd, names)
		},
	}
	f.register(cmd.Flags(), defaultRounds)
	cmd.Flags().Lookup("rounds").Usage = "rounds of each duel: exactly, if given, and else at most"
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what a run would do on your server, and do nothing")
	return cmd
}

// register declares the flags that fighting takes.
func (f *runFlags) register(flags *pflag.FlagSet, rounds int) {
	flags.DurationVar(&f.rtt, "rtt", defaultRTT, "round-trip time of the emulated network, 0 for none")
	flags.IntVar(&f.rounds, "rounds", rounds, "rounds of each duel")
	flags.DurationVar(&f.duration, "duration", defaultDuration, "measured time of each trial")
	flags.BoolVar(&f.quick, "quick", false, fmt.Sprintf("a first look: %d rounds of %v", quickRounds, quickDuration))
	f.registerServer(flags)
	flags.BoolVar(&f.consent.Blocking, "allow-blocking", false, "also run scenarios that stop a --url for all its clients")
}

// registerServer declares those that say on which server and where to.
func (f *runFlags) registerServer(flags *pflag.FlagSet) {
	flags.StringVar(&f.out, "out", "reports", "directory of the report")
	f.server.register(flags)
	flags.StringVar(&f.redisServer, "redis-server", "", "the redis-server or valkey-server binary to start")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the load's random numbers (default: a new one)")
	flags.BoolVar(&f.consent.Data, "allow-data", false, "run on a --url that holds keys of others")
	flags.BoolVar(&f.consent.Live, "allow-live", false, "run on a --url that others use now, or that has replicas")
	flags.BoolVar(&f.asJSON, "json", false, "print the outcome as JSON, and nothing else on standard output")
}

func (f *runFlags) run(cmd *cobra.Command, names []string) error {
	if err := f.fill(cmd); err != nil {
		return err
	}
	f.early = !f.quick && !cmd.Flags().Changed("rounds")
	chosen, skipped, err := f.choose(names)
	if err != nil {
		return err
	}
	if f.dryRun {
		return dryRun(cmd.OutOrStdout(), chosen, f.rtt)
	}
	if len(names) > 0 && !slices.Contains(names, everything) {
		names = namesOf(chosen) // in full, so that the report's command line lasts
	}
	if err := report.Probe(f.out); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if _, err := report.ReadSweeps(f.out); err != nil { // which the report is to hold
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	for _, s := range skipped {
		fmt.Fprintf(cmd.ErrOrStderr(), "redisduel: leaving out %s: %s\n", s.Scenario, s.Why)
	}
	config, err := f.config(cmd, chosen)
	if err != nil {
		return err
	}
	config.Args, config.Skipped = f.args("run", names), skipped
	return f.fight(cmd, config, cmd.OutOrStdout())
}

// config is what the flags ask for.
func (f *runFlags) config(cmd *cobra.Command, chosen []bench.Scenario) (bench.Config, error) {
	servers, err := f.servers(cmd.Context(), chosen)
	if err != nil {
		return bench.Config{}, err
	}
	trial, err := os.Executable()
	if err != nil {
		return bench.Config{}, fmt.Errorf("%w: cannot find the program's own file: %w", bench.ErrEnvironment, err)
	}
	id := bench.NewRunID()
	if f.target != nil {
		servers = telling(servers, cmd.ErrOrStderr(), id, chosen)
	}
	return bench.Config{
		Scenarios: chosen, RunID: id,
		Servers: servers, Trial: []string{trial, "trial"}, Version: version(),
		Source: redisduel.Source,
		Settings: bench.Settings{
			RTT: f.rtt, Rounds: f.rounds, Early: f.early, Duration: f.duration, Warmup: f.duration / warmupShare,
			Seed: f.seed, Quick: f.quick,
		},
	}, nil
}

// fight runs the duels, writes what came of them, and sums it up.
func (f *runFlags) fight(cmd *cobra.Command, config bench.Config, summary io.Writer) error {
	journal, err := openJournal(f.out)
	if err != nil {
		return err
	}
	defer journal.Close()
	config.Journal = bench.NewJournal(journal)
	bar := newProgress(cmd.ErrOrStderr(), announce(&config), config.Estimate())
	config.Progress = bar.update
	result, runErr := bench.Run(cmd.Context(), config)
	bar.done()
	if f.worthKeeping(result, cmd.Context().Err() != nil) {
		if err := publish(summary, f.out, result, f.asJSON); err != nil {
			return errors.Join(runErr, err) // the journal still holds the trials
		}
	}
	if runErr == nil {
		runErr = afterTheLastTrial(cmd.Context())
	}
	return errors.Join(runErr, journal.discard())
}

// afterTheLastTrial is the error of a run that a signal met while it wrote its
// report. That is whole, but whoever gave the signal wants nothing to follow.
func afterTheLastTrial(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w after the last trial; the report is whole", context.Cause(ctx))
}

// worthKeeping reports whether a result is to be written. One without a single
// trial has nothing to say, unless the user who interrupted the run looks for
// it; it never replaces an earlier report.
func (f *runFlags) worthKeeping(result *bench.Result, interrupted bool) bool {
	if measured(result) {
		return true
	}
	_, err := os.Stat(filepath.Join(f.out, "results.json"))
	return interrupted && os.IsNotExist(err)
}

func measured(r *bench.Result) bool {
	for _, d := range r.Duels {
		if len(d.Trials) > 0 {
			return true
		}
	}
	return false
}

// fill applies --quick and checks every value.
func (f *runFlags) fill(cmd *cobra.Command) error {
	set := cmd.Flags().Changed
	if f.quick && !set("rounds") {
		f.rounds = quickRounds
	}
	if f.quick && !set("duration") {
		f.duration = quickDuration
	}
	if !set("seed") {
		f.seed = rand.Uint64() >> 11 // fits a JSON number
	}
	switch {
	case f.rtt < 0 || f.rtt > 10*time.Second:
		return badFlag("rtt", f.rtt, "between 0s and 10s")
	case f.rounds < 1 || f.rounds > 100: // each takes some megabytes of histograms
		return badFlag("rounds", f.rounds, "between 1 and 100")
	case f.duration < 50*time.Millisecond || f.duration > time.Hour:
		return badFlag("duration", f.duration, "between 50ms and 1h")
	}
	if f.out == "" {
		return badFlag("out", f.out, "a directory for the report")
	}
	var err error
	f.target, err = f.server.target(!set("redis-server"))
	return err
}

// everything is the word for all scenarios.
const everything = "all"

// choose finds the named scenarios. When none is named it takes all that may
// run on the server, and tells which may not.
func (f *runFlags) choose(names []string) (chosen []bench.Scenario, skipped []bench.Skipped, err error) {
	all := scenarios.All()
	given := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == everything })
	some, err := scenarios.Named(given) // beside all, too, a slip is one
	if err != nil {
		return nil, nil, err
	}
	named := len(given) > 0 && len(given) == len(names)
	if named {
		all = some
	}
	for _, s := range all {
		switch {
		case f.target == nil || !s.Blocking || f.consent.Blocking || f.dryRun:
			chosen = append(chosen, s)
		case named:
			return nil, nil, fmt.Errorf("%w: %s %s; add --allow-blocking if its clients can bear it, or leave the scenario out", bench.ErrRefused, s.Name, blocks)
		default:
			skipped = append(skipped, bench.Skipped{Scenario: s.Name, Why: "it " + blocks + "; --allow-blocking runs it"})
		}
	}
	return chosen, skipped, nil
}

const blocks = "stops the server for all its clients for a while, and fills it"

func namesOf(chosen []bench.Scenario) []string {
	names := make([]string, len(chosen))
	for i := range chosen {
		names[i] = chosen[i].Name
	}
	return names
}

// servers provides the servers of a run. One to start is looked for only if a
// scenario needs it.
func (f *runFlags) servers(ctx context.Context, chosen []bench.Scenario) (bench.Servers, error) {
	if f.target != nil && !slices.ContainsFunc(chosen, needsOwn) {
		return bench.UserServer(*f.target, f.consent, nil), nil
	}
	binary, err := redisd.Find(ctx, f.redisServer)
	switch {
	case f.target == nil && err != nil:
		return nil, fmt.Errorf("%w: %w", bench.ErrEnvironment, err)
	case f.target == nil:
		return bench.OwnServers(binary), nil
	case err != nil:
		return bench.UserServer(*f.target, f.consent, nil), nil // it says which scenarios are left out
	}
	return bench.UserServer(*f.target, f.consent, bench.OwnServers(binary)), nil
}

func needsOwn(s bench.Scenario) bool { return s.Topology.OwnServer() }

// args is the command line that repeats the run, without what is secret.
func (f *runFlags) args(command string, names []string) []string {
	args := append([]string{"redisduel", command}, names...)
	args = append(args, "--rtt", f.rtt.String())
	if !f.early {
		args = append(args, "--rounds", fmt.Sprint(f.rounds))
	}
	args = append(args, "--duration", f.duration.String(), "--seed", fmt.Sprint(f.seed))
	if f.quick {
		args = append(args, "--quick") // smaller versions of the scenarios
	}
	if f.target == nil {
		return args
	}
	args = append(args, "--url", "…")
	for _, c := range []struct {
		given bool
		flag  string
	}{{f.consent.Data, "--allow-data"}, {f.consent.Live, "--allow-live"}, {f.consent.Blocking, "--allow-blocking"}} {
		if c.given {
			args = append(args, c.flag)
		}
	}
	return args
}
