package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"redisduel/bench"
)

// complain is an error for people: a line for each of those that were joined,
// without their kinds, which the exit code tells, and without names of packages.
func complain(err error) string {
	var text strings.Builder
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(&text, "redisduel: %s\n", bare(strings.TrimSpace(line)))
	}
	return text.String()
}

func bare(line string) string {
	line = bench.Sentence(line)
	for _, kind := range []string{"report", "worse", "doctor", "redisd"} {
		if rest, found := strings.CutPrefix(line, kind+": "); found {
			return bare(rest)
		}
	}
	return line
}

// badFlag says what a flag must be; a text is quoted, since it may be empty.
func badFlag(name string, value any, want string) error {
	if text, ok := value.(string); ok {
		value = fmt.Sprintf("%q", text)
	}
	return fmt.Errorf("%w: --%s is %v; it must be %s", bench.ErrUsage, name, value, want)
}

// kinds of value, by pflag's names for their types.
var kinds = map[string]string{
	"duration": "a time with its unit, such as 1ms or 2s",
	"int":      "a whole number",
	"int64":    "a whole number",
	"float64":  "a number",
	"uint64":   "a whole number, 0 or more",
	"bool":     "true or false",
}

// flagProblem says of a flag that cannot be parsed what it takes.
func flagProblem(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		flag := invalid.GetFlag()
		return badFlag(flag.Name, invalid.GetValue(), kinds[flag.Value.Type()])
	}
	return fmt.Errorf("%w: %w; `%s --help` shows what it takes", bench.ErrUsage, err, cmd.CommandPath())
}

// takes checks the number of arguments, which errors call what; most may be -1
// for any number.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return fmt.Errorf("%w: `%s` takes %s, but was given %s; `%s --help` shows examples", bench.ErrUsage, cmd.CommandPath(), what, quoted(args), cmd.CommandPath())
	}
}

func quoted(args []string) string {
	if len(args) == 0 {
		return "nothing"
	}
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = fmt.Sprintf("%q", arg)
	}
	return strings.Join(words, " ")
}

// aCommand refuses what is no command, and suggests those that are spelt alike.
func aCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		meant = fmt.Sprintf("did you mean %q? ", near[0])
	}
	return fmt.Errorf("%w: there is no command %q; %s`%s --help` shows all", bench.ErrUsage, args[0], meant, cmd.CommandPath())
}
