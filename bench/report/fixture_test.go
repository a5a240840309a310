package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	dpi = coarse
	goleak.VerifyTestMain(m)
}

// Most tests look at a picture's existence or at its page, and the time goes
// into encoding pixels. Those that look at the picture draw it sharply.
const (
	coarse = 20
	sharp  = 80
)

// sharply is for the rest of a test.
func sharply(t *testing.T) {
	dpi = sharp
	t.Cleanup(func() { dpi = coarse })
}

const fixtureRounds = 4

// fixture is a result as a run of three duels would give it: made up, but of
// plausible numbers, and the same at every call.
func fixture() *bench.Result {
	return &bench.Result{
		Schema: bench.Schema, Version: "0.1.0", RunID: "r-20260301-7f3a",
		Started: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Elapsed: 6*time.Minute + 12*time.Second,
		Args:     []string{"redisduel", "run", "--rtt", "1ms", "--seed", "42"},
		Settings: bench.Settings{RTT: time.Millisecond, Rounds: 12, Early: true, Duration: 5 * time.Second, Warmup: time.Second, Seed: 42},
		Host: bench.Host{
			OS: "linux", Arch: "amd64", Kernel: "6.8.0", CPU: "Example CPU @ 2.40GHz",
			Cores: 2, MemoryBytes: 8_200_000_000, Go: "go1.26.0", Clock: "timerfd",
		},
		Duels:  []bench.Duel{pipelining(), connection(), scan()},
		Sweeps: []bench.SweepResult{batches(), losses()},
		Claims: ledger(),
	}
}

func duel(name, title string) bench.Duel {
	return bench.Duel{
		Scenario: name, Title: title, RTT: time.Millisecond, RTTMeasured: 1090 * time.Microsecond,
		Server: bench.Server{
			Software: "redis", Version: "7.0.15", Mode: "standalone", Nodes: 1, Own: true,
			Settings: map[string]string{"io-threads": "1", "save": "", "maxmemory": "0"},
		},
	}
}

func pipelining() bench.Duel {
	d := duel("pipelining", "one batch ↔ one command at a time")
	d.Claim = "Sending 100 commands in one batch takes about one round trip, not one hundred"
	d.Primary = bench.Metric{Name: "job time", Unit: "ns", Better: stats.Lower}
	reads := bench.Metric{Name: "reads per command", Unit: "reads", Better: stats.Lower}
	d.Metrics = []bench.Metric{d.Primary, reads}
	d.Load = load.Spec{Mode: load.Closed, Workers: 4, Duration: 5 * time.Second}
	d.Plan, d.Stopped = stats.Stopping(12), "after 4 of 12 rounds, by the rule fixed beforehand: a side wins, and by how much is known well enough"
	d.Finding = "One command at a time takes 87 times as long as one batch of 100"
	d.Predictions = []bench.Prediction{
		{Side: bench.Pattern, Metric: "job time", Value: 1.29e6, Formula: "ceil(N/B) R + N s, N = 100, B = 100, s = 2 µs"},
		{Side: bench.AntiPattern, Metric: "job time", Value: 1.092e8, Formula: "N (R + s)"},
	}
	d.Trials = trials(1, []string{bench.Pattern, bench.AntiPattern, "mget", bench.Control}, func(t *bench.Trial, r *rand.Rand) {
		n, typical := 2400, 1.25*ms
		switch t.Side {
		case bench.AntiPattern:
			n, typical = 180, 109*ms
		case "mget":
			n, typical = 2600, 1.18*ms
		}
		t.Load = closed(r, n, typical, 0.06)
		t.Evidence = delta(t.Load, 100, map[bool]float64{true: 100, false: 1.2}[t.Side == bench.AntiPattern], 0)
		t.Values["job time"] = stats.Float(t.Load.Response.At(0.5))
		t.Values["reads per command"] = stats.Float(float64(t.Evidence.Reads) / float64(t.Load.Attempts) / 100)
	})
	d.Comparison = stats.Comparison{
		Scale: stats.Ratio, Rounds: 4, Verdict: stats.PatternWins, Effect: stats.Interval{Estimate: 87.2, Low: 85.9, High: 88.6},
		Noise: stats.Interval{Estimate: 1.002, Low: 0.991, High: 1.013}, Why: "the interval lies above the A/A band",
	}
	d.Comparisons = medians(&d, d.Comparison, stats.Comparison{
		Scale: stats.Ratio, Rounds: 4, Verdict: stats.PatternWins,
		Effect: stats.Interval{Estimate: 83.3, Low: 83.3, High: 83.3}, Noise: stats.Interval{Estimate: 1, Low: 1, High: 1},
	})
	d.Variants = []bench.VariantNote{
		{Name: "mget", About: "One command that names all keys; less work for the server, where there is such a command."},
		{Name: "transaction", About: "MULTI and EXEC around the batch: for atomicity, not for speed.", Failed: "the check \"EXEC calls per op\" failed on it"},
		{Name: "mset", About: "One command that writes all keys.", LeftOut: "it drops the time to live of the keys that it writes"},
	}
	d.Comparisons[0].Variants = map[string]stats.Comparison{"mget": {
		Scale: stats.Ratio, Rounds: 3, Verdict: stats.AntiPatternWins, Effect: stats.Interval{Estimate: 0.94, Low: 0.92, High: 0.97},
	}}
	d.Checks = []bench.CheckResult{
		{Name: "reads per command", Side: bench.Pattern, Got: 0.012, Min: 0, Max: 0.1, OK: true},
		{Name: "reads per command", Side: bench.AntiPattern, Got: 1, Min: 0.9, Max: 1.1, OK: true},
	}
	return d
}

func connection() bench.Duel {
	d := duel("connection", "pooled connection ↔ a connection per command")
	d.Claim = "Opening a connection for each command costs its handshakes every time"
	d.Primary = bench.Metric{Name: "median response time", Unit: "ns", Better: stats.Lower}
	d.Metrics = []bench.Metric{d.Primary}
	d.Load = load.Spec{Mode: load.Open, Arrivals: load.Poisson, Rate: 500, Workers: 64, Duration: 5 * time.Second}
	d.Finding = "A connection per command makes each command 4.1 times as slow"
	d.Predictions = []bench.Prediction{{Side: bench.AntiPattern, Metric: "median response time", Value: 4.4e6, Formula: "4 R + s"}}
	d.Trials = trials(2, []string{bench.Pattern, bench.AntiPattern, bench.Control}, func(t *bench.Trial, r *rand.Rand) {
		typical, connections := 1.15*ms, 0.0
		if t.Side == bench.AntiPattern {
			typical, connections = 4.7*ms, 1
		}
		t.Load = opened(r, 2500, typical)
		t.Evidence = delta(t.Load, 1, 1+connections*2, connections)
		t.Values[d.Primary.Name] = stats.Float(t.Load.Response.At(0.5))
	})
	d.Trials[7].Outcome, d.Trials[7].Why = bench.Crashed, "its process was killed"
	d.Trials[7].Load, d.Trials[7].Values, d.Trials[7].Evidence = nil, nil, nil
	d.Comparison = stats.Comparison{
		Scale: stats.Ratio, Rounds: 3, Verdict: stats.PatternWins, Effect: stats.Interval{Estimate: 4.09, Low: 3.9, High: 4.31},
		Noise: stats.Interval{Estimate: 1.01, Low: 0.97, High: 1.05}, Why: "the interval lies above the A/A band",
	}
	d.Comparisons = medians(&d, d.Comparison)
	d.Checks = []bench.CheckResult{{Name: "connections per op", Side: bench.AntiPattern, Got: 1, Min: 0.99, Max: 1.01, OK: true}}
	d.Doubts = []string{"asked for a round trip of 1 ms, measured 1.09 ms", "one of four rounds is missing"}
	return d
}

func scan() bench.Duel {
	d := duel("scan", "SCAN ↔ KEYS")
	d.Claim = "KEYS stops the server for everybody while it runs; SCAN does not"
	d.Primary = bench.Metric{Name: "longest wait of the bystander", Unit: "ns", Better: stats.Lower}
	d.Metrics = []bench.Metric{d.Primary}
	d.Load = load.Spec{Mode: load.Job, Ops: 3, Workers: 1}
	d.Finding = "While KEYS walks a million keys, everybody else waits up to 121 ms; beside SCAN up to 4 ms"
	d.Trials = trials(3, []string{bench.Pattern, bench.AntiPattern, bench.Control}, func(t *bench.Trial, r *rand.Rand) {
		typical, stall := 2400*ms, 4*ms
		if t.Side == bench.AntiPattern {
			typical, stall = 130*ms, 118*ms
		}
		t.Load = closed(r, 3, typical, 0.02)
		t.Bystander = watched(r, stall)
		t.Evidence = delta(t.Load, 1, 2, 0)
		if t.Side == bench.AntiPattern {
			t.Evidence.Slow = []evidence.Slow{{ID: 1, Duration: 118 * time.Millisecond, Command: "keys"}}
		}
		t.Values[d.Primary.Name] = stats.Float(t.Bystander.Response.Max())
	})
	d.Comparison = stats.Comparison{
		Scale: stats.Ratio, Rounds: 4, Verdict: stats.PatternWins, Effect: stats.Interval{Estimate: 27, Low: 19, High: 39},
		Noise: stats.Interval{Estimate: 0.98, Low: 0.8, High: 1.24}, Why: "the interval lies above the A/A band",
	}
	d.Comparisons = medians(&d, d.Comparison)
	return d
}

const ms = float64(time.Millisecond)

// trials makes the trials of all rounds, the order of sides turned round from
// round to round.
func trials(seed uint64, sides []string, run func(*bench.Trial, *rand.Rand)) (all []bench.Trial) {
	r := rand.New(rand.NewPCG(seed, 1))
	for round := 1; round <= fixtureRounds; round++ {
		for slot, side := range sides {
			t := bench.Trial{Round: round, Slot: slot + 1, Side: side, Outcome: bench.Completed, Values: map[string]stats.Float{}}
			t.Started = time.Date(2026, 3, 1, 9, 30+round, slot, 0, time.UTC)
			run(&t, r)
			all = append(all, t)
		}
		slices.Reverse(sides)
	}
	return all
}

func closed(r *rand.Rand, n int, typical, deviation float64) *load.Result {
	response, late := latency.New(), latency.New()
	for range n {
		response.Record(time.Duration(typical * math.Exp(deviation*r.NormFloat64())))
		late.Record(0)
	}
	return &load.Result{
		Intended: int64(n), OK: int64(n), Attempts: int64(n) + 10, Elapsed: 5 * time.Second,
		Response: response, Service: response, Lateness: late,
	}
}

func opened(r *rand.Rand, n int, typical float64) *load.Result {
	result := &load.Result{
		Intended: int64(n) + 3, OK: int64(n), Failed: 2, Unknown: 1, Attempts: int64(n) + 103, Elapsed: 5 * time.Second,
		Errors: map[string]int64{"timeout": 1, "connection reset": 2}, Response: latency.New(), Service: latency.New(), Lateness: latency.New(),
	}
	for range n {
		service, late := time.Duration(typical*math.Exp(0.12*r.NormFloat64())), time.Duration(6e4*r.ExpFloat64())
		result.Service.Record(service)
		result.Lateness.Record(late)
		result.Response.Record(service + late)
	}
	return result
}

// watched is a bystander that one call in two hundred meets a stall.
func watched(r *rand.Rand, stall float64) *load.Result {
	h := latency.New()
	const n = 3000
	for i := range n {
		wait := 1.12 * ms * math.Exp(0.05*r.NormFloat64())
		if i%200 == 0 {
			wait += stall * r.Float64()
		}
		h.Record(time.Duration(wait))
	}
	return &load.Result{Intended: n, OK: n, Attempts: n, Elapsed: 5 * time.Second, Response: h, Service: h, Lateness: h}
}

func delta(r *load.Result, commands, reads, connections float64) *evidence.Delta {
	n := float64(r.Attempts)
	return &evidence.Delta{
		Elapsed: 6 * time.Second,
		Commands: map[string]evidence.Command{
			"get":   {Calls: int64(n * commands), Time: time.Duration(n * commands * 1500)},
			"hello": {Calls: int64(n * connections), Time: time.Duration(n * connections * 4000)},
		},
		Reads: int64(n * reads), Connections: int64(n * connections), BytesIn: int64(n * commands * 31),
		BytesOut: int64(n * commands * 70), CPU: time.Duration(n * commands * 9000),
	}
}

// medians makes the results of the duel's metrics from the trials' values.
func medians(d *bench.Duel, comparisons ...stats.Comparison) (all []bench.MetricResult) {
	for i, m := range d.Metrics {
		values := map[string][]float64{}
		for _, t := range d.Trials {
			if v, ok := t.Values[m.Name]; ok {
				values[t.Side] = append(values[t.Side], float64(v))
			}
		}
		result := bench.MetricResult{Metric: m.Name, Sides: map[string]stats.Float{}, Comparison: comparisons[i]}
		for side, vs := range values {
			slices.Sort(vs)
			result.Sides[side] = stats.Float(vs[len(vs)/2])
		}
		all = append(all, result)
	}
	return all
}

// rendered is the report of the fixture, made once: pictures take their time
// under the race detector. Not to be changed.
var rendered = sync.OnceValues(func() (Files, error) { return Render(fixture()) })

// theReport is rendered, which must be fine.
func theReport(t *testing.T) Files {
	t.Helper()
	sharply(t)
	files, err := rendered()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(files)
}

// first is the fixture with nothing but one round of its first duel.
func first() *bench.Result {
	r := fixture()
	r.Duels, r.Sweeps = r.Duels[:1], nil
	r.Duels[0].Trials = r.Duels[0].Trials[:4]
	return r
}

// render is Render of a result that must be fine.
func render(t *testing.T, r *bench.Result) Files {
	t.Helper()
	files, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
