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
	"redisduel/bench/cmd/interrupt"
)

// Exit codes, as documented in the README.
const (
	exitOK          = 0
	exitUsage       = 2   // flags or usage
	exitRefused     = 3   // the run could have done harm
	exitEnvironment = 4   // binary, port, limits, authentication
	exitFailed      = 5   // a duel failed
	exitWorse       = 6   // compare: something got worse beyond the threshold; doctor: a finding
	exitOutput      = 7   // a report could not be read or written
	exitInterrupt   = 130 // SIGINT
	exitTerminated  = 143 // SIGTERM
)

// errOutput means that a report could not be read or written.
var errOutput = errors.New("report")

func main() {
	// The second signal ends the program at once: trials and servers notice by
	// themselves that we are gone.
	ctx, stop := interrupt.Context(context.Background(), func(code int) {
		fmt.Fprintln(os.Stderr, "redisduel: ended at once by a second signal; keys on a --url that it did not come to remove expire within 15 minutes")
		os.Exit(code)
	})
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root, out := newRoot(), &printed{Writer: stdout}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if out.failed != nil {
		err = errors.Join(err, fmt.Errorf("%w: cannot write to standard output: %w", errOutput, out.failed))
	}
	if err == nil {
		return exitOK
	}
	signal, stopped := interrupt.Of(ctx)
	if stopped && !errors.Is(err, signal) && !errors.Is(err, errOutput) {
		err = signal // what broke because of it is not what happened
	}
	fmt.Fprint(stderr, complain(err))
	if stopped {
		return signal.Code()
	}
	return exitCode(err)
}

// printed is standard output. What cannot be written to it is told at the end and
// keeps nobody from doing the rest, such as a run from its report.
type printed struct {
	io.Writer
	failed error
}

// Write is that of the Writer until it fails, and nothing from then on.
func (p *printed) Write(b []byte) (int, error) {
	if p.failed == nil {
		_, p.failed = p.Writer.Write(b)
	}
	return len(b), nil
}

func exitCode(err error) int {
	for _, kind := range []struct {
		is   error
		code int
	}{
		{bench.ErrRefused, exitRefused},
		{bench.ErrEnvironment, exitEnvironment},
		{errWorse, exitWorse},
		{errFindings, exitWorse},
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

// newHelp replaces cobra's own, which answers an unknown command with exit code 0.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [command]",
		Short:   "Show what a command does and takes",
		Example: "  redisduel help run",
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			for _, c := range cmd.Root().Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err == nil && about == cmd.Root() {
				err = aCommand(about, args)
			}
			if err != nil {
				return err
			}
			return about.Help()
		},
	}
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
beyond its threshold, or the doctor found something, 7 a report could not be
read, written or compared, 130 and 143 interrupted.`,
		Example: `  redisduel run                       all duels, and a report in reports/
  redisduel run scan --rtt 5ms        one, at another distance
  redisduel list                      what there is`,
		Args:                  aCommand,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		DisableFlagsInUseLine: true,
		SilenceUsage:          true,
		SilenceErrors:         true,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagProblem)
	root.SetHelpCommand(newHelp())
	root.AddCommand(newRun(), newSweep(), newLoad(), newClaims(), newSelfTest(), newList(), newReport(), newCompare(), newMerge(), newDoctor(), newClean(), newProxy(), newCompletion(), newVersion(), newTrial())
	for _, cmd := range root.Commands() {
		completeFlags(cmd)
	}
	return root
}
