package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
	"redisduel/bench/redisd"
)

// loadFlags is the command line of `redisduel load`.
type loadFlags struct {
	spec           generator.Spec
	consent        generator.Consent
	server         serverFlags
	redisServer    string
	arrivals       string
	share, startAt string
	slo            string
	maxErrors      int64
	procs          int
	hdr            string
	asJSON, dryRun bool

	target    *bench.Target // of the user's server; nil if we start our own
	objective *generator.Objective
}

func newLoad() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load [flags] -- COMMAND [word...]",
		Short: "Put a server under load with one command, and measure it",
		Long: `Put a server under load with one command of Redis and measure how it answers.

In the command {key} stands for a random one of --keys names, {value} for --size
bytes that belong to it, and {n} for the number of the command. The keys, ten
million at most, are written before the load, and every answer to GET {key} is
compared with what was stored. The server needs some 140 bytes for each key besides
its value, or 190 on a --url; keys that it cannot hold are refused.

Without --rate each connection sends its next op as soon as the last is answered
(closed loop). With it ops fall due at random moments, as independent users make
them (open loop), and response time counts from then. An op is one command, or
--pipeline commands sent at once; --rate counts ops.

Without --url (or REDIS_URL, or REDIS_HOST and REDIS_PORT) the load gets a
redis-server of its own. On a --url only commands run that are known to touch
nothing but the load's own keys, which expire within 15 minutes and are removed
at the end. If it names nodes of a cluster, the keys lie on all of its primaries,
and each connection is one to every primary.

With --slo it looks for the highest rate that meets an objective, by 20 to 35
trials of --duration each, and says between which rates that lies.

Nothing is written but to standard output, unless --hdr asks for files. The exit
code is 5 if more than --max-errors ops failed, or if no rate meets the --slo.`,
		Example: `  redisduel load -- GET {key}                                     closed loop, 50 connections
  redisduel load --rate 20000 --duration 30s -- GET {key}         open loop
  redisduel load --multiplex -- GET {key}                         50 callers share one connection
  redisduel load --pipeline 32 -- SET {key} {value}               32 commands at once
  redisduel load --slo 'p99<2ms' --duration 2s -- GET {key}       the highest rate that meets it
  redisduel load --no-seed -- HSET {key} field {value}            keys that are no strings
  redisduel load --url redis://host:6379 --rate 500 -- SET {key} {value} EX 60
  redisduel load --url redis://host1,host2 --allow-live -- GET {key}    a cluster
  redisduel load --json -- GET {key} | jq .summary.response       for a program
  redisduel load --url redis://host --rate 9000 --seed 7 --share 0/3 \
      --start-at 2030-01-01T12:00:00Z --json -- GET {key}         a third of it, for redisduel merge`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *loadFlags) register(flags *pflag.FlagSet) {
	s := &f.spec
	flags.IntVar(&s.Conns, "conns", 50, "most ops in flight, each on a connection of its own")
	flags.BoolVar(&s.Multiplex, "multiplex", false, "have all of them share one connection")
	flags.IntVar(&s.Pipeline, "pipeline", 1, "commands of an op, sent at once")
	flags.Float64Var(&s.Rate, "rate", 0, "ops a second that fall due (default: as fast as they are answered)")
	flags.StringVar(&f.arrivals, "arrivals", string(load.Poisson), "of a --rate: poisson or constant")
	flags.DurationVar(&s.Duration, "duration", 10*time.Second, "measured time, of each trial")
	flags.DurationVar(&s.Warmup, "warmup", time.Second, "time before it that is driven and not measured")
	flags.IntVar(&s.Keys, "keys", 100_000, "number of keys")
	flags.IntVar(&s.Size, "size", 64, "bytes of a value")
	flags.BoolVar(&s.Unseeded, "no-seed", false, "do not write the keys before the load")
	flags.DurationVar(&s.RTT, "rtt", 0, "round-trip time of the emulated network")
	flags.Uint64Var(&s.Seed, "seed", 0, "seed of arrivals and choice of keys (default: a new one)")
	flags.StringVar(&f.share, "share", "", "which part of the ops this process makes, of how many: 0/3 to 2/3")
	flags.StringVar(&f.startAt, "start-at", "", "when the load begins, as 2030-01-01T12:00:00Z (default: at once)")
	flags.StringVar(&f.slo, "slo", "", "look for the highest rate that meets this, such as 'p99<5ms'")
	flags.Int64Var(&f.maxErrors, "max-errors", 0, "ops that may fail before the exit code says so")
	flags.IntVar(&f.procs, "procs", 0, "processors to use (default: all, but for one in a closed loop here)")
	flags.StringVar(&f.hdr, "hdr", "", "write the histograms to this name with .hgrm and .hlog after it")
	flags.BoolVar(&f.asJSON, "json", false, "print the result as JSON, and nothing else on standard output")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what the load would do on your server, and do nothing")
	f.server.register(flags)
	flags.StringVar(&f.redisServer, "redis-server", "", "the redis-server or valkey-server binary to start")
	flags.BoolVar(&f.consent.Data, "allow-data", false, "run on a --url that holds keys of others")
	flags.BoolVar(&f.consent.Live, "allow-live", false, "run on a --url that others use now, or that has replicas")
	flags.BoolVar(&f.consent.Blocking, "allow-blocking", false, "run a command that stops a --url for all its clients")
	flags.BoolVar(&f.consent.Lasting, "allow-lasting", false, "run a command that writes keys without a time to live on a --url")
}

func (f *loadFlags) run(cmd *cobra.Command, words []string) error {
	if err := f.fill(cmd, words); err != nil {
		return err
	}
	if f.dryRun {
		return dryLoad(cmd.OutOrStdout(), f.spec, f.consent)
	}
	if err := f.probe(); err != nil {
		return err
	}
	servers, err := f.servers(cmd)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(f.processors()))
	id := bench.NewRunID()
	bar := newProgress(cmd.ErrOrStderr(), f.announce(), f.estimate())
	g, err := generator.Open(cmd.Context(), f.spec, servers(id), id, keysTold("load", bar))
	if err != nil {
		bar.done()
		return err
	}
	result, err := f.drive(cmd.Context(), g, bar)
	err = errors.Join(err, g.Close(cmd.Context()))
	bar.done()
	if result == nil {
		return err
	}
	result.Version, result.Args = version(), f.args(words)
	result.Generator.Memory = bench.PeakMemory()
	result.Finish()
	return errors.Join(f.publish(cmd.OutOrStdout(), result), err, f.failed(result))
}

// fill checks every value.
func (f *loadFlags) fill(cmd *cobra.Command, words []string) (err error) {
	s := &f.spec
	s.Command = words
	if !cmd.Flags().Changed("seed") {
		s.Seed = rand.Uint64() >> 11 // fits a JSON number
	}
	switch {
	case cmd.Flags().Changed("rate") && !(s.Rate > 0):
		return badFlag("rate", s.Rate, "more than 0 ops a second")
	case s.Rate != 0 || f.slo != "":
		s.Arrivals = load.Arrivals(f.arrivals)
	case cmd.Flags().Changed("arrivals"):
		return fmt.Errorf("%w: --arrivals belongs to an open loop; add --rate", bench.ErrUsage)
	}
	if f.arrivals != string(load.Poisson) && f.arrivals != string(load.Constant) {
		return badFlag("arrivals", f.arrivals, "poisson or constant")
	}
	if s.RTT < 0 || s.RTT > 10*time.Second {
		return badFlag("rtt", s.RTT, "between 0s and 10s")
	}
	if f.procs < 0 || f.procs > 10_000 {
		return badFlag("procs", f.procs, "between 0 and 10000")
	}
	if f.maxErrors < 0 {
		return badFlag("max-errors", f.maxErrors, "0 or more")
	}
	if err := cmp.Or(f.fillShare(), f.fillObjective(), f.inCommon(cmd)); err != nil {
		return err
	}
	checked := *s
	if f.objective == nil && s.Rate == 0 {
		checked.Arrivals = ""
	}
	if err := checked.Validate(); err != nil {
		return err
	}
	if f.target, err = f.server.target(!cmd.Flags().Changed("redis-server")); err != nil {
		return err
	}
	if f.target == nil && s.Shares > 1 {
		return fmt.Errorf("%w: each share would load a server of its own; name one for all with --url", bench.ErrUsage)
	}
	if f.target == nil && time.Until(s.StartAt) > 24*time.Hour {
		return badFlag("start-at", f.startAt, "a moment of the next 24 hours")
	}
	if f.target == nil {
		return nil
	}
	if longest := bench.KeyTTL; max(0, time.Until(s.StartAt))+s.Warmup+s.Duration > longest {
		return badFlag("duration", s.Duration, fmt.Sprintf("at most %v on a --url with its warm-up and the wait for --start-at, since keys expire by then", longest))
	}
	return s.Harm(f.consent)
}

func (f *loadFlags) fillShare() error {
	s := &f.spec
	if f.share != "" {
		index, of, _ := strings.Cut(f.share, "/")
		var errs [2]error
		s.Share, errs[0] = strconv.Atoi(index)
		s.Shares, errs[1] = strconv.Atoi(of)
		if errors.Join(errs[:]...) != nil || s.Share < 0 || s.Shares < 1 || s.Share >= s.Shares {
			return badFlag("share", f.share, "the number of the share, from 0, and how many there are, such as 0/3")
		}
	}
	if f.startAt != "" {
		at, err := time.Parse(time.RFC3339Nano, f.startAt)
		if err != nil {
			return badFlag("start-at", f.startAt, "a moment such as 2030-01-01T12:00:00Z")
		}
		s.StartAt = at.UTC()
	}
	return nil
}

// inCommon asks for what all shares must be given alike, or they are not shares
// of one load.
func (f *loadFlags) inCommon(cmd *cobra.Command) error {
	if f.share == "" || cmd.Flags().Changed("seed") && f.startAt != "" {
		return nil
	}
	return fmt.Errorf("%w: --share needs --seed and --start-at, the same for all shares, so that they are shares of one load", bench.ErrUsage)
}

func (f *loadFlags) fillObjective() error {
	if f.slo == "" {
		return nil
	}
	if f.share != "" || f.startAt != "" {
		return fmt.Errorf("%w: --slo looks for a rate from one process; leave out --share and --start-at", bench.ErrUsage)
	}
	o, err := generator.ParseObjective(f.slo)
	f.objective = &o
	if err == nil && o.LeastRate(f.spec.Duration) > highestRate {
		return badFlag("duration", f.spec.Duration, "longer for "+f.slo+", which takes more ops than a server answers in it")
	}
	return err
}

// servers provides the server, and tells of the keys that will be on one that is
// not ours.
func (f *loadFlags) servers(cmd *cobra.Command) (func(runID string) bench.Servers, error) {
	if f.target == nil {
		binary, err := redisd.Find(cmd.Context(), f.redisServer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", bench.ErrEnvironment, err)
		}
		return func(string) bench.Servers { return bench.OwnServers(binary) }, nil
	}
	return func(id string) bench.Servers {
		return telling(bench.UserServer(*f.target, f.consent.Consent, nil), cmd.ErrOrStderr(), id, nil)
	}, nil
}

// processors are those to use. In a closed loop one is left to a server on this
// host: a generator on all of them takes its time away, and is slower for it. In
// an open loop ops must start on time, and a processor more sees to that.
func (f *loadFlags) processors() int {
	n := runtime.GOMAXPROCS(0)
	switch here := f.target == nil || f.target.Local(); {
	case f.procs > 0:
		return f.procs
	case here && f.spec.Rate == 0 && f.objective == nil:
		return max(1, n-1)
	}
	return n
}

// drive runs the load, or looks for the rate.
func (f *loadFlags) drive(ctx context.Context, g *generator.Generator, bar *progress) (*generator.Result, error) {
	if f.objective != nil {
		return f.search(ctx, g, bar)
	}
	total := f.spec.Warmup + f.spec.Duration
	g.Progress = func(left time.Duration, ops int64) {
		bar.update(bench.Progress{
			Scenario: "load", Phase: fmt.Sprintf("%d ops", ops), Remaining: left, Timed: true,
			Done: int((total - left).Milliseconds()), Total: int(total.Milliseconds()),
		})
	}
	return g.Run(ctx)
}

// keysTold shows how far the writing of keys has come, or their removal.
func keysTold(command string, bar *progress) bench.KeysTold {
	var began time.Time
	var current string
	return func(phase string, done, total int) {
		if phase != current {
			began, current = time.Now(), phase
		}
		each := float64(likelyEach)
		if done > 0 {
			each = float64(time.Since(began)) / float64(done)
		}
		bar.update(bench.Progress{
			Scenario: command, Phase: fmt.Sprintf("%s: %s of %s", phase, quantity.Count(int64(done)), quantity.Count(int64(total))),
			Done: done, Total: total, Timed: true, Remaining: time.Duration(each * float64(total-done)),
		})
	}
}

// likelyEach is how long it takes to write or remove a key, on a server nearby.
const likelyEach = 2 * time.Microsecond

// failed says that too many ops failed.
func (f *loadFlags) failed(r *generator.Result) error {
	if n := r.Failures(); n > f.maxErrors {
		return fmt.Errorf("%w: %d ops failed, and --max-errors allows %d", bench.ErrFailed, n, f.maxErrors)
	}
	if r.Search != nil && r.Search.Low == 0 {
		hint := ""
		if least := f.objective.LeastRate(f.spec.Duration); least > firstRate {
			hint = fmt.Sprintf("; below %s ops/s a longer --duration is needed to tell", quantity.Number(rounded(least)))
		}
		return fmt.Errorf("%w: no rate that was tried meets %s%s", bench.ErrFailed, r.Search.Objective, hint)
	}
	return nil
}
