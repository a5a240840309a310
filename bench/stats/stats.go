// Package stats turns paired rounds into an effect, an interval and a verdict.
//
// A round is one trial of the pattern, one of the anti-pattern and one more of
// the pattern, the control. Compare reduces each round to two numbers, the log
// ratio of the anti-pattern to the pattern's two trials and the log ratio of the
// control to the pattern, and works on those: rounds are the sample, never
// operations, because operations of one trial share its luck. Where a log does
// not exist because a value is zero or negative, plain differences take the place
// of log ratios.
//
// # Why both trials of the pattern
//
// The control is a trial of the pattern like the other, so leaving it out of the
// effect would waste a third of the time: with it the variance of a round's log
// ratio is 1.5 times that of a trial, without it 2. The two numbers of a round do
// not depend on each other, since one is the mean of the pattern's trials and the
// other their difference: what the A/A band says is news.
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
// # Ending before the last round
//
// Who looks at the rounds again and again, and stops when they please, finds a
// winner sooner or later. So a Plan fixes beforehand the most rounds, after which
// of them it looks (every fourth, and the last), and when they may end: when a
// side wins at such a look and its effect is known to within a factor of 1.5.
// Each look has its own Student's t interval, and the 5 % that an interval may
// miss the truth by are shared equally among the looks: 1.67 % each for the three
// looks of 12 rounds. Then the chance that any of the intervals misses is at most
// the sum, 5 %, whatever the looks have in common, so that the one which is
// reported holds the truth with 95 % or more wherever the rounds ended. The same
// sum bounds a winner that there is not, at all looks together.
//
// The looks overlap, so the sum is too much: the reported interval holds in 97.5
// to 98.5 % of normal noise. A boundary from the joint distribution would be
// narrower by 4 to 6 %, and true in normal noise alone. The price at the last
// of 12 rounds is t(0.9917, 11) = 2.8 in place of 2.2, and it pays for rounds that
// are not run where the sides lie far apart: four are enough for most pairs, and
// the others may have twelve.
//
// Rounds do not end early because no difference shows: that would be power lost,
// as a small one needs all of them. Nor does what a few rounds show of another
// metric end them. Rounds from several runs, each of which could end at any of its
// looks, could have ended in as many ways as the product of their numbers, and
// share the 5 % among those.
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

// An Interval is an estimate with its 95 % confidence interval, or an A/A effect
// with its band.
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
	Noise   Interval `json:"noise"`  // A/A: the control against the pattern, and the band that it makes
	Verdict Verdict  `json:"verdict"`
	Why     string   `json:"why"` // the reason for the verdict, one sentence
}

// A Round holds one metric's values of the trials of one round.
type Round struct {
	Pattern, AntiPattern, Control float64
}
