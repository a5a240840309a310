package report

import (
	"io"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"redisduel/bench"
	"redisduel/bench/stats"
)

func TestTheSummaryFitsTheTerminal(t *testing.T) {
	r := fixture()
	r.Partial = strings.Repeat("interrupted ", 20)
	r.Duels[1].Failed = "anunbreakablewordthatislongerthanthewholeterminalmightpossiblybeandthensome"
	for _, test := range []struct{ width, want int }{{0, 80}, {-1, 80}, {10, 40}, {40, 40}, {60, 60}, {80, 80}, {100, 100}, {500, 500}} {
		var b strings.Builder
		if err := Summary(&b, r, test.width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if got := twwidth.Width(strings.TrimSuffix(line, "\n")); got > test.want {
				t.Errorf("width %d: a line takes %d columns: %s", test.width, got, line)
			}
		}
	}
}

func TestAnIntervalThatSaysNothingIsNotWrittenOut(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		want      string
	}{
		{3.9, 4.3, "3.9–4.3"},
		{9.1e-5, 1.97e7, "below 0.001 to above 100\u202f000"},
		{0.02, 2e5, "0.02 to above 100\u202f000"},
		{1e-9, 2, "below 0.001 to 2.0"},
	} {
		if got := ratioBand(test.low, test.high); got != test.want {
			t.Errorf("%v to %v is %q, want %q", test.low, test.high, got, test.want)
		}
	}
}

func TestNoTableBreaksAWordAsLongAsTheTerminalHasSixtyColumns(t *testing.T) {
	r := fixture()
	r.Duels[0].Comparison.Verdict = stats.NotDemonstrable
	r.Duels[1].Failed = "the check server reads per command failed on the anti-pattern"
	shift := bench.Shift{
		Scenario: "script-pipeline", Metric: "99th percentile of the bystander's response time", Unit: "ns", Side: "100 callers on one connection",
		Change: stats.Change{Scale: stats.Ratio, Direction: stats.Worse, Old: 8, New: 8, Effect: stats.Interval{Estimate: 1.2, Low: 1e-9, High: 1e9}},
	}
	changes := &bench.RunComparison{Shifts: []bench.Shift{shift}, OnlyOne: []bench.Difference{{Scenario: "lock-release", New: "yes"}}}
	sweep := &bench.SweepResult{Parameter: "commands answered before the client dies", Points: []bench.SweepPoint{{Value: 1, Failed: "a check failed on one of the sides"}}}
	for _, width := range []int{60, 80, 120, 200} {
		for name, write := range map[string]func(io.Writer) error{
			"a run":        func(w io.Writer) error { return Summary(w, r, width) },
			"a comparison": func(w io.Writer) error { return CompareSummary(w, changes, width) },
			"a sweep":      func(w io.Writer) error { return SweepSummary(w, sweep, width) },
		} {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if got := twwidth.Width(strings.TrimSuffix(line, "\n")); got > width {
					t.Errorf("%s at width %d: a line takes %d columns: %s", name, width, got, line)
				}
			}
			for _, word := range map[string][]string{
				"a run":        {"demonstrable", "interval)", "anti-pattern"},
				"a comparison": {"script-pipeline,", "percentile", "connection:", "lock-release"},
				"a sweep":      {"commands", "answered", "anti-pattern", "interval)"},
			}[name] {
				if !strings.Contains(b.String(), word) {
					t.Errorf("%s at width %d breaks %q:\n%s", name, width, word, &b)
				}
			}
		}
	}
}
