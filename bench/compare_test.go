package bench

import (
	"strings"
	"testing"
	"time"

	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// runOf is a run of one judged duel.
func runOf(spoil func(*Trial)) *Result {
	d, s := duelOf(spoil)
	d.Scenario, d.Primary, d.Metrics = "pooling", s.Primary, s.metrics()
	Judge(d, s, Host{})
	return &Result{Schema: Schema, RunID: "a", Host: Host{OS: "linux", Cores: 2}, Duels: []Duel{*d}}
}

func asItWas(*Trial) {}

// slowed makes a side of a run take so many milliseconds; the control runs what
// the pattern does.
func slowed(side string, ms int) func(*Trial) {
	return func(t *Trial) {
		if t.Side == side || t.Side == Control && side == Pattern {
			t.Load = answered(1000, time.Duration(ms)*time.Millisecond, 0, load.Late{})
		}
	}
}

func TestASlowerPatternIsARegression(t *testing.T) {
	c := CompareRuns(runOf(asItWas), runOf(slowed(Pattern, 3)), CompareOptions{Threshold: 0.05})
	worse := c.Regressions(false)
	if len(worse) != 1 || worse[0].Side != Pattern || worse[0].Scenario != "pooling" || len(c.Differences) != 0 {
		t.Fatalf("got %+v", c)
	}
	if e := float64(worse[0].Change.Effect.Estimate); e < 2.99 || e > 3.01 || worse[0].Change.Old != 5 {
		t.Errorf("%v times worse over %d rounds, want 3 over 5 (the control does not count)", e, worse[0].Change.Old)
	}
}

func TestASlowerAntiPatternCountsOnlyIfAllSidesDo(t *testing.T) {
	c := CompareRuns(runOf(asItWas), runOf(slowed(AntiPattern, 3)), CompareOptions{Threshold: 0.05})
	if got := len(c.Regressions(false)); got != 0 {
		t.Errorf("%d regressions of the pattern, want none", got)
	}
	if got := len(c.Regressions(true)); got != 1 {
		t.Errorf("%d regressions of all sides, want one", got)
	}
}

func TestARunHasNotChangedFromItself(t *testing.T) {
	r := runOf(asItWas)
	c := CompareRuns(r, r, CompareOptions{Threshold: 0, AllMetrics: true})
	if len(c.Shifts) < 2 || len(c.Differences)+len(c.OnlyOne) != 0 {
		t.Fatalf("got %+v", c)
	}
	for _, s := range c.Shifts {
		if s.Change.Direction != stats.NoChange {
			t.Errorf("%s of the %s: %s, %s", s.Metric, s.Side, s.Change.Direction, s.Change.Why)
		}
	}
}

func TestWhatTellsTwoEnvironmentsApart(t *testing.T) {
	for _, tt := range []struct {
		says  string
		other func(*Result)
	}{
		{"cores: 2, then 8", func(r *Result) { r.Host.Cores = 8 }},
		{"kernel: none, then 6", func(r *Result) { r.Host.Kernel = "6" }},
		{"--rtt: 0s, then 1ms", func(r *Result) { r.Settings.RTT = time.Millisecond }},
		{"pooling, server: redis 7.0, then redis 7.2", func(r *Result) { r.Duels[0].Server.Version = "7.2" }},
		{"pooling, server's save: none, then 60 1", func(r *Result) { r.Duels[0].Server.Settings = map[string]string{"save": "60 1"} }},
		{"pooling, ops/s: 1000, then 7", func(r *Result) { r.Duels[0].Load.Rate = 7 }},
		{"pooling, division of cores: none, then core 1 for the server's thread, core 0 for the clients", func(r *Result) { r.Duels[0].Cores = &Cores{Server: 1, Clients: []int{0}} }},
		{"pooling, topology: none, then three", func(r *Result) { r.Duels[0].Topology = "three" }},
	} {
		before, after := runOf(asItWas), runOf(asItWas)
		for _, r := range []*Result{before, after} {
			r.Duels[0].Server = Server{Software: "redis", Version: "7.0"}
		}
		tt.other(after)
		after.Settings.Seed, after.Settings.Rounds, after.Duels[0].Load.Seed = 9, 9, 9 // may differ
		found := CompareRuns(before, after, CompareOptions{}).Differences
		if len(found) != 1 || !strings.HasPrefix(found[0].String(), tt.says) {
			t.Errorf("got %v, want one that begins %q", found, tt.says)
		}
	}
}

func TestWhatCannotBeComparedIsInconclusiveAndSaysWhy(t *testing.T) {
	overloaded := func(t *Trial) {
		if t.Side == Pattern {
			t.Load = answered(1000, 3*time.Millisecond, time.Second, load.Late{Server: time.Minute})
		}
	}
	failed := runOf(slowed(Pattern, 3))
	failed.Duels[0].Failed = "a check failed"
	for says, after := range map[string]*Result{"now: the pattern does not sustain": runOf(overloaded), "now: a check failed": failed} {
		c := CompareRuns(runOf(asItWas), after, CompareOptions{})
		got := c.Shifts[0].Change
		if got.Direction != stats.Unclear || !strings.HasPrefix(got.Why, says) || len(c.Regressions(true)) != 0 {
			t.Errorf("%s: %s, want inconclusive: %s", got.Direction, got.Why, says)
		}
	}
}

func TestAScenarioOfOneRunOnlyIsNamed(t *testing.T) {
	before, after := runOf(asItWas), runOf(asItWas)
	after.Duels[0].Scenario = "scan"
	c := CompareRuns(before, after, CompareOptions{})
	if len(c.OnlyOne) != 2 || c.OnlyOne[0].Scenario != "pooling" || c.OnlyOne[1].New != "yes" || len(c.Shifts) != 0 {
		t.Errorf("got %+v", c)
	}
}

func TestAChangeWithinTheBandOfEqualSidesIsNoRegression(t *testing.T) {
	restless := func(t *Trial) { // the control is 1.5 times as slow as the pattern, which is what it runs
		if t.Side == Control {
			t.Load = answered(1000, 1500*time.Microsecond, 0, load.Late{})
		}
	}
	slower := runOf(slowed(Pattern, 3))
	for _, tt := range []struct {
		ms   int
		want int
	}{{2, 1}, {1, 0}} {
		c := CompareRuns(runOf(asItWas), runOf(slowed(Pattern, tt.ms)), CompareOptions{Threshold: 0.1})
		if got := len(c.Regressions(false)); got != tt.want {
			t.Errorf("from 1 to %d ms in quiet runs: %d regressions, want %d", tt.ms, got, tt.want)
		}
	}
	c := CompareRuns(runOf(restless), slower, CompareOptions{Threshold: 0.1})
	if got := float64(c.Shifts[0].Threshold); got < 0.49 || got > 0.51 || len(c.Regressions(false)) != 1 {
		t.Errorf("three times as slow beyond a band of half: threshold %v, %d regressions, want 0.5 and 1", got, len(c.Regressions(false)))
	}
	c = CompareRuns(runOf(restless), slower, CompareOptions{Threshold: 3})
	if got := float64(c.Shifts[0].Threshold); got != 3 {
		t.Errorf("threshold %v, want the 3 that was asked for", got)
	}
	c = CompareRuns(runOf(restless), runOf(func(t *Trial) {
		if t.Side != AntiPattern {
			t.Load = answered(1000, 1400*time.Microsecond, 0, load.Late{})
		}
	}), CompareOptions{Threshold: 0.1})
	if got := c.Shifts[0].Change; got.Direction != stats.Worse || len(c.Regressions(false)) != 0 {
		t.Errorf("40 %% slower within a band of half: %s, %d regressions, want worse and none", got.Direction, len(c.Regressions(false)))
	}
}
