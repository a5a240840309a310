package scenarios

import (
	"fmt"
	"iter"
	"math"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

const (
	stormKeys   = patterns.CacheBatch    // loaded at once, in one pipeline
	stormRate   = 4000                   // requests a second, each for any of the keys
	stormTTL    = 500 * time.Millisecond // of the keys
	stormTrial  = 750 * time.Millisecond // until the last one has expired
	stormWindow = 20 * time.Millisecond  // for whose requests misses are counted
	stormJitter = 0.2                    // of the pattern
)

const (
	stormPeak   = "most misses in 20 ms"
	stormSpread = "thousandths of the TTL from the first key's expiry to the last one's"
)

// stormLag is how far apart keys of one TTL may expire, as a share of it: the
// server does not run all of a pipeline in the same millisecond.
const stormLag = 0.1

// jitter compares TTLs that are spread out with one TTL for all, after a mass
// load: both are the same cache, but for its jitter.
func jitter() bench.Scenario {
	s := jitterOf(stormJitter)
	s.Quick = func() bench.Scenario { return jitterOf(stormJitter) }
	s.Sweeps = []bench.Sweep{{
		Name:      "jitter",
		Parameter: "jitter", Unit: "%", Linear: true, Values: []float64{0, 1, 3, 10, 20, 30},
		At: func(v float64) bench.Scenario { return jitterOf(v / 100) },
		Predict: func(set bench.Setting, v float64) (pattern, antipattern float64) {
			return stormOf(set).busiest(v / 100), stormOf(set).busiest(0)
		},
		Formula: stormFormula,
	}}
	return s
}

const stormFormula = "λ·(1 − e^(−x))/x with x = 2·j·TTL·λ/N, averaged over a window of 20 ms: keys expire evenly over 2·j·TTL, and each is missed when it is next asked for; without jitter all N do so at once, and every request is a miss at first. " +
	"Chance adds σ·√(2·ln m) to the busiest of m = 2·j·TTL / 20 ms windows"

// jitterOf is jitter with so much of it.
func jitterOf(share float64) bench.Scenario {
	// Untimed: requests that begin a few milliseconds late stay within a window of
	// 20 ms, or move from one to the next on both sides alike.
	peak := bench.Metric{Name: "misses a second in the busiest 20 ms", Unit: "misses/s", Better: stats.Lower, Untimed: true, Of: func(t *bench.Trial) float64 {
		return bench.Count(t, stormPeak) / stormWindow.Seconds()
	}}
	return bench.Scenario{
		Name:  "jitter",
		Title: "TTLs with jitter ↔ one TTL for all",
		Claim: "Keys that are cached together with one TTL expire together, and their loads hit the backend all at once.",
		Twin: bench.Twin{Note: fmt.Sprintf("Both sides are the Cache of patterns/cache.go and differ in one field of its CacheConfig: "+
			"Jitter is %g for the pattern and 0 for the anti-pattern.", share)},
		Primary: peak,
		Metrics: []bench.Metric{
			bench.CountedPerOp("backend loads per request", "loads", stats.Lower, streamLoads),
			bench.MedianResponse("median response time"),
		},
		Checks: []bench.Check{
			spread(bench.Pattern, 0.6*2*share, 2*share+stormLag), spread(bench.AntiPattern, 0, stormLag),
		},
		Writes:      func(bench.Setting) iter.Seq[string] { return kept("storm", stormKeys) },
		Load:        stormLoad,
		Commands:    []string{"pexpiretime"},
		RoundTrips:  2,
		Pattern:     mass(share),
		AntiPattern: mass(0),
		Predict: func(set bench.Setting) []bench.Prediction {
			return []bench.Prediction{
				{Side: bench.Pattern, Metric: peak.Name, Value: stats.Float(stormOf(set).busiest(share)), Formula: stormFormula},
				{Side: bench.AntiPattern, Metric: peak.Name, Value: stats.Float(stormOf(set).busiest(0)), Formula: stormFormula},
			}
		},
		Finding: says(fmt.Sprintf("When %d keys expired, misses peaked at %%s a second with one TTL for all, at %%s with %.0f %%%% of jitter.", stormKeys, 100*share), bareTwins(peak.Name)...),
		Also: also(
			says("Over the whole trial a request cost the backend %s with one TTL for all and %s with jitter.", twins("backend loads per request")...),
		),
	}
}

// A storm is the pace of the load after the mass load.
type storm struct {
	rate       float64 // requests a second
	ttl, trial time.Duration
	keys       float64
	window     float64 // seconds
}

func stormOf(set bench.Setting) storm {
	slower := slowdown(set.RTT)
	s := storm{
		rate: stormRate / float64(slower), ttl: stormTTL * slower, trial: stormTrial * slower,
		keys: stormKeys, window: stormWindow.Seconds(),
	}
	if set.Quick {
		s.ttl, s.trial = s.ttl/2, s.trial/2
	}
	return s
}

func stormLoad(set bench.Setting) load.Spec {
	s := stormOf(set)
	return load.Spec{Mode: load.Open, Arrivals: load.Constant, Rate: s.rate, Workers: 128, Duration: s.trial}
}

// busiest is the number of misses a second that is expected in the busiest
// window: the peak, and what the largest of several binomial numbers lies above
// their mean, by the usual estimate for as many normal ones.
func (s storm) busiest(jitter float64) float64 {
	peak, requests := s.peak(jitter), s.rate*s.window
	share := peak / s.rate
	deviation := math.Sqrt(requests * share * (1 - share))
	windows := max(1, 2*jitter*s.ttl.Seconds()/s.window)
	return peak + deviation*math.Sqrt(2*math.Log(windows))/s.window
}

// peak is the largest expected number of misses in a window, a second.
func (s storm) peak(jitter float64) float64 {
	width, most := 2*jitter*s.ttl.Seconds(), 0.0
	for at := 0.0; at <= width; at += 0.001 {
		most = max(most, s.missed(at+s.window, width)-s.missed(at, width))
	}
	return most / s.window
}

// missed is the number of keys that expired and were asked for again, t seconds
// after the first one expired, if they expire evenly over a width and each is
// asked for by a Poisson process of its own.
func (s storm) missed(t, width float64) float64 {
	a := s.rate / s.keys
	switch {
	case width == 0:
		return s.keys * (1 - math.Exp(-a*t))
	case t <= width:
		return s.keys * (t - (1-math.Exp(-a*t))/a) / width
	}
	return s.keys * (1 - math.Exp(-a*(t-width))*(1-math.Exp(-a*width))/(a*width))
}
