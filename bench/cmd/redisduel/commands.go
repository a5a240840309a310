package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/olekukonko/tablewriter"
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
		Example: "  redisduel list\n  redisduel list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return listJSON(cmd)
			}
			return listTable(cmd)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// listed is a scenario as `list --json` shows it.
type listed struct {
	Name    string       `json:"name"`
	Title   string       `json:"title"`
	Claim   string       `json:"claim"`
	Primary bench.Metric `json:"primary"`
}

func listJSON(cmd *cobra.Command) error {
	all := []listed{}
	for _, s := range scenarios.All() {
		all = append(all, listed{s.Name, s.Title, s.Claim, s.Primary})
	}
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(all)
}

func listTable(cmd *cobra.Command) error {
	table := tablewriter.NewTable(cmd.OutOrStdout(), tablewriter.WithRowAutoWrap(0))
	table.Header("Scenario", "Pattern ↔ anti-pattern", "Decided by")
	for _, s := range scenarios.All() {
		if err := table.Append(s.Name, s.Title, s.Primary.Name); err != nil {
			return err
		}
	}
	return table.Render()
}

func newReport() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report results.json",
		Short: "Write the report of an earlier run again, from its results",
		Long: `Write the report of an earlier run again, from its results.json. Given the
journal of a run that was killed (journal.jsonl), write the report of what it
had measured until then.`,
		Example: "  redisduel report reports/results.json\n  redisduel report reports/journal.jsonl --out /tmp/rescued",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := readResult(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Dir(args[0])
			}
			return publish(cmd.OutOrStdout(), out, result)
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
		return nil, fmt.Errorf("%w: cannot open the journal: %w", bench.ErrJournal, err)
	}
	defer file.Close()
	return bench.ReadJournal(file, scenarios.All())
}

// publish writes a report and sums it up.
func publish(stdout io.Writer, dir string, result *bench.Result) error {
	files, err := report.Render(result)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if err := report.Write(dir, files); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	if err := report.Summary(stdout, result, terminalWidth(stdout)); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	_, err = fmt.Fprintf(stdout, "\nThe report is in %s.\n", filepath.Join(dir, "README.md"))
	return err
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "redisduel %s\n", version())
			return err
		},
	}
}

// version is the module's version, or "devel" and the commit it was built
// from, where the Go command recorded one.
func version() string {
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
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return bench.ServeTrial(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), scenarios.All())
		},
	}
}
