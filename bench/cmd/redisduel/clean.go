package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/quantity"
	"redisduel/scenarios"
)

func newClean() *cobra.Command {
	var f serverFlags
	var id string
	cmd := &cobra.Command{
		Use:   "clean --run-id ID",
		Short: "Remove the keys that a killed run left on your server",
		Long: `Remove the keys that a run left on your server because it was killed. The names
are worked out from the run's number, which the run prints at its start and
keeps in journal.jsonl and results.json; no other key is looked at. A load may have
had ten million keys, so that many names are gone through, in some ten seconds.
Left alone, they expire within 15 minutes.`,
		Example: "  redisduel clean --run-id 1a2b3c4d --url redis://host:6379",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			target, err := f.target(true)
			if err != nil {
				return err
			}
			if target == nil {
				return fmt.Errorf("%w: name the server with --url or REDIS_URL", bench.ErrUsage)
			}
			return clean(cmd, *target, id)
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&id, "run-id", "", "number of the run: 8 hexadecimal digits")
	return cmd
}

func clean(cmd *cobra.Command, target bench.Target, id string) error {
	var bar *progress
	var tell bench.KeysTold
	n, err := bench.Clean(cmd.Context(), target, id, append(scenarios.Known(), generator.Cleanable()), func(done, total int) {
		if bar == nil { // the server has been found fit
			bar = newProgress(cmd.ErrOrStderr(), "removing what run "+id+" left", cleaning)
			tell = keysTold("clean", bar)
		}
		tell("names gone through", done, total)
	})
	if bar != nil {
		bar.done()
	}
	if n > 0 && err != nil {
		err = fmt.Errorf("%w; %s had been removed until then", err, quantity.Format(float64(n), "keys"))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Removed %s.\n", quantity.Format(float64(n), "keys"))
	return nil
}

// cleaning is how long it takes to go through all names, on a server nearby.
const cleaning = 10 * time.Second
