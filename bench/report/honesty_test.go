package report

import (
	"bytes"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

func TestTheSameResultGivesTheSameBytes(t *testing.T) {
	same(t, render(t, first()), render(t, first()))
}

func TestAResultReadBackGivesTheSameReport(t *testing.T) {
	r := first()
	r.Duels[0].Claim = "not \xff valid UTF-8"
	r.Duels[0].Comparison.Noise.High = stats.Float(math.Inf(1))
	files := render(t, r)
	read, err := Read(bytes.NewReader(files.Get(resultsPath)), "results.json")
	if err != nil {
		t.Fatal(err)
	}
	same(t, files, render(t, read))
}

func same(t *testing.T, a, b Files) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d files, then %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Path != b[i].Path || !bytes.Equal(a[i].Data, b[i].Data) {
			t.Errorf("%s is not the same again", a[i].Path)
		}
	}
}

func TestAFailedDuelShowsItsReasonAndNoNumber(t *testing.T) {
	r := first()
	r.Duels[0].Failed = "the pattern made as many reads as the anti-pattern"
	files := render(t, r)
	page, _, _ := strings.Cut(string(files.Get("pipelining.md")), "## Environment")
	if !strings.Contains(page, r.Duels[0].Failed) {
		t.Errorf("the page does not give the reason:\n%s", page)
	}
	if found := regexp.MustCompile(`\d[\d.]*( ?[mµ]?s\b|×| ?%)|0\.012`).FindString(page); found != "" {
		t.Errorf("the page shows %q:\n%s", found, page)
	}
	row := lineWith(t, string(files.Get(indexPath)), "(pipelining.md)")
	if !strings.Contains(row, r.Duels[0].Failed) || strings.Contains(row, "87") {
		t.Errorf("the index has %s", row)
	}
	if files.Get("charts/pipelining-latency.png") != nil {
		t.Error("a chart was drawn")
	}
	if strings.Contains(string(files.Get(benchPath)), "scenario=pipelining") {
		t.Error("benchmark lines were written")
	}
	var summary strings.Builder
	if err := Summary(&summary, r, 120); err != nil {
		t.Fatal(err)
	}
	if row := lineWith(t, summary.String(), "pipelining"); strings.Contains(row, "87") || !strings.Contains(row, "no result") {
		t.Errorf("the summary has %s", row)
	}
}

func lineWith(t *testing.T, text, part string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	t.Fatalf("no line with %q in:\n%s", part, text)
	return ""
}

func TestAPartialRunSaysSoAndWhy(t *testing.T) {
	r := first()
	r.Partial = "interrupted in round 3"
	files := render(t, r)
	for _, path := range []string{indexPath, "pipelining.md"} {
		if text := string(files.Get(path)); !strings.Contains(text, "> **Partial r") || !strings.Contains(text, r.Partial) {
			t.Errorf("%s has no banner:\n%.600s", path, text)
		}
	}
}

func TestADuelThatWasLeftOutIsNamedWithTheReason(t *testing.T) {
	r := first()
	r.Skipped = []bench.Skipped{{Scenario: "scan", Why: "scan needs +keys"}}
	if line := lineWith(t, indexOf(t, r), "needs +keys"); !strings.HasPrefix(line, "- scan: ") {
		t.Errorf("the index says %q", line)
	}
}

func TestWithoutSamplesNothingIsZero(t *testing.T) {
	for name, change := range map[string]func(*bench.Duel){
		"no rounds": func(d *bench.Duel) { d.Trials, d.Comparisons, d.Comparison = nil, nil, stats.Comparison{} },
		"no answers": func(d *bench.Duel) {
			for i := range d.Trials {
				d.Trials[i].Load = &load.Result{Response: latency.New(), Service: latency.New(), Lateness: latency.New()}
				d.Trials[i].Values, d.Trials[i].Evidence = nil, nil
			}
			d.Comparison = stats.Comparison{Scale: stats.Ratio, Effect: none(), Noise: none(), Verdict: stats.Inconclusive}
			d.Comparisons = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := fixture()
			r.Duels, r.Sweeps = r.Duels[:1], nil
			change(&r.Duels[0])
			files := render(t, r)
			page := string(files.Get("pipelining.md"))
			if row := lineWith(t, page, "| pattern     "); !strings.Contains(row, "n/a") {
				t.Errorf("the first row of the pattern is %s", row)
			}
			if row := lineWith(t, string(files.Get(indexPath)), "(pipelining.md)"); !strings.Contains(row, "n/a") || !strings.Contains(row, "inconclusive") {
				t.Errorf("the index has %s", row)
			}
			for _, f := range files {
				if strings.HasSuffix(f.Path, ".png") {
					t.Errorf("%s was drawn of nothing", f.Path)
				}
			}
		})
	}
}

func none() stats.Interval {
	nan := stats.Float(math.NaN())
	return stats.Interval{Estimate: nan, Low: nan, High: nan}
}

func TestAQuantileOfTooFewSamplesIsWithheld(t *testing.T) {
	page := string(theReport(t).Get("pipelining.md"))
	_, page, _ = strings.Cut(page, "## Latency")
	header := lineWith(t, page, "| side ")
	if !strings.Contains(header, " samples¹ ") || !strings.Contains(header, " p99.9 ") || strings.Contains(header, "p99.99") {
		t.Errorf("of the percentiles that 720 to 10 400 samples support there are %s", header)
	}
	if row := lineWith(t, page, "| anti-pattern                |      720 |"); strings.Count(row, " – |") != 2 {
		t.Errorf("of 720 samples there are %s", row)
	}
	lineWith(t, page, "p99 of 1000,")
}

func TestWhatElseWasMeasuredStandsBelowTheVerdict(t *testing.T) {
	r := first()
	if page := string(render(t, r).Get("pipelining.md")); strings.Contains(page, "Also measured") {
		t.Errorf("a result without such sentences has them:\n%.1000s", page)
	}
	r.Duels[0].Also = []string{"One MGET took <1 ms.", "The price is depth"}
	files := render(t, r)
	page, _, _ := strings.Cut(string(files.Get("pipelining.md")), "## ")
	if want := "Also measured:\n\n- One MGET took &lt;1 ms.\n- The price is depth.\n"; !strings.Contains(page, want) {
		t.Errorf("the page begins:\n%s", page)
	}
	if strings.Contains(string(files.Get(indexPath)), "The price is depth") {
		t.Error("it is in the index as well")
	}
}

func indexOf(t *testing.T, r *bench.Result) string {
	t.Helper()
	text, err := index(r, true)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestASaturatedDuelHasNoRatio(t *testing.T) {
	r := fixture()
	r.Duels[0].Comparison.Verdict = stats.Saturated
	text := indexOf(t, r)
	if row := lineWith(t, text, "(pipelining.md)"); strings.Contains(row, "87×") || !strings.Contains(row, "saturated") {
		t.Errorf("the index has %s", row)
	}
	lineWith(t, text, "; below, 1 duel without a ratio, with the values]")
	if got := values(&r.Duels[0]); got != "" {
		t.Errorf("the picture shows %q of a saturated duel", got)
	}
}

func TestExtremeEffectsDoNotBreakThePicture(t *testing.T) {
	for _, i := range []stats.Interval{
		{Estimate: 5e-324, Low: 5e-324, High: 5e-324}, {Estimate: 1e300, Low: 1, High: 1e308}, {Estimate: 2, Low: -1, High: 1e300},
		{Estimate: 2, Low: 3, High: 1}, {Estimate: -1, Low: -2, High: 0}, {Estimate: 1, Low: 1, High: 1},
	} {
		r := fixture()
		r.Duels = r.Duels[:1]
		r.Duels[0].Trials = nil
		r.Duels[0].Comparison.Effect, r.Duels[0].Comparison.Noise = i, i
		render(t, r)
	}
}

func TestLongAndShortLatenciesShareAChart(t *testing.T) {
	r := first()
	h := latency.New()
	for _, d := range []time.Duration{0, 1, time.Hour, 300 * time.Hour} {
		h.Record(d)
	}
	l := &load.Result{Intended: 4, OK: 4, Attempts: 4, Response: h, Service: h, Lateness: h}
	for i := range r.Duels[0].Trials {
		r.Duels[0].Trials[i].Load = l
	}
	page := string(render(t, r).Get("pipelining.md"))
	lineWith(t, page, "longer than 300 s")
}

func TestADuelThatShowsNothingNamesWhatDoesDiffer(t *testing.T) {
	for verdict, want := range map[stats.Verdict]string{
		stats.NoDifference:    "**Verdict: no measurable difference.**",
		stats.NotDemonstrable: "**Verdict: not demonstrable on this host.**",
	} {
		t.Run(string(verdict), func(t *testing.T) {
			r := first()
			d := &r.Duels[0]
			d.Comparison.Verdict, d.Comparison.Why = verdict, "two cores are too few"
			d.Comparisons[0].Comparison = d.Comparison
			page := string(render(t, r).Get("pipelining.md"))
			lineWith(t, page, want)
			lineWith(t, page, "- Reads per command: 83×")
			lineWith(t, page, "wo cores are too few")
			if row := lineWith(t, page, "| job time          |"); !strings.Contains(row, string(verdict)) {
				t.Errorf("the table of metrics has %s", row)
			}
		})
	}
}
