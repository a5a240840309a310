package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// saved writes the results of a made-up run of pooling, whose pattern takes so
// many milliseconds, and returns their path.
func saved(t *testing.T, pattern time.Duration, change func(*bench.Result)) string {
	t.Helper()
	primary := bench.Metric{Name: "median response time", Unit: "ns", Better: stats.Lower}
	d := bench.Duel{
		Scenario: "pooling", Primary: primary, Metrics: []bench.Metric{primary},
		Load: load.Spec{Mode: load.Open, Rate: 100}, Server: bench.Server{Software: "redis", Version: "7.0.15", Mode: "standalone", Nodes: 1, Own: true},
	}
	for round := 1; round <= 4; round++ {
		for slot, side := range []string{bench.Pattern, bench.AntiPattern, bench.Control} {
			took := pattern
			if side == bench.AntiPattern {
				took = 4 * time.Millisecond
			}
			d.Trials = append(d.Trials, bench.Trial{
				Round: round, Slot: slot + 1, Side: side, Outcome: bench.Completed, Load: answers(took),
				Values: map[string]stats.Float{primary.Name: stats.Float(took)},
			})
		}
	}
	r := &bench.Result{Schema: bench.Schema, RunID: "made up", Host: bench.Host{OS: "linux", Cores: 2}, Duels: []bench.Duel{d}}
	change(r)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func answers(took time.Duration) *load.Result {
	r := &load.Result{Intended: 100, OK: 100, Attempts: 100, Elapsed: time.Second, Response: latency.New(), Service: latency.New(), Lateness: latency.New()}
	for range 100 {
		r.Response.Record(took)
		r.Service.Record(took)
		r.Lateness.Record(0)
	}
	return r
}

func unchanged(*bench.Result) {}

func onMoreCores(r *bench.Result) { r.Host.Cores = 8 }

func TestCompareEndsWithTheCodeOfWhatItFound(t *testing.T) {
	old := saved(t, time.Millisecond, unchanged)
	slower := saved(t, 2*time.Millisecond, unchanged)
	other := saved(t, time.Millisecond, func(r *bench.Result) { r.Duels[0].Scenario = "scan" })
	elsewhere := saved(t, 2*time.Millisecond, onMoreCores)
	for _, c := range []struct {
		name string
		args []string
		code int
		says string // on stdout or stderr
	}{
		{"itself", []string{old, old}, exitOK, "no measurable"},
		{"twice as slow", []string{old, slower}, exitWorse, "(pattern, by more than 10%)"},
		{"twice as slow, which is accepted", []string{old, slower, "--threshold", "150%"}, exitOK, "worse, not surely"},
		{"twice as fast", []string{slower, old}, exitOK, "better"},
		{"another machine", []string{old, elsewhere}, exitOutput, "cores: 2, then 8"},
		{"another machine, forced", []string{old, elsewhere, "--force"}, exitWorse, "The environments differ: cores: 2, then 8."},
		{"another scenario", []string{old, other}, exitOutput, "nothing in common to compare"},
		{"no such file", []string{old, old + "x"}, exitOutput, "cannot open"},
		{"a threshold that is none", []string{old, old, "--threshold", "much"}, exitUsage, `--threshold is "much"`},
		{"a side that is none", []string{old, old, "--sides", "left"}, exitUsage, `--sides is "left"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := execute(t, append([]string{"compare"}, c.args...)...)
			if code != c.code || !strings.Contains(stdout+stderr, c.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", code, c.code, c.says, stdout, stderr)
			}
		})
	}
}

func TestCompareAsJSONHoldsWhatTheTableShows(t *testing.T) {
	code, stdout, _ := execute(t, "compare", saved(t, time.Millisecond, unchanged), saved(t, 2*time.Millisecond, unchanged), "--json")
	var c bench.RunComparison
	if err := json.Unmarshal([]byte(stdout), &c); err != nil || code != exitWorse {
		t.Fatalf("exit code %d: %v", code, err)
	}
	if len(c.Shifts) != 2 || c.Shifts[0].Change.Effect.Estimate < 1.99 || !c.Shifts[0].Change.Beyond {
		t.Errorf("got %+v", c.Shifts)
	}
}
