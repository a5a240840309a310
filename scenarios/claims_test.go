package scenarios

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// A change makes other results of the typical ones.
type change func(main, far *bench.Result)

// to sets a metric's value on a side.
func to(scenario, metric, side string, value float64) change {
	return func(main, far *bench.Result) {
		for _, r := range []*bench.Result{main, far} {
			if d := duelOf(r, scenario); d != nil {
				i := slices.IndexFunc(d.Comparisons, func(m bench.MetricResult) bool { return m.Metric == metric })
				d.Comparisons[i].Sides[side] = stats.Float(value)
			}
		}
	}
}

// decided sets a duel's verdict.
func decided(scenario string, v stats.Verdict) change {
	return func(main, far *bench.Result) {
		for _, r := range []*bench.Result{main, far} {
			if d := duelOf(r, scenario); d != nil {
				d.Comparison.Verdict, d.Comparison.Why = v, "the host is too busy"
			}
		}
	}
}

func sweeping(scenario, name string, values []float64, measured ...bench.SweepSides) change {
	return func(main, _ *bench.Result) { swept(main, scenario, name, values, measured...) }
}

// verdictOn holds a claim against changed results.
func verdictOn(t *testing.T, says string, changes ...change) bench.Claim {
	t.Helper()
	main, far := typical()
	for _, c := range changes {
		c(main, far)
	}
	for _, c := range Ledger(main, far).Claims {
		if c.Says == says {
			return c
		}
	}
	t.Fatalf("there is no claim %q", says)
	return bench.Claim{}
}

const ms = float64(time.Millisecond)

func TestEveryClaimComesOutAsTheNumbersSay(t *testing.T) {
	const pattern, anti = bench.Pattern, bench.AntiPattern
	sides := func(p, a float64) bench.SweepSides {
		return bench.SweepSides{Pattern: stats.Float(p), AntiPattern: stats.Float(a)}
	}
	refused, wait := "cache writes refused", "acquire wait p99"
	strangers := "releases that deleted another's lock"
	for _, c := range []struct {
		says                          string
		confirmed, corrected, refuted []change
	}{
		{"about 4 ops/s when connecting for each command at 250 ms",
			[]change{to("handshakes", perSecond, bareSocket, 4)}, nil, []change{to("handshakes", perSecond, pattern, 40)}},
		{"connecting costs 250 ms+",
			[]change{to("pooling", medianResponse, anti, 300*ms)}, nil, []change{to("handshakes", medianResponse, bareSocket, 260*ms)}},
		{"thousands of ops/s with a pool",
			[]change{to("wide-pool", perSecond, narrowPool, 2300)}, nil, []change{to("wide-pool", perSecond, pattern, 1999)}},
		{"100 commands: 25 s sequential, about 250 ms pipelined",
			[]change{}, []change{to("pipelining", jobTime, pattern, 500*ms)}, []change{to("pipelining", jobTime, pattern, 500*ms), to("pipelining", jobTime, anti, 10_000*ms)}},
		{"the default pool size is exhausted under load",
			[]change{to("pool-size", wait, pattern, 20*ms)}, nil, []change{to("wide-pool", medianResponse, narrowPool, 260*ms)}},
		{"pool = concurrency × duration × 1.5",
			[]change{to("pool-size", "median time with a connection", pattern, 1000*ms)}, nil, []change{to("pool-size", wait, pattern, 20*ms)}},
		{"KEYS blocks the whole server, SCAN does not",
			[]change{}, []change{to("scan", longestWait, pattern, 15*ms)}, []change{to("scan", longestWait, anti, 9*ms)}},
		{"ZRANGE 0 -1 blocks the server",
			[]change{sweeping("range", "members", []float64{1e5}, sides(3*ms, 40*ms))},
			[]change{sweeping("range", "members", []float64{10, 1e4, 1e5}, sides(3*ms, 15*ms), sides(3*ms, 5*ms), sides(3*ms, 40*ms))},
			[]change{decided("range", stats.NoDifference)}},
		{"keys without a TTL exhaust memory",
			[]change{to("ttl", refused, "no TTL, allkeys-lru", 70)}, nil, []change{to("ttl", refused, anti, 0)}},
		{"noeviction stops writes when memory is full",
			[]change{to("eviction", "oldest answer", anti, 200*ms)}, nil, []change{to("eviction", refused, anti, 20)}},
		{"LFU protects hot keys better than LRU",
			[]change{}, []change{func(main, _ *bench.Result) {
				s := swept(main, "lfu", "moved", nil)
				s.Crossings = []bench.Crossing{{At: 0.8}}
			}}, []change{decided("lfu", stats.AntiPatternWins)}},
		{"JSON strings need the whole read-modify-write cycle, HASH updates are atomic",
			[]change{to("hash", "lost updates of 100", "HGET, then HSET", 0)}, nil, []change{to("hash", "lost updates of 100", pattern, 1)}},
		{"sharding a hot key spreads its load",
			[]change{to("hotkey", hotUneven, hotTagged, 1)}, nil, []change{to("hotkey", hotUneven, pattern, 2.9)}},
		{"a lock stops concurrent backend hits",
			[]change{to("lock-release", "overlaps after expiry", pattern, 0)}, nil, []change{to("stampede", loadsPerExpiry, pattern, 3)}},
		{"release must check ownership",
			[]change{}, []change{to("lock-release", strangers, pattern, 2)}, []change{to("lock-release", strangers, anti, 0)}},
		{"EVALSHA saves bandwidth",
			[]change{}, []change{sweeping("evalsha", "length", []float64{40, 100}, sides(106, 103), sides(106, 164))}, []change{decided("evalsha", stats.NoDifference)}},
	} {
		for want, changes := range map[bench.ClaimVerdict][]change{bench.Confirmed: c.confirmed, bench.Corrected: c.corrected, bench.Refuted: c.refuted} {
			if got := verdictOn(t, c.says, changes...); got.Verdict != want {
				t.Errorf("%q is %s, want %s: %s", c.says, got.Verdict, want, got.Finding)
			} else if n := len([]rune(got.Finding)); n > 400 || len(got.Evidence) == 0 || !strings.HasSuffix(got.Finding, ".") {
				t.Errorf("%q: a finding of %d characters, and %d pages of evidence: %s", c.says, n, len(got.Evidence), got.Finding)
			}
		}
	}
}

func TestTheLedgerHoldsSixteenClaimsInWordsThatFitThePage(t *testing.T) {
	all := claims()
	if len(all) != 16 {
		t.Errorf("%d claims, want 16", len(all))
	}
	for _, c := range all {
		if n := len([]rune(c.counts)); n == 0 || n > 400 {
			t.Errorf("%q: %d characters say what counts, want at most 400", c.says, n)
		}
	}
}

// ruins are ways in which a duel is of no use, each a change of one that is.
var ruins = map[string]func(*bench.Duel){
	"missing": func(d *bench.Duel) { d.Scenario = "another" },
	"failed":  func(d *bench.Duel) { d.Failed = "a check failed" },
	"partial": func(d *bench.Duel) { d.Partial = "interrupted" },
	"without numbers, as after a first look without variants": func(d *bench.Duel) { d.Comparisons = nil },
}

func TestAClaimWhoseDuelIsOfNoUseIsNotMeasuredAndNamesTheCommand(t *testing.T) {
	for _, c := range claims() {
		for _, e := range c.grounds {
			for how, ruin := range ruins {
				got := verdictOn(t, c.says, func(main, far *bench.Result) {
					if e.Distant {
						ruin(duelOf(far, e.Scenario))
					} else {
						ruin(duelOf(main, e.Scenario))
					}
				})
				command := map[bool]string{true: "redisduel claims", false: "redisduel run"}[e.Distant]
				if got.Verdict != bench.NotMeasured || got.Measure != command || got.Evidence != nil || !strings.Contains(got.Finding, e.Scenario) {
					t.Errorf("%q with the duel %s %s: %+v, want %q", c.says, e.Scenario, how, got, command)
				}
			}
		}
	}
}

func TestWithoutAnyResultNothingIsMeasured(t *testing.T) {
	for _, c := range Ledger(nil, nil).Claims {
		if c.Verdict != bench.NotMeasured || c.Measure == "" {
			t.Errorf("%q is %s, to be measured by %q", c.Says, c.Verdict, c.Measure)
		}
	}
}

func TestADistantRunAtAnotherDistanceMeasuresNothing(t *testing.T) {
	got := verdictOn(t, "thousands of ops/s with a pool", func(_, far *bench.Result) { far.Settings.RTT = time.Millisecond })
	if got.Verdict != bench.NotMeasured || !strings.Contains(got.Finding, "1 ms instead of 250 ms") {
		t.Errorf("%+v", got)
	}
}

func TestADuelWithoutAVerdictDemonstratesNothing(t *testing.T) {
	for _, v := range []stats.Verdict{stats.Inconclusive, stats.NotDemonstrable, stats.Saturated} {
		got := verdictOn(t, "KEYS blocks the whole server, SCAN does not", decided("scan", v))
		if got.Verdict != bench.NotShown || !strings.Contains(got.Finding, string(v)+"; the host is too busy") {
			t.Errorf("%s: %+v", v, got)
		}
	}
}

func TestOneTrialDemonstratesNothing(t *testing.T) {
	got := verdictOn(t, "thousands of ops/s with a pool", func(_, far *bench.Result) {
		d := duelOf(far, "wide-pool")
		d.Trials = slices.DeleteFunc(d.Trials, func(t bench.Trial) bool { return t.Round > 1 })
	})
	if got.Verdict != bench.NotShown || !strings.Contains(got.Finding, "1 trials of the side") {
		t.Errorf("%+v", got)
	}
}

// A pool of the size that the words give may be large enough by what is in use,
// and still nobody tried it.
func TestAPoolThatNobodyTriedDemonstratesNothing(t *testing.T) {
	got := verdictOn(t, "pool = concurrency × duration × 1.5", to("pool-size", "median time with a connection", bench.Pattern, 700*ms))
	if got.Verdict != bench.NotShown {
		t.Errorf("%s: %s", got.Verdict, got.Finding)
	}
}

// Every metric and side that a claim is judged by is one of its scenario's: what
// typical does not have, no claim can be judged by.
func TestTheClaimsAskForMetricsAndSidesThatThereAre(t *testing.T) {
	main, far := typical()
	for _, d := range append(main.Duels, far.Duels...) {
		chosen, err := Named([]string{d.Scenario})
		if err != nil {
			t.Fatal(err)
		}
		s := chosen[0]
		metrics, sides := []string{s.Primary.Name}, []string{bench.Pattern, bench.AntiPattern}
		for _, m := range s.Metrics {
			metrics = append(metrics, m.Name)
		}
		for _, v := range s.Variants {
			sides = append(sides, v.Name)
		}
		for _, m := range d.Comparisons {
			if !slices.Contains(metrics, m.Metric) {
				t.Errorf("%s has no metric %q", d.Scenario, m.Metric)
			}
			for side := range m.Sides {
				if !slices.Contains(sides, side) {
					t.Errorf("%s has no side %q", d.Scenario, side)
				}
			}
		}
	}
}

func TestTheClaimsAskForSweepsThatThereAre(t *testing.T) {
	for scenario, sweep := range map[string]string{"scan": "keys", "range": "members", "lfu": "moved", "evalsha": "length"} {
		if _, err := NamedSweeps([]string{scenario + "/" + sweep}); err != nil {
			t.Error(err)
		}
	}
}

func TestASweepThatAClaimRestsOnIsEvidence(t *testing.T) {
	got := verdictOn(t, "EVALSHA saves bandwidth", sweeping("evalsha", "length", []float64{100}, bench.SweepSides{Pattern: 1, AntiPattern: 2}))
	if !slices.ContainsFunc(got.Evidence, func(e bench.Evidence) bool { return e.Sweep == "length" }) {
		t.Errorf("%+v", got.Evidence)
	}
	if math.IsNaN(upTo(nil, nil).Value) {
		t.Error("no sweep has a number")
	}
}
