package benchtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"redisduel/bench"
)

// TestScenario checks that a pair keeps the contract of a scenario, on a real
// server: its twins leave the same data, its checks hold and fail when the
// sides are swapped, op i touches the same keys on both sides, no key lies
// outside the prefix, and nothing is left running or connected.
func TestScenario(t *testing.T, s bench.Scenario) {
	t.Run("the words and the functions are there", func(t *testing.T) { complete(t, s) })
	t.Run("both sides do what their checks say", func(t *testing.T) {
		if duel := Fight(t, s); duel.Failed != "" {
			t.Errorf("the duel failed: %s", duel.Failed)
		}
	})
	t.Run("the checks fail when the sides are swapped", func(t *testing.T) {
		swapped := s
		swapped.Pattern, swapped.AntiPattern = s.AntiPattern, s.Pattern
		duel := Fight(t, swapped)
		for _, side := range []string{bench.Pattern, bench.AntiPattern} {
			if !slices.ContainsFunc(duel.Checks, func(c bench.CheckResult) bool { return c.Side == side && !c.OK }) {
				t.Errorf("no check noticed that the %s was the other side", side)
			}
		}
		if duel.Failed == "" {
			t.Error("the duel counted although its sides were swapped")
		}
	})
	t.Run("the twins do the same to the same keys", func(t *testing.T) { sameWork(t, s) })
	t.Run("nothing is left running", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		Fight(t, s)
		goleak.VerifyNone(t, before)
	})
}

// Fight runs one short round of a scenario in this process, without an
// emulated network, and returns the duel.
func Fight(t *testing.T, s bench.Scenario) *bench.Duel {
	t.Helper()
	result, err := bench.Run(t.Context(), bench.Config{
		Scenarios: []bench.Scenario{s},
		Settings:  bench.Settings{Rounds: 1, Duration: 300 * time.Millisecond, Warmup: 50 * time.Millisecond, Seed: 1},
		Servers: func(context.Context, *bench.Scenario) (*bench.Fixture, error) {
			return Server(t, &s), nil
		},
	})
	if len(result.Duels) != 1 {
		t.Fatalf("no duel: %v", err)
	}
	return &result.Duels[0]
}

func complete(t *testing.T, s bench.Scenario) {
	for what, missing := range map[string]bool{
		"a name": s.Name == "", "a title": s.Title == "", "a claim": s.Claim == "",
		"a primary metric": s.Primary.Of == nil || s.Primary.Unit == "" || s.Primary.Better == "",
		"a load":           s.Load == nil, "round trips": s.RoundTrips < 1, "predictions": s.Predict == nil,
		"a finding": s.Finding == nil, "a pattern": s.Pattern == nil, "an anti-pattern": s.AntiPattern == nil,
	} {
		if missing {
			t.Errorf("the scenario lacks %s", what)
		}
	}
}

// sameWork runs the first ops of each side and compares the keys they name and
// the data they leave.
func sameWork(t *testing.T, s bench.Scenario) {
	fixture := Server(t, &s)
	arena, err := bench.NewArena(t.Context(), &s, fixture, bench.Settings{Rounds: 1, Duration: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Close()
	client := connect(t, fixture.Target)
	spy := newSpy(t, fixture.Target, arena.Prefix())
	keys, data := map[string][][]string{}, map[string]string{}
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		bout, err := arena.Prepare(t.Context(), side)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := bout.Op(t.Context(), i); err != nil {
				t.Fatalf("op %d of the %s: %v", i, side, err)
			}
			keys[side] = append(keys[side], spy.seen(t, client))
		}
		bout.Close()
		data[side] = digest(t, client)
	}
	for i := range keys[bench.Pattern] {
		if got, want := keys[bench.AntiPattern][i], keys[bench.Pattern][i]; !slices.Equal(got, want) {
			t.Errorf("op %d of the anti-pattern touched %d keys, of the pattern %d: they differ", i, len(got), len(want))
		}
		if len(keys[bench.Pattern][i]) == 0 {
			t.Errorf("op %d was not seen to touch any key", i)
		}
	}
	if data[bench.Pattern] != data[bench.AntiPattern] {
		t.Error("the twins left different data")
	}
	for _, stray := range spy.strays() {
		t.Errorf("touched %q, which is outside the prefix %q", stray, arena.Prefix())
	}
}

// digest is the server's own digest of its whole data set.
func digest(t *testing.T, client rueidis.Client) string {
	sum, err := client.Do(t.Context(), client.B().Arbitrary("DEBUG", "DIGEST").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// connect opens a plain client that ends with the test.
func connect(t *testing.T, target bench.Target) rueidis.Client {
	option, err := rueidis.ParseURL(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	option.ForceSingleClient, option.DisableCache, option.DisableRetry = true, true, true
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// A spy listens to all that clients ask of a server, by MONITOR.
type spy struct {
	prefix  string
	lines   chan string
	outside map[string]bool
}

// seen returns the keys and key patterns named since the last call, sorted and
// each once.
func (s *spy) seen(t *testing.T, client rueidis.Client) []string {
	const mark = "end-of-op"
	if err := client.Do(t.Context(), client.B().Echo().Message(mark).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range s.lines {
		words := quoted(line)
		if len(words) == 2 && words[1] == mark {
			break
		}
		for _, word := range words {
			if strings.HasPrefix(word, s.prefix) {
				found[word] = true
			}
		}
		if stray, ok := stray(words, s.prefix); ok {
			s.outside[stray] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// stray returns the first argument of a data command that is not one of ours.
func stray(words []string, prefix string) (string, bool) {
	if len(words) < 2 || slices.Contains([]string{"HELLO", "CLIENT", "INFO", "SLOWLOG", "LATENCY", "CONFIG", "DEBUG", "SCAN", "PING", "COMMAND"}, strings.ToUpper(words[0])) {
		return "", false
	}
	return words[1], !strings.HasPrefix(words[1], prefix)
}

func (s *spy) strays() []string { return slices.Sorted(maps.Keys(s.outside)) }

// quoted returns the words of a line of MONITOR: 1700000000.1 [0 127.0.0.1:1] "GET" "key".
func quoted(line string) []string {
	var words []string
	for rest := line; ; {
		start := strings.IndexByte(rest, '"')
		if start < 0 {
			return words
		}
		end := strings.IndexByte(rest[start+1:], '"')
		if end < 0 {
			return words
		}
		words = append(words, rest[start+1:start+1+end])
		rest = rest[start+end+2:]
	}
}

func newSpy(t *testing.T, target bench.Target, prefix string) *spy {
	t.Helper()
	conn, lines := monitor(t, target)
	t.Cleanup(func() { _ = conn.Close() })
	s := &spy{prefix: prefix, lines: make(chan string, 4096), outside: map[string]bool{}}
	go func() { // ends when the connection is closed
		defer close(s.lines)
		for lines.Scan() {
			s.lines <- fmt.Sprint(lines.Text())
		}
	}()
	return s
}
