package report

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/stats"

	"github.com/google/go-cmp/cmp"
)

// batches is a made-up sweep whose model is right: N round trips against N/B.
func batches() bench.SweepResult {
	f := fixtureHost()
	s := bench.SweepResult{
		Schema: bench.Schema, Version: "0.1.0", Scenario: "pipelining", Sweep: "batch", Title: "one batch ↔ one command at a time",
		Started: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Elapsed: time.Minute,
		Args:     []string{"redisduel", "sweep", "pipelining/batch", "--seed", "42"},
		Settings: bench.Settings{RTT: time.Millisecond, Rounds: 3, Duration: 500 * time.Millisecond, Seed: 42}, Host: f,
		Server:    bench.Server{Software: "redis", Version: "7.0.15", Mode: "standalone", Nodes: 1, Own: true},
		Primary:   bench.Metric{Name: "job time", Unit: "ns", Better: stats.Lower},
		Parameter: "commands per batch", Formula: "⌈N/B⌉·R + N·s against N·R", Even: 1, Crossings: []bench.Crossing{},
	}
	for _, b := range []float64{1, 2, 5, 10, 100} {
		pattern, anti := 1e8/b+4e5, 1e8
		e := anti / pattern
		v := stats.PatternWins
		if b == 1 {
			v = stats.NoDifference
		}
		s.Points = append(s.Points, bench.SweepPoint{
			Value: b, RTTMeasured: 1090 * time.Microsecond,
			Predicted:  bench.SweepSides{Pattern: stats.Float(pattern * 0.95), AntiPattern: stats.Float(anti)},
			Measured:   bench.SweepSides{Pattern: stats.Float(pattern), AntiPattern: stats.Float(anti)},
			Comparison: stats.Comparison{Scale: stats.Ratio, Rounds: 3, Verdict: v, Effect: stats.Interval{Estimate: stats.Float(e), Low: stats.Float(e * 0.93), High: stats.Float(e * 1.07)}},
		})
	}
	return s
}

func fixtureHost() bench.Host {
	return bench.Host{
		OS: "linux", Arch: "amd64", Kernel: "6.8.0", CPU: "Example CPU @ 2.40GHz",
		Cores: 2, MemoryBytes: 8_200_000_000, Go: "go1.26.0", Clock: "timerfd",
	}
}

// losses is a sweep on the scale of differences, with a crossing.
func losses() bench.SweepResult {
	s := batches()
	s.Primary = bench.Metric{Name: "lost updates", Unit: "updates", Better: stats.Lower}
	s.Sweep, s.Parameter, s.Even = "writers", "writers", 0
	for i := range s.Points {
		p := &s.Points[i]
		lost := 100 * (1 - 1/p.Value)
		p.Measured = bench.SweepSides{AntiPattern: stats.Float(lost)}
		p.Predicted = bench.SweepSides{AntiPattern: stats.Float(lost * 1.1)}
		p.Comparison = stats.Comparison{Scale: stats.Difference, Rounds: 3, Verdict: stats.PatternWins, Effect: stats.Interval{Estimate: stats.Float(lost), Low: stats.Float(lost - 5), High: stats.Float(lost + 5)}}
	}
	s.Points[0].Comparison.Verdict = stats.NoDifference
	return s
}

func TestASweepSaysWhereTheAntiPatternIsTheBetterChoice(t *testing.T) {
	edit := func(change func(*bench.SweepResult)) *bench.SweepResult {
		s := batches()
		change(&s)
		return &s
	}
	more, less := stats.PatternWins, stats.AntiPatternWins
	same, unsure := stats.NoDifference, stats.Inconclusive
	ruled := func(even float64, verdicts ...stats.Verdict) *bench.SweepResult {
		return edit(func(s *bench.SweepResult) {
			s.Even = even
			for i, v := range verdicts {
				c := &s.Points[i].Comparison
				c.Verdict, c.Effect = v, map[stats.Verdict]stats.Interval{
					more: {Estimate: 4, Low: 3.5, High: 5}, less: {Estimate: 0.5, Low: 0.4, High: 0.6}, same: {Estimate: 1, Low: 0.9, High: 1.1},
					unsure: {Estimate: 0.3, Low: 0.1, High: 0.9}, // beyond even, but not beyond the A/A band
				}[v]
			}
		})
	}
	rising := bench.Crossing{At: 3.14159, Low: 2.9, High: 3.6, Predicted: 4, Rising: true}
	for _, c := range []struct {
		name  string
		sweep *bench.SweepResult
		want  string
	}{
		{"never, but once even", edit(func(*bench.SweepResult) {}),
			"The pattern is the better choice at 2 to 100 (commands per batch from 1 to 100); there is no measurable difference at 1."},
		{"never", edit(func(s *bench.SweepResult) { s.Points = s.Points[1:] }),
			"The anti-pattern was never found to be the better choice (commands per batch from 2 to 100)."},
		{"below", edit(func(s *bench.SweepResult) { s.Crossings = []bench.Crossing{rising} }),
			"The anti-pattern is the better choice below about 3.1 (commands per batch; 95 % interval 2.9 to 3.6; the model says 4)."},
		{"above, with a unit and without a model", edit(func(s *bench.SweepResult) {
			s.Unit, s.Crossings = "ms", []bench.Crossing{{At: 40, Low: 30, High: 50, Predicted: stats.Float(math.NaN())}}
		}), "The anti-pattern is the better choice above about 40 ms (commands per batch; 95 % interval 30 ms to 50 ms)."},
		{"within ten per cent", edit(func(s *bench.SweepResult) {
			s.Even, s.Crossings = 1.1, []bench.Crossing{{At: 40, Low: 30, High: 50, Predicted: 45}}
		}), "The anti-pattern is less than 10 % worse above about 40 (commands per batch; 95 % interval 30 to 50; the model says 45)."},
		{"more than twice at some", edit(func(s *bench.SweepResult) { s.Even = 2 }),
			"The anti-pattern is more than twice as bad at 5 to 100 (commands per batch from 1 to 100); the anti-pattern is less than twice as bad at 1; that is not certain at 2."},
		{"more than some at a few", ruled(1.1, more, unsure, more, more, unsure),
			"The anti-pattern is more than 10 % worse at 1, 5 and 10 (commands per batch from 1 to 100); that is not certain elsewhere."},
		{"less than some at one", ruled(3, same, unsure, unsure, unsure, unsure),
			"The anti-pattern is less than 3.0 times as bad at 1 (commands per batch from 1 to 100); that is not certain elsewhere."},
		{"more than some nowhere for sure", ruled(2, unsure, unsure, unsure, unsure, unsure),
			"Whether the anti-pattern is more than twice as bad is not certain (commands per batch from 1 to 100)."},
		{"less throughout", edit(func(s *bench.SweepResult) { s.Even, s.Points = 200, s.Points[1:] }),
			"The anti-pattern is less than 200 times as bad throughout (commands per batch from 2 to 100)."},
		{"between values that two figures do not tell apart", edit(func(s *bench.SweepResult) {
			s.Points[3].Value, s.Points[4].Value = 512, 513
			s.Crossings = []bench.Crossing{{At: 511.9999999999, Low: 511.9999999999, High: 512.6, Predicted: stats.Float(math.NaN())}}
		}), "The anti-pattern is the better choice above about 512 (commands per batch; 95 % interval 512 to 512.6)."},
		{"just before the last value", edit(func(s *bench.SweepResult) {
			s.Points[3].Value, s.Crossings = 99, []bench.Crossing{{At: 99.56, Low: 99.5, High: 99.6, Predicted: 99.7}}
		}), "The anti-pattern is the better choice above about 99.6 (commands per batch; 95 % interval 99.5 to 99.6; the model says 99.7)."},
		{"throughout", edit(func(s *bench.SweepResult) {
			for i := range s.Points {
				s.Points[i].Comparison.Effect, s.Points[i].Comparison.Verdict = stats.Interval{Estimate: 0.5, Low: 0.4, High: 0.6}, stats.AntiPatternWins
			}
		}), "The anti-pattern was the better choice throughout (commands per batch from 1 to 100)."},
		{"the pattern's at some, and elsewhere not certain", ruled(1, more, unsure, more, more, unsure),
			"The pattern is the better choice at 1, 5 and 10 (commands per batch from 1 to 100); neither is certain to be better elsewhere."},
		{"the anti-pattern's at some", ruled(1, unsure, unsure, less, less, unsure),
			"The anti-pattern is the better choice at 5 and 10 (commands per batch from 1 to 100); neither is certain to be better elsewhere."},
		{"the anti-pattern's, or even, or not certain", ruled(1, less, less, less, same, unsure),
			"The anti-pattern is the better choice at 1 to 5 (commands per batch from 1 to 100); there is no measurable difference at 10; neither is certain to be better at 100."},
		{"each one's at some", ruled(1, more, more, less, less, less),
			"The pattern is the better choice at 1 and 2 (commands per batch from 1 to 100); the anti-pattern is the better choice at 5 to 100."},
		{"even at some", ruled(1, same, unsure, unsure, unsure, unsure),
			"There is no measurable difference at 1 (commands per batch from 1 to 100); neither is certain to be better elsewhere."},
		{"even throughout", ruled(1, same, same, same, same, same),
			"There is no measurable difference throughout (commands per batch from 1 to 100)."},
		{"certain nowhere", ruled(1, unsure, unsure, stats.Saturated, "", unsure),
			"Neither is certain to be the better choice (commands per batch from 1 to 100)."},
		{"with a unit in the plural", edit(func(s *bench.SweepResult) { s.Unit = "calls" }),
			"The pattern is the better choice at 2 to 100 calls (commands per batch from 1 call to 100 calls); there is no measurable difference at 1 call."},
		{"one value that counts", edit(func(s *bench.SweepResult) { s.Points = s.Points[1:2] }),
			"The anti-pattern was never found to be the better choice (commands per batch at 2 alone)."},
		{"nothing", edit(func(s *bench.SweepResult) { s.Points = nil }), "The sweep of commands per batch gave no result."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := breakEven(c.sweep); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestASweepsPageAndChartLookAsTheyDid(t *testing.T) {
	sharply(t)
	for _, s := range []bench.SweepResult{batches(), losses()} {
		files, err := RenderSweep(&s)
		if err != nil {
			t.Fatal(err)
		}
		prefix := strings.ReplaceAll(s.Parameter, " ", "-") + "-"
		page, chart := files.Get(SweepPage(&s)), files.Get(sweepChart(&s))
		if diff := cmp.Diff(string(golden(t, prefix+"sweep.md", page)), string(page)); diff != "" {
			t.Errorf("the page differs (-want +got); if that is intended, run with -update:\n%s", diff)
		}
		like(t, prefix+"sweep.png", chart)
	}
}

func TestAPageTellsSweepsOfOneParameterApart(t *testing.T) {
	r, other := fixture(), batches()
	other.Sweep, other.Title = "loopback", other.Title+", without a network"
	r.Sweeps = append(r.Sweeps, other)
	page := string(render(t, r).Get("pipelining.md"))
	for _, want := range []string{"over commands per batch.**", "over commands per batch (without a network).**"} {
		if n := strings.Count(page, want); n != 1 {
			t.Errorf("the page has %q %d times", want, n)
		}
	}
}

func TestASweepIsReadBackAsItWasWritten(t *testing.T) {
	s, dir := batches(), t.TempDir()
	files, err := RenderSweep(&s)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	read, err := ReadSweeps(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bench.SweepResult{s}, read); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if none, err := ReadSweeps(t.TempDir()); err != nil || none != nil {
		t.Errorf("an empty directory has the sweeps %v, %v", none, err)
	}
}

func TestASweepFromZeroIsDrawnOnALinearAxisAndReadBack(t *testing.T) {
	sharply(t)
	s, dir := losses(), t.TempDir()
	s.Linear, s.Points[0].Value = true, 0
	files, err := RenderSweep(&s)
	if err != nil {
		t.Fatal(err)
	}
	like(t, "linear-sweep.png", files.Get(sweepChart(&s)))
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	if read, err := ReadSweeps(dir); err != nil || !cmp.Equal(read, []bench.SweepResult{s}) {
		t.Errorf("read %v, %v", read, err)
	}
}

func TestASweepOfWhenAScenarioHadOneAtMostIsStillRead(t *testing.T) {
	s, dir := batches(), t.TempDir()
	s.Sweep = ""
	files, err := RenderSweep(&s)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	if read, err := ReadSweeps(dir); err != nil || len(read) != 1 || SweepPage(&read[0]) != "sweeps/pipelining.md" {
		t.Errorf("read %v, %v", read, err)
	}
}

func TestASweepThatIsCorruptIsNamedWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		`{"schema": 1, "scenario": "x"`:                             "ends too early",
		`{"schema": 1, "scenarios": 3}`:                             "corrupt at byte",
		`{"schema": 9}`:                                             "its schema is 9",
		`{"schema": 1, "scenario": "../x"}`:                         "not a file name",
		`{"schema": 1, "scenario": "x", "points": [{"value": -1}]}`: "points[0]",
		`{"schema": 1, "scenario": "x", "points": [{"value": 0}]}`:  "points[0]",
		`{"schema": 1, "scenario": "x", "sweep": "a/b"}`:            "a/b",
	} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, sweepDir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, sweepDir, "x.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSweeps(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "x.json") {
			t.Errorf("%s: error %v, want one that names the file and says %q", text, err, want)
		}
	}
}

func TestASweepThatCannotBeDrawnIsRefused(t *testing.T) {
	for says, spoil := range map[string]func(*bench.SweepResult){
		"even":                      func(s *bench.SweepResult) { s.Even = -1 },
		"crossings[0] lies at 0":    func(s *bench.SweepResult) { s.Crossings[0].Low = 0 },
		"crossings[0] lies at NaN":  func(s *bench.SweepResult) { s.Crossings[0].High = stats.Float(math.NaN()) },
		"crossings[0] lies at -1":   func(s *bench.SweepResult) { s.Crossings[0].At = -1 },
		"crossings[0] is predicted": func(s *bench.SweepResult) { s.Crossings[0].Predicted = -1 },
	} {
		s := batches()
		s.Crossings = []bench.Crossing{{At: 2, Low: 1, High: 3, Predicted: stats.Float(math.NaN())}}
		if err := validSweep(&s); err != nil {
			t.Fatal(err)
		}
		spoil(&s)
		if err := validSweep(&s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want an error that says %q", err, says)
		}
	}
}
