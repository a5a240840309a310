package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/doctor"
	"redisduel/bench/quantity"
	"redisduel/bench/report"
)

// errFindings means that the doctor found something.
var errFindings = errors.New("doctor")

func newDoctor() *cobra.Command {
	var f serverFlags
	var asJSON bool
	sample := doctor.Sample{Keys: 5000, Rate: 2000, Deadline: 5 * time.Second}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at your server for the anti-patterns that the duels measure",
		Long: `Look at a running server, or at each primary of a cluster, for the anti-patterns
whose price the duels measure: KEYS and unbounded ranges, EVAL, connection churn,
cache keys without a TTL, a policy that refuses writes, big keys, uneven nodes,
slow commands, a server that is open to everyone. Of each it says what was seen,
why it matters and what to change, as Markdown or as JSON.

It only reads: INFO, SLOWLOG GET, LATENCY LATEST, CONFIG GET and ACL WHOAMI where
the user may, and a bounded sample of keys by SCAN. The exit code is 6 if it found
something.`,
		Example: `  redisduel doctor --url redis://host:6379
  redisduel doctor --url rediss://user@host --password-file secret --json
  redisduel doctor --url redis://host:6379 --sample 0   no look at single keys`,
		Args: takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			target, err := f.target(true)
			switch {
			case err != nil:
				return err
			case target == nil:
				return fmt.Errorf("%w: name the server with --url or REDIS_URL", bench.ErrUsage)
			case sample.Keys < 0 || sample.Keys > 1_000_000:
				return badFlag("sample", sample.Keys, "between 0 and 1000000")
			}
			return diagnose(cmd, *target, sample, asJSON)
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().IntVar(&sample.Keys, "sample", sample.Keys, "keys to look at one by one, on each node")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

func diagnose(cmd *cobra.Command, target bench.Target, sample doctor.Sample, asJSON bool) error {
	found, err := bench.Examine(cmd.Context(), target, sample)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(cmd.OutOrStdout(), found)
	} else {
		err = printDiagnosis(cmd, found)
	}
	if err != nil || len(found.Findings) == 0 {
		return err
	}
	return fmt.Errorf("%w: found %s; each is listed with what to change", errFindings, quantity.Format(float64(len(found.Findings)), "anti-patterns"))
}

func printDiagnosis(cmd *cobra.Command, found *doctor.Diagnosis) error {
	page, err := report.Doctor(found, "reports")
	if err == nil {
		_, err = cmd.OutOrStdout().Write(page)
	}
	if err != nil {
		return fmt.Errorf("%w: cannot print the findings: %w", errOutput, err)
	}
	return nil
}
