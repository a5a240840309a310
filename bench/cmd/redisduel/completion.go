package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"redisduel/bench"
	"redisduel/scenarios"
)

// newCompletion replaces cobra's own, which answers an unknown shell with a
// page of help and exit code 0.
func newCompletion() *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash": func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":  (*cobra.Command).GenZshCompletion,
		"fish": func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print what makes a shell complete commands, scenarios and flags",
		Example: `  source <(redisduel completion bash)     in ~/.bashrc; needs the package bash-completion
  source <(redisduel completion zsh)      in ~/.zshrc, after compinit
  redisduel completion fish | source      in ~/.config/fish/config.fish`,
		Args:      takes(1, 1, "the name of a shell"),
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) error {
			script, known := shells[args[0]]
			if !known {
				return fmt.Errorf("%w: there is no completion for %q; name bash, zsh or fish", bench.ErrUsage, args[0])
			}
			return script(cmd.Root(), cmd.OutOrStdout())
		},
	}
}

// completeScenarios offers the scenarios that are not named yet.
func completeScenarios(_ *cobra.Command, named []string, begun string) ([]string, cobra.ShellCompDirective) {
	var lines []string
	for _, s := range scenarios.All() {
		lines = append(lines, s.Name+"\t"+s.Title)
	}
	return offered(lines, named, begun), cobra.ShellCompDirectiveNoFileComp
}

// offered are the lines, each a name and what it is, that begin so and whose
// names are not there yet.
func offered(lines, named []string, begun string) (left []string) {
	if len(named) == 0 {
		lines = append([]string{everything + "\tevery one"}, lines...)
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, "\t")
		if strings.HasPrefix(name, begun) && !slices.Contains(named, name) {
			left = append(left, line)
		}
	}
	return left
}

// completeResults offers the files that hold results.
func completeResults(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"json", "jsonl"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeFlags offers directories for --out, and no files where a number or a
// time is wanted.
func completeFlags(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		offer := cobra.NoFileCompletions
		switch {
		case flag.Name == "out":
			offer = directories
		case flag.Value.Type() == "string":
			return
		}
		_ = cmd.RegisterFlagCompletionFunc(flag.Name, offer) // fails only for a flag that is unknown or has one
	})
}

func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
