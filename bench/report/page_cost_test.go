package report

import (
	"math"
	"strings"
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// calibrated is a result whose first duel says what the harness took.
func calibrated(all ...bench.Calibration) *bench.Result {
	r := first()
	r.Duels[0].Calibrations = all
	return r
}

var (
	cheap = bench.Calibration{Side: bench.Pattern, Ops: 9, Exchanges: 1, Generator: 200, Link: 130_000, Client: 260_400, Share: 0.5, Low: 0.385, High: 0.52}
	dear  = bench.Calibration{Side: bench.AntiPattern, Ops: 9, Exchanges: 50, Generator: 200, Link: 900_000, Client: 1e6, Share: 0.9, Low: -0.1, High: 1.2}
	lost  = bench.Calibration{Side: bench.AntiPattern, Share: stats.Float(math.NaN()), Low: stats.Float(math.NaN()), High: stats.Float(math.NaN()),
		Generator: stats.Float(math.NaN()), Link: stats.Float(math.NaN()), Client: stats.Float(math.NaN()), Why: "its process <died>"}
)

func TestAPageSaysWhatMeasuringCosts(t *testing.T) {
	files := render(t, calibrated(cheap, dear))
	page := string(files.Get("pipelining.md"))
	for _, want := range []string{"## What measuring costs\n", "| pattern ", "260 µs", "200 ns", "130 µs", "50 % (38 % to 52 %)", "90 % (−10 % to 120 %)", "below 0 or above 100 %.\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, costOf(page))
		}
	}
	const want = "- **Cost of measuring:** the harness's own share of the client's CPU per operation: 50 % to 90 %, half of the sides above 90 %; each page says how that was measured\n"
	if index := string(files.Get(indexPath)); !strings.Contains(index, want) {
		t.Errorf("the index lacks %q:\n%.1200s", want, index)
	}
}

func TestACostThatWasNotMeasuredIsNotZero(t *testing.T) {
	files := render(t, calibrated())
	if page := string(files.Get("pipelining.md")); !strings.Contains(page, "The harness's share of the client's CPU: n/a.") {
		t.Errorf("the page says:\n%s", costOf(page))
	}
	if index := string(files.Get(indexPath)); !strings.Contains(index, "per operation: n/a\n") {
		t.Errorf("the index says:\n%.1200s", index)
	}
}

func TestACalibrationThatFailedSaysWhy(t *testing.T) {
	page := string(render(t, calibrated(cheap, lost)).Get("pipelining.md"))
	if cost := costOf(page); !strings.Contains(cost, "n/a") {
		t.Errorf("the page says:\n%s", cost)
	}
	if want := "its process &lt;died&gt;."; !strings.Contains(page, want) {
		t.Errorf("the page lacks the footnote %q:\n%s", want, page)
	}
}

// costOf is the section that says it.
func costOf(page string) string {
	_, rest, _ := strings.Cut(page, "\n## What measuring costs\n")
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}
