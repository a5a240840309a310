package bench

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// sourceOf is a run that began at an hour, so that its trials are its own.
func sourceOf(name string, hour int, spoil func(*Trial)) Source {
	r := runOf(spoil)
	r.RunID, r.Elapsed, r.Started = name, time.Minute, time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)
	for i := range r.Duels[0].Trials {
		r.Duels[0].Trials[i].Started = r.Started.Add(time.Duration(i) * time.Second)
	}
	return Source{name, r}
}

// known is the scenario of the runs of runOf.
func known() []Scenario {
	_, s := duelOf(asItWas)
	s.Name = "pooling"
	return []Scenario{*s}
}

// ops counts a side's ops and what their histogram holds.
func ops(t *testing.T, d *Duel, side string) (n int64, h *latency.Hist) {
	t.Helper()
	all, err := load.Merged(results(d.of(side))...)
	if err != nil {
		t.Fatal(err)
	}
	return all.OK, all.Response
}

func TestAMergeTellsWhatNoRunFought(t *testing.T) {
	a, b := sourceOf("a", 9, asItWas), sourceOf("b", 8, asItWas)
	a.Result.Skipped = []Skipped{{"pooling", "needs +get"}, {"scan", "needs +keys"}}
	b.Result.Skipped = []Skipped{{"scan", "needs +keys"}}
	both, err := Merge([]Source{a, b}, known())
	if err != nil {
		t.Fatal(err)
	}
	if want := b.Result.Skipped; !slices.Equal(both.Skipped, want) {
		t.Errorf("left out are %v, want %v: pooling was fought once, and scan never", both.Skipped, want)
	}
}

func TestAMergeKeepsWhatEachRunCost(t *testing.T) {
	a, b, old := sourceOf("a", 9, asItWas), sourceOf("b", 8, asItWas), sourceOf("old", 7, asItWas)
	a.Result.Duels[0].Calibrations = []Calibration{{Side: Pattern, Share: 0.5}}
	b.Result.Duels[0].Calibrations = []Calibration{{Side: Pattern, Share: 0.25}}
	all, err := Merge([]Source{a, old, b}, known())
	if err != nil {
		t.Fatal(err)
	}
	want := []Calibration{{Side: Pattern, Share: 0.5}, {Side: Pattern, Share: 0.25}}
	if got := all.Duels[0].Calibrations; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := a.Result.Duels[0].Calibrations; len(got) != 1 {
		t.Errorf("the source has %+v, want it as it was", got)
	}
}

func TestAMergeKeepsEveryTrial(t *testing.T) {
	a, b := sourceOf("a", 9, asItWas), sourceOf("b", 8, slowed(AntiPattern, 3))
	both, err := Merge([]Source{a, b}, known())
	if err != nil {
		t.Fatal(err)
	}
	d := &both.Duels[0]
	for _, side := range []string{Pattern, AntiPattern} {
		na, _ := ops(t, &a.Result.Duels[0], side)
		nb, _ := ops(t, &b.Result.Duels[0], side)
		n, h := ops(t, d, side)
		if n != na+nb || h.Count() != n {
			t.Errorf("%s: %d ops, %d in the histogram, want %d and %d", side, n, h.Count(), na, nb)
		}
	}
	if d.Comparison.Rounds != 10 || both.Settings.Rounds != 10 || d.lastRound() != 10 {
		t.Errorf("%d rounds compared, %d said, the last is %d; want 10", d.Comparison.Rounds, both.Settings.Rounds, d.lastRound())
	}
	if got := float64(d.Comparison.Effect.Estimate); math.Abs(got-math.Sqrt(6)) > 0.01 {
		t.Errorf("ratio %v, want √(2·3): judged over the rounds of both", got)
	}
	if both.Elapsed != 2*time.Minute || !both.Started.Equal(b.Result.Started) || len(both.Merged) != 2 || both.Host.Several != 0 {
		t.Errorf("got %v since %v from %q", both.Elapsed, both.Started, both.Merged)
	}
	if a.Result.Duels[0].lastRound() != 5 || b.Result.Duels[0].lastRound() != 5 {
		t.Error("a source was changed")
	}
}

func TestAMergedDuelSharesItsErrorAmongAllTheWaysInWhichItMightHaveEnded(t *testing.T) {
	a, b, c := sourceOf("a", 9, asItWas), sourceOf("b", 8, asItWas), sourceOf("c", 7, asItWas)
	a.Result.Settings.Early, a.Result.Duels[0].Plan, a.Result.Duels[0].Stopped = true, stats.Stopping(12), "after 5 of 12 rounds"
	b.Result.Duels[0].Plan = stats.Fixed(5)
	c.Result.Duels[0].Plan = stats.Stopping(8)
	all, err := Merge([]Source{a, b, c}, known())
	if err != nil {
		t.Fatal(err)
	}
	d := &all.Duels[0]
	if want := (stats.Plan{Rounds: 25, Looks: 6}); d.Plan != want || d.Stopped != "" || all.Settings.Early {
		t.Errorf("planned %+v, stopped %q, early %v; want %+v, and neither", d.Plan, d.Stopped, all.Settings.Early, want)
	}
	if a.Result.Duels[0].Stopped == "" {
		t.Error("a source was changed")
	}
}

func TestADuelOfOneSourceIsKept(t *testing.T) {
	a, b := sourceOf("a", 9, asItWas), sourceOf("b", 8, asItWas)
	b.Result.Duels[0].Scenario = "scan"
	both, err := Merge([]Source{a, b}, known())
	if err != nil || len(both.Duels) != 2 || both.Duels[1].Scenario != "scan" || both.Duels[0].lastRound() != 5 {
		t.Errorf("got %v (%v)", both, err)
	}
}

func TestSeveralHostsAreSaidToBeSeveral(t *testing.T) {
	a, b, c := sourceOf("a", 7, asItWas), sourceOf("b", 8, asItWas), sourceOf("c", 9, asItWas)
	b.Result.Host.Cores, b.Result.Host.CPU = 8, "fast"
	inner, err := Merge([]Source{a, b}, known())
	if err != nil {
		t.Fatal(err)
	}
	if h := inner.Host; h.Several != 2 || h.Cores != 2 || h.CPU != "fast" {
		t.Errorf("got %+v", h)
	}
	outer, err := Merge([]Source{{"inner", inner}, c}, known())
	if err != nil || len(outer.Merged) != 3 || outer.Host.Several != 2 {
		t.Errorf("got %q on %+v (%v), want three runs of two hosts", outer.Merged, outer.Host, err)
	}
	d := sourceOf("d", 10, asItWas)
	b.Result.Host.Kernel, d.Result.Host.Kernel = "6.2", "6.3"
	if inner, err = Merge([]Source{a, b}, known()); err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]Source{{{"inner", inner}, d}, {d, {"inner", inner}}} {
		h, err := Merge(order, known())
		if err != nil || h.Host.Several != 3 || len(strings.Split(h.Host.Kernel, "; ")) != 2 {
			t.Errorf("got %+v (%v), want three hosts, two of which name a kernel", h.Host, err)
		}
	}
}

func TestWhatDoesNotBelongTogetherIsNotMerged(t *testing.T) {
	for says, change := range map[string]func(*Result){
		"--rtt: 0s, then 1ms":               func(r *Result) { r.Settings.RTT = time.Millisecond },
		"schema: 1, then 2":                 func(r *Result) { r.Schema = 2 },
		"pooling, ops/s: 1000, then 7":      func(r *Result) { r.Duels[0].Load.Rate = 7 },
		"pooling, primary metric: ":         func(r *Result) { r.Duels[0].Primary.Name = "other" },
		"pooling, server: ":                 func(r *Result) { r.Duels[0].Server.Version = "7.2" },
		"pooling, server's mode: ":          func(r *Result) { r.Duels[0].Server.Mode = "cluster" },
		"pooling, topology: none, then few": func(r *Result) { r.Duels[0].Topology = "few" },
		"pooling, variants: none, then x":   func(r *Result) { r.Duels[0].Variants = []VariantNote{{Name: "x"}} },
		"pooling, metrics: ":                func(r *Result) { r.Duels[0].Metrics = nil },
	} {
		a, b := sourceOf("a.json", 9, asItWas), sourceOf("b.json", 8, asItWas)
		change(b.Result)
		_, err := Merge([]Source{a, b}, known())
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "a.json and b.json") {
			t.Errorf("got %v, want %q with both files", err, says)
		}
	}
}

func TestNoTrialCountsTwice(t *testing.T) {
	a := sourceOf("a.json", 9, asItWas)
	_, err := Merge([]Source{a, {"copy.json", a.Result}}, known())
	if err == nil || !strings.Contains(err.Error(), "a.json and copy.json hold the same trial of pooling") {
		t.Errorf("got %v", err)
	}
	if _, err := Merge(nil, known()); err == nil {
		t.Error("nothing was merged")
	}
}
