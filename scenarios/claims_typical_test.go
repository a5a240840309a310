package scenarios

import (
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// numbers are made-up medians: metric to side to value.
type numbers map[string]map[string]float64

// typical are made-up results of the size that real ones have: all that the
// claims are judged by, and nothing else. They have no sweeps.
func typical() (main, far *bench.Result) {
	const pattern, anti = bench.Pattern, bench.AntiPattern
	ms := func(v float64) float64 { return v * 1e6 }
	main = &bench.Result{Settings: bench.Settings{RTT: time.Millisecond}, Duels: []bench.Duel{
		madeUp("pooling", numbers{medianResponse: {pattern: ms(1.1), anti: ms(4.5)}}),
		madeUp("pool-size", numbers{
			"acquire wait p99": {pattern: ms(2.4)}, "median time with a connection": {pattern: ms(8.3)},
			"share of the pool in use": {pattern: 0.65}, "connections open": {pattern: 15},
		}),
		madeUp("scan", numbers{longestWait: {pattern: ms(3), anti: ms(240)}, "server CPU per iteration": {pattern: ms(600), anti: ms(220)}}),
		madeUp("range", numbers{longestWait: {pattern: ms(3), anti: ms(130)}, "bytes sent by the server per reading": {anti: 17e6}}),
		madeUp("ttl", numbers{
			"cache writes refused": {anti: 71, "no TTL, allkeys-lru": 0, "no TTL, allkeys-lfu": 0, "TTL, noeviction": 0},
			"oldest answer":        {pattern: ms(60), "no TTL, allkeys-lfu": ms(580)},
		}),
		madeUp("eviction", numbers{"cache writes refused": {pattern: 0, anti: 71}, "oldest answer": {anti: ms(580)}, "hit ratio": {anti: 42}}),
		madeUp("lfu", numbers{"hit ratio of the popular keys": {pattern: 66, anti: 59}}),
		madeUp("hash", numbers{
			"lost updates of 100":            {pattern: 0, anti: 82, "HGET, then HSET": 43, "JSON, WATCH and retry": 0},
			"bytes to the server per update": {pattern: 74, anti: 635}, "bytes from the server per update": {pattern: 6, anti: 527},
		}),
		madeUp("hotkey", numbers{hotUneven: {pattern: 1, anti: 3, hotTagged: 3}}),
		madeUp("stampede", numbers{loadsPerExpiry: {pattern: 1, anti: 23}}),
		madeUp("lock-release", numbers{
			"releases that deleted another's lock": {pattern: 0, anti: 60}, "lost updates": {pattern: 4, anti: 32, releaseFenced: 0},
			"overlaps after expiry": {pattern: 12}, "pauses": {pattern: 4, anti: 4},
		}),
		madeUp("evalsha", numbers{"bytes in per call": {pattern: 106, anti: 1065}, medianResponse: {pattern: ms(1.1), anti: ms(1.1)}}),
	}}
	far = &bench.Result{Settings: bench.Settings{RTT: DistantRTT}, Duels: []bench.Duel{
		madeUp("handshakes", numbers{
			perSecond:      {pattern: 4, anti: 1, bareSocket: 2, byDefault: 0.7},
			medianResponse: {pattern: ms(250), anti: ms(1000), bareSocket: ms(500)},
		}),
		madeUp("wide-pool", numbers{perSecond: {pattern: 2390, narrowPool: 199}, medianResponse: {pattern: ms(251), narrowPool: ms(2000)}}),
		madeUp("pipelining", numbers{jobTime: {pattern: ms(251), anti: ms(25_100)}}),
	}}
	duelOf(main, "pooling").RTT = time.Millisecond
	duelOf(main, "pool-size").Load.Rate = 1100
	eviction := duelOf(main, "eviction")
	eviction.Load = load.Spec{Duration: 600 * time.Millisecond}
	eviction.Predictions = []bench.Prediction{{Side: anti, Metric: "cache writes refused", Value: 73}}
	for i := range far.Duels {
		far.Duels[i].RTTMeasured = DistantRTT
	}
	duelOf(main, "pooling").RTTMeasured = 1100 * time.Microsecond
	return main, far
}

// madeUp is a duel that its pattern won, with three trials of each side.
func madeUp(scenario string, n numbers) bench.Duel {
	d := bench.Duel{Scenario: scenario, Comparison: stats.Comparison{Verdict: stats.PatternWins}}
	var sides []string
	for metric, values := range n {
		m := bench.MetricResult{Metric: metric, Sides: map[string]stats.Float{}}
		for side, v := range values {
			m.Sides[side] = stats.Float(v)
			sides = append(sides, side)
		}
		d.Comparisons = append(d.Comparisons, m)
	}
	slices.Sort(sides)
	for _, side := range slices.Compact(sides) {
		for round := range fewestTrials {
			d.Trials = append(d.Trials, bench.Trial{Round: round + 1, Side: side, Outcome: bench.Completed, Counts: map[string]int64{lookedAt: scanKeys}})
		}
	}
	return d
}

// swept adds a sweep to a result, of points with the values of its two sides.
func swept(r *bench.Result, scenario, name string, values []float64, measured ...bench.SweepSides) *bench.SweepResult {
	s := bench.SweepResult{Scenario: scenario, Sweep: name}
	for i, v := range values {
		s.Points = append(s.Points, bench.SweepPoint{Value: v, Measured: measured[i]})
	}
	r.Sweeps = append(r.Sweeps, s)
	return &r.Sweeps[len(r.Sweeps)-1]
}
