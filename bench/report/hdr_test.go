package report

import (
	"bytes"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
)

func TestTheLogHoldsEveryCompletedTrialAsItWasMeasured(t *testing.T) {
	r, files := fixture(), theReport(t)
	for i := range r.Duels {
		d := &r.Duels[i]
		log := hdrhistogram.NewHistogramLogReader(bytes.NewReader(files.Get("hdr/" + d.Scenario + ".hlog")))
		for j := range d.Trials {
			if trial := &d.Trials[j]; trial.Outcome == bench.Completed && !voided(d, trial.Side) {
				got, err := log.NextIntervalHistogram()
				if err != nil || got == nil {
					t.Fatalf("%s, trial %d: %v, %v", d.Scenario, j, got, err)
				}
				sameTrial(t, fmt.Sprintf("%s, trial %d", d.Scenario, j), got, trial)
			}
		}
		if more, err := log.NextIntervalHistogram(); more != nil || err != nil {
			t.Errorf("%s: one interval too many: %v, %v", d.Scenario, more, err)
		}
	}
}

// sameTrial compares an interval of a log with the trial it is of. The log
// keeps times in seconds, so that a reader may lose a millisecond.
func sameTrial(t *testing.T, name string, got *hdrhistogram.Histogram, trial *bench.Trial) {
	t.Helper()
	want := trial.Load.Response.HDR()
	if !got.Equals(want) {
		t.Errorf("%s: %d samples and a median of %d, want %d and %d", name, got.TotalCount(), got.ValueAtQuantile(50), want.TotalCount(), want.ValueAtQuantile(50))
	}
	if got.Tag() != fileName(trial.Side) {
		t.Errorf("%s: the tag is %q, the side %q", name, got.Tag(), trial.Side)
	}
	start, end := trial.Started.UnixMilli(), trial.Started.Add(trial.Load.Elapsed).UnixMilli()
	if far(got.StartTimeMs(), start) || far(got.EndTimeMs(), end) {
		t.Errorf("%s: from %d to %d ms, want %d to %d", name, got.StartTimeMs(), got.EndTimeMs(), start, end)
	}
}

func far(a, b int64) bool { return a-b > 1 || b-a > 1 }

func TestThePercentileFilesAgreeWithTheHistograms(t *testing.T) {
	r, files := fixture(), theReport(t)
	for i := range r.Duels {
		sides, err := sidesOf(&r.Duels[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sides {
			name := "hdr/" + r.Duels[i].Scenario + "-" + fileName(s.name) + ".hgrm"
			agrees(t, name, files.Get(name), s.response)
		}
	}
}

// agrees reads a percentile file as the plotter does: data are the lines of
// four columns, split at blanks.
func agrees(t *testing.T, name string, data []byte, h *latency.Hist) {
	t.Helper()
	lines := 0
	for line := range strings.Lines(string(data)) {
		columns := strings.Fields(line)
		if line[0] == '#' || len(columns) != 4 || columns[0] == "Value" {
			continue
		}
		lines++
		value, count := number(t, columns[0]), number(t, columns[2])
		want := h.At(count / float64(h.Count()))
		if math.Abs(value-float64(want)/float64(time.Millisecond)) > value/1000 {
			t.Errorf("%s: the sample of rank %v takes %v ms, in the histogram %v", name, count, value, want)
		}
		if share := number(t, columns[1]); share > count/float64(h.Count())+1e-9 {
			t.Errorf("%s: %v of the samples are said to be below %v ms, but %v of %d are", name, share, value, count, h.Count())
		}
	}
	if lines < 3 || !strings.Contains(string(data), fmt.Sprintf("Total count    = %12d]", h.Count())) {
		t.Errorf("%s has %d lines of data, or not the count %d:\n%s", name, lines, h.Count(), data)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSamplesBeyondTheRangeAreNamedInThePercentileFile(t *testing.T) {
	h := latency.New()
	h.Record(50_123 * time.Nanosecond)
	h.Record(time.Hour)
	text := string(Percentiles(h))
	for _, want := range []string{"0.050", "Total count    =            1]", "#[1 more took longer than 5m0s, the longest 1h0m0s,"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestEveryPageLinksToItsExportsAndAFailedDuelHasNone(t *testing.T) {
	r := first()
	for name, want := range map[string]bool{"": true, "a check failed": false} {
		r.Duels[0].Failed = name
		files := render(t, r)
		exports := 0
		for _, f := range files {
			if path.Dir(f.Path) == "hdr" {
				exports++
				if !bytes.Contains(files.Get("pipelining.md"), []byte("]("+f.Path+")")) {
					t.Errorf("no link to %s", f.Path)
				}
			}
		}
		if linked := bytes.Contains(files.Get("pipelining.md"), []byte("](hdr/")); linked != want || exports > 0 != want {
			t.Errorf("failed %q: %d exports, linked: %v", name, exports, linked)
		}
	}
}

func TestAClockThatWasSetBackMakesNoTimeThatReadersCannotRead(t *testing.T) {
	r := first()
	for i := range r.Duels[0].Trials {
		r.Duels[0].Trials[i].Started = time.Time{}
	}
	r.Duels[0].Trials[2].Started = time.UnixMilli(1500)
	if log := string(render(t, r).Get("hdr/pipelining.hlog")); strings.Contains(log, "-6") || !strings.Contains(log, "1.500000,5.000000,") {
		t.Errorf("the log reads\n%.500s", log)
	}
}

func TestSidesHaveFileNamesOfTheirOwn(t *testing.T) {
	var sides []side
	for _, name := range []string{"pattern", "MGET, 1 key", "mget 1/key", "../../etc", "…", "→", strings.Repeat("ab ", 50)} {
		sides = append(sides, side{name: name})
	}
	want := []string{"pattern", "mget-1-key", "mget-1-key-2", "etc", "side", "side-2", strings.Repeat("ab-", 19) + "ab"}
	if diff := cmp.Diff(want, fileNames(sides)); diff != "" {
		t.Error(diff)
	}
}
