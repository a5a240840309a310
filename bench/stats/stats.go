// Package stats turns paired rounds into an effect, an interval and a verdict.
//
// A round is one trial of the pattern, one of the anti-pattern and one more of
// the pattern, the control. Compare reduces each round to two numbers, the log
// ratio of the two sides and the log ratio of the control to the pattern, and
// works on those: rounds are the sample, never operations, because operations
// of one trial share its luck. Where a log does not exist because a value is
// zero or negative, plain differences take the place of log ratios.
//
// # Why Student's t
//
// The interval is Student's t on the n log ratios, mean ± t(0.975, n−1) · s/√n,
// taken back through exp. The choice was made by simulation, which
// TestTheIntervalHoldsTheTrueEffect repeats, at the 3 to 10 rounds of a run.
// In normal noise t covers 95 % by construction. Noisy neighbours add heavy
// tails, but in a paired design they strike each side alike, so the log ratios
// stay symmetric, and in symmetric heavy tails t errs on the wide side: it
// covers 95 to 99 %. The percentile bootstrap has too few distinct
// resamples of so small a sample (10 of 3 rounds) and covers only about 74 %
// at 3 rounds and 90 % at 10, whatever the noise. The price of t is width at
// 3 rounds, where t(0.975, 2) is 4.3: a small effect then needs more rounds.
//
// What no interval over rounds can repair is a fault that strikes one side in
// every round. The control and the order of the trials guard against that.
package stats

import (
	"encoding/json"
	"math"
)

// A Float is a float64 whose JSON is null when it is NaN or infinite, since
// JSON has no such numbers and a missing value must not read as zero.
type Float float64

// MarshalJSON writes null for NaN and the infinities.
func (f Float) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads null as NaN.
func (f *Float) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*f = Float(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(f))
}

// An Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Estimate Float `json:"estimate"`
	Low      Float `json:"low"`
	High     Float `json:"high"`
}

// Better says in which direction a metric improves.
type Better string

// The directions.
const (
	Lower  Better = "lower"
	Higher Better = "higher"
)

// A Verdict is the outcome of a duel.
type Verdict string

// The six verdicts.
const (
	PatternWins     Verdict = "pattern wins"
	AntiPatternWins Verdict = "anti-pattern wins"
	NoDifference    Verdict = "no measurable difference"
	Inconclusive    Verdict = "inconclusive"
	Saturated       Verdict = "saturated"
	NotDemonstrable Verdict = "not demonstrable on this host"
)

// Scale says what an effect is measured as.
type Scale string

// The scales of an effect.
const (
	// Ratio is how many times worse the anti-pattern is: 1 is no difference.
	Ratio Scale = "ratio"
	// Difference is by how much the anti-pattern is worse, in the metric's
	// unit: 0 is no difference. It serves metrics that can be zero.
	Difference Scale = "difference"
)

// A Comparison is what the rounds say about one metric of two sides. Above 1
// (ratio) or 0 (difference) the pattern is better, whichever way the metric
// improves. An estimate needs one complete round and an interval two; what is
// missing is NaN.
type Comparison struct {
	Scale   Scale    `json:"scale"`
	Rounds  int      `json:"rounds"` // rounds in which all three trials succeeded
	Effect  Interval `json:"effect"` // anti-pattern against pattern
	Noise   Interval `json:"noise"`  // A/A: the control against the pattern
	Verdict Verdict  `json:"verdict"`
	Why     string   `json:"why"` // the reason for the verdict, one sentence
}

// A Round holds one metric's values of the trials of one round.
type Round struct {
	Pattern, AntiPattern, Control float64
}
