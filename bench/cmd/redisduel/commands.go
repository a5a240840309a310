package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/report"
	"redisduel/scenarios"
)

func newList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios and their claims",
		Example: "  redisduel list\n  redisduel list --json | jq -r .[].name",
		Args:    takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return listJSON(cmd)
			}
			return listTable(cmd)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, with the unit of each metric and which way it improves")
	return cmd
}

// listed is a scenario as `list --json` shows it.
type listed struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Claim    string        `json:"claim"`
	Primary  bench.Metric  `json:"primary"`
	Topology string        `json:"topology"`
	Variants []string      `json:"variants"`
	Sweeps   []listedSweep `json:"sweeps"`
}

// listedSweep is a sweep as `list --json` shows it.
type listedSweep struct {
	Name      string `json:"name"` // as `redisduel sweep` takes it
	Title     string `json:"title"`
	Parameter string `json:"parameter"` // that it varies
	Decided   string `json:"decided_by"`
}

func list(s *bench.Scenario) listed {
	l := listed{Name: s.Name, Title: s.Title, Claim: s.Claim, Primary: s.Primary, Topology: s.Topology.String(), Variants: []string{}, Sweeps: []listedSweep{}}
	for _, v := range s.Variants {
		l.Variants = append(l.Variants, v.Name)
	}
	for _, sweep := range s.Sweeps {
		at := sweep.At(sweep.Values[0])
		l.Sweeps = append(l.Sweeps, listedSweep{scenarios.Swept{Scenario: *s, Sweep: sweep}.Name(), at.Title, sweep.Parameter, at.Primary.Name})
	}
	return l
}

func listJSON(cmd *cobra.Command) error {
	all := []listed{}
	for _, s := range scenarios.All() {
		all = append(all, list(&s))
	}
	return writeJSON(cmd.OutOrStdout(), all)
}

// listTable writes a scenario as a block: its claim in full, and below it how it
// is decided and on what.
func listTable(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	for i, s := range scenarios.All() {
		l := list(&s)
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprint(out, hanging("", l.Name+": "+l.Title, textWidth(out)))
		for _, line := range []struct{ what, text string }{
			{"claim", l.Claim},
			{"decided by", l.Primary.Name},
			{"runs on", l.Topology},
			{"beside them", strings.Join(l.Variants, ", ")},
			{"sweeps", sweepLines(&l)},
		} {
			if line.text != "" {
				fmt.Fprint(out, hanging(fmt.Sprintf("  %-12s ", line.what), line.text, textWidth(out)))
			}
		}
	}
	return nil
}

// sweepLines is a line for each sweep, indented like the block's texts.
func sweepLines(l *listed) string {
	lines := make([]string, len(l.Sweeps))
	for i, s := range l.Sweeps {
		lines[i] = s.Name + ": " + s.Decided + " over " + s.Parameter + bench.SweepOf(s.Title, l.Title)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", 15))
}

func newReport() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report results.json",
		Short: "Write the report of an earlier run again, from its results",
		Long: `Write the report of an earlier run again, from its results.json. Given the
journal of a run that was killed (journal.jsonl), write the report of what it
had measured until then.`,
		Example:           "  redisduel report reports/results.json\n  redisduel report reports/journal.jsonl --out /tmp/rescued",
		Args:              takes(1, 1, "the results.json of a run"),
		ValidArgsFunction: completeResults,
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				out = filepath.Dir(args[0])
			}
			if report.IsSelfTest(args[0]) {
				return reportSelfTest(cmd, args[0], out)
			}
			result, err := readResult(args[0])
			if err != nil {
				return err
			}
			return publish(cmd.OutOrStdout(), out, result, false)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory of the report (default: that of the results)")
	return cmd
}

func readResult(path string) (*bench.Result, error) {
	if !strings.HasSuffix(path, ".jsonl") {
		result, err := report.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errOutput, err)
		}
		return result, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: cannot open the journal: %w; name the journal.jsonl of a run that was killed", bench.ErrJournal, err)
	}
	defer file.Close()
	return bench.ReadJournal(file, scenarios.Known())
}

// publish writes a report and sums it up, in a table or as JSON.
func publish(stdout io.Writer, dir string, result *bench.Result, asJSON bool) error {
	if err := addSweeps(dir, result); err != nil {
		return err
	}
	if err := addClaims(dir, result); err != nil {
		return err
	}
	result.Beside = report.Beside(dir)
	files, err := report.Render(result)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if err := report.Write(dir, files); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if asJSON {
		return writeJSON(stdout, outcomeOf(result, dir))
	}
	if err := report.Summary(stdout, result, terminalWidth(stdout)); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	_, err = fmt.Fprintf(stdout, "\nThe report is in %s.\n", filepath.Join(dir, "README.md"))
	return err
}

// addSweeps gives the report the sweeps that lie in its directory, in place of
// those it had if they are newer. One of another machine says nothing about this
// result.
func addSweeps(dir string, result *bench.Result) error {
	sweeps, err := report.ReadSweeps(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	for _, s := range sweeps {
		i := slices.IndexFunc(result.Sweeps, func(have bench.SweepResult) bool {
			return have.Scenario == s.Scenario && have.Sweep == s.Sweep
		})
		switch {
		case s.Host != result.Host:
		case i < 0:
			result.Sweeps = append(result.Sweeps, s)
		case s.Started.After(result.Sweeps[i].Started):
			result.Sweeps[i] = s
		}
	}
	inOrder(result.Sweeps)
	return nil
}

// inOrder sorts sweeps as their scenarios declare them.
func inOrder(sweeps []bench.SweepResult) {
	rank := map[string]int{}
	for i, s := range scenarios.AllSweeps() {
		rank[s.Name()] = i
	}
	slices.SortStableFunc(sweeps, func(a, b bench.SweepResult) int {
		return rank[a.Scenario+"/"+a.Sweep] - rank[b.Scenario+"/"+b.Sweep]
	})
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  redisduel version",
		Args:    takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "redisduel %s\n", version())
			return err
		},
	}
}

// stamp is the version that the build gives with -ldflags where there is no
// repository to take it from, as in the image.
var stamp string

// version is the one that the build gave, the module's, or "devel" and the
// commit it was built from, where the Go command recorded one.
func version() string {
	if stamp != "" {
		return stamp
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel " + s.Value[:12]
		}
	}
	return "devel"
}

// newTrial is how redisduel starts itself for each trial.
func newTrial() *cobra.Command {
	return &cobra.Command{
		Use:    "trial",
		Hidden: true,
		Args:   takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return bench.ServeTrial(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), append(scenarios.Known(), scenarios.SelfTest()))
		},
	}
}
