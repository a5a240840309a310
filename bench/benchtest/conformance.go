package benchtest

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
)

// TestScenario checks that a pair keeps the contract of a scenario, on a real
// server: its checks hold and fail when the sides are swapped, op i touches the
// same keys on both sides, its twins leave the same data unless the scenario
// says how they differ, no key lies outside the prefix, its finding is short and
// has both numbers, and nothing is left running or connected. It returns the duel in which the checks held, for what
// else a pair has to show.
func TestScenario(t *testing.T, s bench.Scenario) *bench.Duel {
	t.Helper()
	var duel *bench.Duel
	t.Run("the words and the functions are there", func(t *testing.T) { complete(t, s) })
	t.Run("all sides do what their checks say, and leave nothing running", func(t *testing.T) {
		leavesNothingRunning(t, func() { duel = Fight(t, s) })
		if duel.Failed != "" {
			t.Errorf("the duel failed: %s", duel.Failed)
		}
		for _, v := range duel.Variants {
			if v.Failed != "" {
				t.Errorf("the variant %q failed: %s", v.Name, v.Failed)
			}
		}
	})
	t.Run("the finding is one short sentence with both numbers", func(t *testing.T) { worded(t, duel) })
	t.Run("the checks fail when the sides are swapped", func(t *testing.T) { swapped(t, s) })
	t.Run("the twins do the same to the same keys", func(t *testing.T) { sameWork(t, s) })
	if duel == nil {
		t.FailNow()
	}
	return duel
}

// worded checks what a duel says: reports have room for a short sentence.
func worded(t *testing.T, d *bench.Duel) {
	const longest = 120
	texts := []string{d.Text(d.Primary.Name, bench.Pattern), d.Text(d.Primary.Name, bench.AntiPattern)}
	if d.Failed != "" || slices.Contains(texts, quantity.Missing) {
		return // there is nothing to say
	}
	for i, side := range []string{bench.Pattern, bench.AntiPattern} {
		number, _, _ := strings.Cut(texts[i], " ")
		if !strings.Contains(d.Finding, number) {
			t.Errorf("the finding does not have the %s's number, %s: %q", side, texts[i], d.Finding)
		}
	}
	if n := utf8.RuneCountInString(d.Finding); n > longest {
		t.Errorf("the finding has %d characters; put into Also what goes beyond %d: %q", n, longest, d.Finding)
	}
	for _, sentence := range append([]string{d.Finding}, d.Also...) {
		if body, found := strings.CutSuffix(sentence, "."); !found || strings.Contains(body, ". ") {
			t.Errorf("%q is not one sentence", sentence)
		}
	}
}

func swapped(t *testing.T, s bench.Scenario) {
	s.Pattern, s.AntiPattern = s.AntiPattern, s.Pattern
	s.Variants = nil
	s.Checks = slices.DeleteFunc(slices.Clone(s.Checks), func(c bench.Check) bool {
		return c.Side != bench.Pattern && c.Side != bench.AntiPattern
	})
	usual := s.Load
	s.Load = func(set bench.Setting) load.Spec { // counts need no more, whatever the scenario's numbers do
		spec := usual(set)
		spec.Warmup, spec.Duration = min(spec.Warmup, 50*time.Millisecond), min(spec.Duration, 100*time.Millisecond)
		return spec
	}
	duel := Fight(t, s, func(set *bench.Settings) { set.Duration = 100 * time.Millisecond })
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		if !slices.ContainsFunc(duel.Checks, func(c bench.CheckResult) bool { return c.Side == side && !c.OK }) {
			t.Errorf("no check noticed that the %s was the other side", side)
		}
	}
	if duel.Failed == "" {
		t.Error("the duel counted although its sides were swapped")
	}
}

// Fight runs one short round of a scenario in this process, and returns the
// duel. Without other settings there is no emulated network, and a trial lasts
// 0.3 s unless the scenario says how long.
func Fight(t *testing.T, s bench.Scenario, adjust ...func(*bench.Settings)) *bench.Duel {
	t.Helper()
	set := bench.Settings{Rounds: 1, Duration: 300 * time.Millisecond, Warmup: 50 * time.Millisecond, Seed: 1}
	for _, a := range adjust {
		a(&set)
	}
	result, err := bench.Run(t.Context(), bench.Config{
		Scenarios: []bench.Scenario{s},
		Settings:  set,
		Servers:   bench.OwnServers(binary(t)),
	})
	if len(result.Duels) != 1 {
		t.Fatalf("no duel: %v", err)
	}
	return &result.Duels[0]
}

func complete(t *testing.T, s bench.Scenario) {
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	for _, sweep := range s.Sweeps {
		completeSweep(t, s, sweep)
	}
	for _, c := range s.Checks { // JSON has no infinity
		if math.IsInf(c.Min, 0) || math.IsInf(c.Max, 0) || !(c.Min <= c.Max) {
			t.Errorf("the check %q on the %s has the range %v to %v", c.Name, c.Side, c.Min, c.Max)
		}
	}
}

// completeSweep checks what a sweep declares, without fighting it: a trial
// finds it by its name, and its points are compared by one metric.
func completeSweep(t *testing.T, s bench.Scenario, sweep bench.Sweep) {
	same := 0
	for _, other := range s.Sweeps {
		if other.Name == sweep.Name {
			same++
		}
	}
	if same > 1 || !regexp.MustCompile(`^[a-z0-9]+$`).MatchString(sweep.Name) {
		t.Errorf("the sweep %q needs a name of its own, of small letters and digits", sweep.Name)
	}
	if sweep.Parameter == "" || sweep.Formula == "" || len(sweep.Values) < 2 {
		t.Fatalf("the sweep %q lacks a parameter, a formula or values", sweep.Name)
	}
	decides := sweep.At(sweep.Values[0]).Primary
	for i, v := range sweep.Values {
		if v < 0 || v == 0 && !sweep.Linear || i > 0 && v <= sweep.Values[i-1] {
			t.Errorf("the sweep %q has the value %v, which does not ascend or has no place on its axis", sweep.Name, v)
		}
		if at := sweep.At(v); at.Name != s.Name || at.Primary.Name != decides.Name || at.Primary.Unit != decides.Unit {
			t.Errorf("the sweep %q is of %q, decided by %q, at %v; want %q and %q", sweep.Name, at.Name, at.Primary.Name, v, s.Name, decides.Name)
		}
	}
}

// sameWork runs the first ops of each side, each on the data that a trial begins
// with, and compares the keys they name and the data they leave.
func sameWork(t *testing.T, s bench.Scenario) {
	fixture := Server(t, &s)
	arena, err := bench.NewArena(t.Context(), &s, fixture, bench.Settings{Rounds: 1, Duration: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Close()
	nodes := connect(t, fixture.Nodes)
	spy := newSpy(t, fixture.Nodes, nodes, arena.Prefix())
	keys, left := map[string][][]string{}, map[string]string{}
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		keys[side] = work(t, arena, &s, side, spy)
		left[side] = digest(t, nodes)
	}
	for i, want := range keys[bench.Pattern] {
		if got := keys[bench.AntiPattern][i]; !slices.Equal(got, want) {
			t.Errorf("op %d of the anti-pattern touched %v, of the pattern %v", i, got, want)
		}
		if len(want) == 0 {
			t.Errorf("op %d was not seen to touch any key", i)
		}
	}
	if s.Differs == "" && left[bench.Pattern] != left[bench.AntiPattern] {
		t.Error("the twins left different data, and the scenario does not say how they differ")
	}
	for _, stray := range spy.strays() {
		t.Errorf("touched %q, which is outside the prefix %q", stray, arena.Prefix())
	}
}

// sameOps is how many ops sameWork looks at.
const sameOps = 3

// work returns the keys that the first ops of a side touched.
func work(t *testing.T, arena *bench.Arena, s *bench.Scenario, side string, spy *spy) (keys [][]string) {
	bout, err := arena.Prepare(t.Context(), side)
	if err != nil {
		t.Fatal(err)
	}
	defer bout.Close()
	spy.seen(t) // what preparing touched
	for i := range sameOps {
		if err := bout.Op(t.Context(), i); err != nil {
			t.Fatalf("op %d of the %s: %v", i, side, err)
		}
		keys = append(keys, standing(s, spy.seen(t), arena.Prefix()+":"))
	}
	return keys
}

// standing maps keys to what they stand for, without the prefix, sorted and
// each once.
func standing(s *bench.Scenario, keys []string, prefix string) []string {
	for i, key := range keys {
		keys[i] = strings.Replace(key, prefix, "", 1)
		if s.StandsFor != nil {
			keys[i] = s.StandsFor(keys[i])
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// digest is the servers' own digest of their whole data set.
func digest(t *testing.T, nodes []rueidis.Client) string {
	all := ""
	for _, node := range nodes {
		sum, err := node.Do(t.Context(), node.B().Arbitrary("DEBUG", "DIGEST").Build()).ToString()
		if err != nil {
			t.Fatal(err)
		}
		all += sum
	}
	return all
}

// connect opens a plain client to each node; they end with the test.
func connect(t *testing.T, targets []bench.Target) (nodes []rueidis.Client) {
	for _, target := range targets {
		nodes = append(nodes, Connect(t, target))
	}
	return nodes
}

// Connect opens a plain client to one server; it ends with the test.
func Connect(tb testing.TB, target bench.Target) rueidis.Client {
	tb.Helper()
	option, err := rueidis.ParseURL(target.URL)
	if err != nil {
		tb.Fatal(err)
	}
	option.ForceSingleClient, option.DisableCache, option.DisableRetry = true, true, true
	client, err := rueidis.NewClient(option)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}
