package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
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
	quick         bool
	out           string
	url           string
	redisServer   string
	seed          uint64
	consent       bench.Consent
	asJSON        bool
}

// What a run takes by default, and with --quick: all pairs in less than eight
// minutes, and in less than ninety seconds.
const (
	defaultRTT      = time.Millisecond
	defaultRounds   = 8
	defaultDuration = 500 * time.Millisecond
	quickRounds     = 3
	quickDuration   = 150 * time.Millisecond
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
redis-server of its own, on a free port, that ends with the run.`,
		Example: `  redisduel run                                    all duels, about seven minutes
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
	flags.StringVar(&f.url, "url", "", "run on this server: redis://[user:password@]host:port[/db]")
	flags.StringVar(&f.redisServer, "redis-server", "", "the redis-server or valkey-server binary to start")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the load's random numbers (default: a new one)")
	flags.BoolVar(&f.consent.Data, "allow-data", false, "run on a --url that holds keys of others")
	flags.BoolVar(&f.asJSON, "json", false, "print the outcome as JSON, and nothing else on standard output")
}

func (f *runFlags) run(cmd *cobra.Command, names []string) error {
	if err := f.fill(cmd); err != nil {
		return err
	}
	chosen, err := f.choose(cmd.ErrOrStderr(), names)
	if err != nil {
		return err
	}
	if len(names) > 0 && !slices.Contains(names, everything) {
		names = namesOf(chosen) // in full, so that the report's command line lasts
	}
	if err := report.Probe(f.out); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	config, err := f.config(cmd.Context())
	if err != nil {
		return err
	}
	config.Scenarios, config.Args = chosen, f.args("run", names)
	return f.fight(cmd, config, cmd.OutOrStdout())
}

// config is what the flags ask for, but for the scenarios.
func (f *runFlags) config(ctx context.Context) (bench.Config, error) {
	servers, err := f.servers(ctx)
	if err != nil {
		return bench.Config{}, err
	}
	trial, err := os.Executable()
	if err != nil {
		return bench.Config{}, fmt.Errorf("%w: cannot find the program's own file: %w", bench.ErrEnvironment, err)
	}
	return bench.Config{
		Servers: servers, Trial: []string{trial, "trial"}, Version: version(),
		Source: redisduel.Source,
		Settings: bench.Settings{
			RTT: f.rtt, Rounds: f.rounds, Duration: f.duration, Warmup: f.duration / warmupShare,
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
	return errors.Join(runErr, journal.discard())
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
	if f.url == "" && !set("redis-server") {
		f.url = urlFromEnvironment()
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
	if f.url != "" {
		return bench.Target{URL: f.url}.Validate()
	}
	return nil
}

func urlFromEnvironment() string {
	if url := os.Getenv("REDIS_URL"); url != "" {
		return url
	}
	if host := os.Getenv("REDIS_HOST"); host != "" {
		port := os.Getenv("REDIS_PORT")
		if port == "" {
			port = "6379"
		}
		return "redis://" + net.JoinHostPort(host, port)
	}
	return ""
}

// everything is the word for all scenarios.
const everything = "all"

// choose finds the named scenarios. When none is named it takes all that may
// run on the server.
func (f *runFlags) choose(stderr io.Writer, names []string) ([]bench.Scenario, error) {
	all := scenarios.All()
	if len(names) > 0 && !slices.Contains(names, everything) {
		return scenarios.Named(names)
	}
	if f.url == "" || f.consent.Blocking {
		return all, nil
	}
	var harmless []bench.Scenario
	for _, s := range all {
		if s.Blocking {
			fmt.Fprintf(stderr, "redisduel: leaving out %s, which stops the server for all its clients; --allow-blocking runs it\n", s.Name)
			continue
		}
		harmless = append(harmless, s)
	}
	return harmless, nil
}

func namesOf(chosen []bench.Scenario) []string {
	names := make([]string, len(chosen))
	for i := range chosen {
		names[i] = chosen[i].Name
	}
	return names
}

func (f *runFlags) servers(ctx context.Context) (bench.Servers, error) {
	if f.url != "" {
		return bench.UserServer(f.url, f.consent), nil
	}
	binary, err := redisd.Find(ctx, f.redisServer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bench.ErrEnvironment, err)
	}
	return bench.OwnServers(binary), nil
}

// args is the command line that repeats the run, without what is secret.
func (f *runFlags) args(command string, names []string) []string {
	args := append([]string{"redisduel", command}, names...)
	args = append(args, "--rtt", f.rtt.String(), "--rounds", fmt.Sprint(f.rounds), "--duration", f.duration.String(), "--seed", fmt.Sprint(f.seed))
	if f.url != "" {
		args = append(args, "--url", "…")
	}
	return args
}
