package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// selfTested is a self-test with one false win of forty duels, and 3 % found in
// nine of ten duels at 1 ms, but not without an emulated network.
func selfTested() *bench.SelfTest {
	of := func(rtt time.Duration, share float64, wins, duels int) bench.SelfTestCase {
		c := bench.SelfTestCase{RTT: rtt, Share: share, Service: time.Millisecond, Added: time.Duration(share * 1e6), Duels: []bench.SelfTestDuel{}}
		for i := range duels {
			d := bench.SelfTestDuel{Rounds: 12, Verdict: stats.NoDifference, Effect: stats.Interval{Estimate: stats.Float(1 + share), Low: 0.99, High: 1.3}}
			if i < wins {
				d.Rounds, d.Verdict, d.Effect.Low = 4, stats.PatternWins, 1.01
			}
			c.Duels = append(c.Duels, d)
		}
		return c
	}
	r := fixture()
	return &bench.SelfTest{
		Schema: bench.Schema, Version: r.Version, Started: r.Started, Elapsed: 5 * time.Minute, Host: r.Host, Server: r.Duels[0].Server,
		Args:     []string{"redisduel", "selftest", "--duels", "20"},
		Settings: bench.Settings{Rounds: 12, Early: true, Duration: 50 * time.Millisecond},
		Cases: []bench.SelfTestCase{
			of(time.Millisecond, 0, 1, 20), of(time.Millisecond, 0.02, 8, 10), of(time.Millisecond, 0.03, 9, 10), of(time.Millisecond, 0.2, 10, 10),
			of(0, 0, 0, 20), of(0, 0.03, 10, 10), of(0, 0.2, 8, 10),
		},
	}
}

func TestASelfTestReadsAsItDid(t *testing.T) {
	files, err := RenderSelfTest(selfTested())
	if err != nil {
		t.Fatal(err)
	}
	page := files.Get(selfTestPage)
	if want := golden(t, selfTestPage, page); string(want) != string(page) {
		t.Errorf("got\n%s\nwant\n%s\nif that is intended, run with -update", page, want)
	}
	path := filepath.Join(t.TempDir(), selfTestResults)
	if err := os.WriteFile(path, files.Get(selfTestResults), 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := ReadSelfTest(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := RenderSelfTest(back)
	if err != nil || string(again.Get(selfTestPage)) != string(page) || string(again.Get(selfTestResults)) != string(files.Get(selfTestResults)) {
		t.Errorf("rendered again it differs (%v)", err)
	}
	if !IsSelfTest(path) || IsSelfTest("reports/results.json") {
		t.Error("a self-test's results are not told from a run's")
	}
}

func TestADifferenceIsFoundReliablyIfLargerOnesAreToo(t *testing.T) {
	lines := selfTestFindings(selfTested())
	for i, want := range []string{
		"Of 40 duels of equal sides 1 had a winner: 2.5 %",
		"At a round trip of 1 ms, 3 % slower is the smallest",
		"Without an emulated network, no difference",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("got %q, want %q", lines[i], want)
		}
	}
}

func TestASelfTestThatCannotBeReadSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"cut":             {`{"schema": 1, "cases": [`, "ends too early"},
		"of another kind": {`{"schema": 1, "duels": []}`, "duels"},
		"newer":           {`{"schema": 99}`, "schema is 99"},
		"out of range":    {`{"schema": 1, "cases": [{"share": -1}]}`, "cases[0]"},
	} {
		path := filepath.Join(t.TempDir(), selfTestResults)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSelfTest(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error that says %q", name, err, c.want)
		}
	}
}
