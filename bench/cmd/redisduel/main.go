// Command redisduel fights duels between Redis patterns and their
// anti-patterns and reports who wins, by how much, and how sure that is.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"redisduel/bench"
)

// Exit codes, as documented in the README.
const (
	exitOK          = 0
	exitUsage       = 2   // flags or usage
	exitRefused     = 3   // the run could have done harm
	exitEnvironment = 4   // binary, port, limits, authentication
	exitFailed      = 5   // a duel failed
	exitWorse       = 6   // compare: something got worse beyond the threshold
	exitOutput      = 7   // a report could not be read or written
	exitInterrupt   = 130 // SIGINT
	exitTerminated  = 143 // SIGTERM
)

// errOutput means that a report could not be read or written.
var errOutput = errors.New("report")

func main() {
	ctx, stop := onSignals(context.Background())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if signal := (interrupted{}); errors.As(context.Cause(ctx), &signal) {
		fmt.Fprintf(stderr, "redisduel: %v\n", err)
		return signal.code()
	}
	fmt.Fprintf(stderr, "redisduel: %v\n", err)
	return exitCode(err)
}

func exitCode(err error) int {
	for _, kind := range []struct {
		is   error
		code int
	}{
		{bench.ErrRefused, exitRefused},
		{bench.ErrEnvironment, exitEnvironment},
		{errWorse, exitWorse},
		{errOutput, exitOutput},
		{bench.ErrJournal, exitOutput},
		{bench.ErrFailed, exitFailed},
	} {
		if errors.Is(err, kind.is) {
			return kind.code
		}
	}
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "redisduel",
		Short: "Compare Redis patterns with their anti-patterns, honestly",
		Long: `redisduel runs a Redis pattern and its anti-pattern under the same load, through
the same emulated network, proves from the server's own counters that each did
what its name says, and reports who wins, by how much, and how sure that is.

Exit codes: 0 ok, 2 usage, 3 refused because it could do harm, 4 environment
(no server, no rights), 5 a duel failed, 6 a comparison found something worse
beyond its threshold, 7 a report could not be read, written or compared, 130 and
143 interrupted.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w; `%s --help` shows what it takes", bench.ErrUsage, err, cmd.CommandPath())
	})
	root.AddCommand(newRun(), newSweep(), newList(), newReport(), newCompare(), newMerge(), newClean(), newProxy(), newVersion(), newTrial())
	return root
}
