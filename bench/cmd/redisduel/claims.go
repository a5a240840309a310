package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

// claimRounds is the rounds of the duels at 250 ms: as many as a verdict takes,
// since a single job of a hundred commands takes 25 seconds there.
const claimRounds = 3

// claimFlags is the command line of `redisduel claims`.
type claimFlags struct {
	runFlags
	judgeOnly bool
}

func newClaims() *cobra.Command {
	f := claimFlags{}
	f.rtt, f.duration = scenarios.DistantRTT, defaultDuration
	cmd := &cobra.Command{
		Use:   "claims",
		Short: "Hold what circulates about Redis against the duels",
		Long: `Hold statements that circulate about Redis against what was measured, and write
the ledger: each is confirmed, confirmed with a correction, refuted, not
demonstrable on this host, or not measured.

Some are about a round trip of 250 ms. This command fights the duels that they
take (handshakes, wide-pool and pipelining) there, in about four minutes, and
writes their report to the directory ` + scenarios.DistantDir + ` in that of the report. It judges
the others by the duels and sweeps that ` + "`redisduel run` and `redisduel sweep`" + `
left there, and writes claims.md beside them. Reports that are written there
later judge anew.`,
		Example: `  redisduel claims                       after a run: about four minutes
  redisduel claims --judge-only          by what lies in reports/, at once
  redisduel claims --judge-only --json   the ledger for a program`,
		Args: takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.claims(cmd)
		},
	}
	flags := cmd.Flags()
	f.registerServer(flags)
	flags.IntVar(&f.rounds, "rounds", claimRounds, "rounds of each duel at 250 ms")
	flags.BoolVar(&f.judgeOnly, "judge-only", false, "measure nothing; judge by what lies in the directory")
	return cmd
}

// claims measures, unless told not to, and judges. A duel that failed leaves its
// claims unmeasured and the exit code 5.
func (f *claimFlags) claims(cmd *cobra.Command) error {
	if err := f.fill(cmd); err != nil {
		return err
	}
	var broken error
	if !f.judgeOnly {
		broken = f.measure(cmd)
		if broken != nil && !errors.Is(broken, bench.ErrFailed) {
			return broken
		}
	}
	return errors.Join(broken, f.judge(cmd))
}

// measure fights the duels at 250 ms and writes their report.
func (f *claimFlags) measure(cmd *cobra.Command) error {
	far := f.runFlags
	far.out = filepath.Join(f.out, scenarios.DistantDir)
	if err := report.Probe(far.out); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	config, err := far.config(cmd, scenarios.Distant())
	if err != nil {
		return err
	}
	config.Args = []string{"redisduel", "claims", "--rounds", fmt.Sprint(f.rounds), "--seed", fmt.Sprint(f.seed)}
	if f.target != nil {
		config.Args = append(config.Args, "--url", "…")
	}
	return far.fight(cmd, config, f.shown(cmd))
}

// shown is where what is meant for people goes.
func (f *claimFlags) shown(cmd *cobra.Command) io.Writer {
	if f.asJSON {
		return io.Discard
	}
	return cmd.OutOrStdout()
}

// judge writes the ledger by what lies in the directory, with the report of the
// duels if they are there.
func (f *claimFlags) judge(cmd *cobra.Command) error {
	main, err := readIfThere(filepath.Join(f.out, "results.json"))
	if err != nil {
		return err
	}
	if main != nil {
		if err := publish(io.Discard, f.out, main, false); err != nil {
			return err
		}
	}
	ledger, err := judged(f.out, main)
	if err != nil {
		return err
	}
	if main == nil && ledger.Distant == nil {
		return fmt.Errorf("%w: there are no results in %s to judge by; `redisduel run` makes them, and `redisduel claims` those at 250 ms", errOutput, f.out)
	}
	if main == nil || main.Claims == nil {
		if err := writeClaims(f.out, ledger); err != nil {
			return err
		}
	}
	return f.show(cmd, ledger)
}

// writeClaims writes the ledger alone.
func writeClaims(dir string, ledger *bench.Ledger) error {
	files, err := report.RenderClaims(ledger)
	if err == nil {
		err = report.Write(dir, files)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}

func (f *claimFlags) show(cmd *cobra.Command, ledger *bench.Ledger) error {
	out := cmd.OutOrStdout()
	if f.asJSON {
		return writeJSON(out, ledger)
	}
	if err := report.ClaimsSummary(out, ledger, terminalWidth(out)); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	_, err := fmt.Fprintf(out, "\nThe ledger is in %s.\n", filepath.Join(f.out, "claims.md"))
	return err
}

// judged is the ledger by a result, which may be nil, and the distant run in
// the directory, if there is one.
func judged(dir string, main *bench.Result) (*bench.Ledger, error) {
	far, err := readIfThere(filepath.Join(dir, scenarios.DistantDir, "results.json"))
	if err != nil {
		return nil, err
	}
	return scenarios.Ledger(main, far), nil
}

// addClaims gives the report its ledger, unless nothing in it was measured.
func addClaims(dir string, result *bench.Result) error {
	ledger, err := judged(dir, result)
	if err != nil {
		return err
	}
	result.Claims = nil
	if slices.ContainsFunc(ledger.Claims, func(c bench.Claim) bool { return c.Verdict != bench.NotMeasured }) {
		result.Claims = ledger
	}
	return nil
}

// readIfThere reads a result; nil if there is no such file.
func readIfThere(path string) (*bench.Result, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // that there is none is an answer
	}
	return readResult(path)
}
