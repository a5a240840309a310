package stats

import (
	"fmt"
	"math"
)

const (
	// fewest complete rounds for a verdict: two give an interval whose t is 12.7
	// and which one unlucky trial turns round.
	fewest = 3
	// smallRatio bounds the effects that "no measurable difference" may hide.
	smallRatio = 1.25
	// resolution of a ratio: the latency histograms keep three figures, so that
	// equal latencies can differ by 0.1 % in every round.
	resolution = 0.001
	// rounding is the relative error that arithmetic alone may leave.
	rounding = 1e-9
)

// grounds are what a verdict rests on.
type grounds struct {
	scale
	effect, noise span
	rounds, asked int // complete, and all
}

// verdict decides by this rule, on the line on which 0 is no difference:
//
//   - The A/A band is symmetric about 0 and reaches as far as the control lay from
//     the pattern, over the same rounds; it is never narrower than the resolution
//     of the measurement (0.1 % of a ratio).
//   - Fewer than three complete rounds are inconclusive.
//   - The side wins beyond whose end of the band the whole interval of the
//     effect lies.
//   - Otherwise the interval overlaps the band. If it lies within 1/1.25 to
//     1.25 there is no measurable difference: whatever the truth, it is small.
//     On the difference scale the bound is ± ln 1.25 (0.22) times the mean size
//     of the two sides' values.
//   - Otherwise the rounds are too noisy to tell, and it is inconclusive. An
//     interval that lies within a wide band is no exception: a noisy host must
//     not make it easier to say that two sides are alike.
//
// An effect must beat both its own interval and the band, so that in A/A
// conditions a win is rarer than the 5 % of the interval alone: 1 to 2 % in normal
// noise and below 3 % in every simulation of TestEqualSidesSeldomWin and
// TestEqualSidesSeldomWinAtAnyLook. The band is not the interval of the noise,
// which holds the luck of the same trials that the interval of the effect holds
// already: with it equal sides won in 0.3 %, at the price of small effects, and
// two sides 15 % apart were told apart in one duel of four without an emulated
// network. TestASmallEffectIsFound and TestALargeEffectIsSeen say what is found.
func verdict(g grounds) (Verdict, string) {
	band := max(g.noise.reach(), g.resolution())
	beyond := band + rounding*band // equal but for rounding is not beyond
	switch {
	case g.rounds < fewest:
		return Inconclusive, fmt.Sprintf("%s; a verdict needs at least %d", g.counted(), fewest)
	case !finite(g.effect) || !finite(g.noise):
		return Inconclusive, "the values are too large to compute with"
	case g.effect.low > beyond:
		return PatternWins, g.why("lies beyond", band)
	case g.effect.high < -beyond:
		return AntiPatternWins, g.why("lies, on the anti-pattern's side, beyond", band)
	case g.effect.reach() <= g.small():
		return NoDifference, g.why("overlaps", band) + fmt.Sprintf(" and lies within %s, too little to matter", g.words(-g.small(), g.small()))
	default:
		return Inconclusive, g.why("overlaps", band) + fmt.Sprintf(" and reaches out of %s, so that more rounds or a quieter host are needed", g.words(-g.small(), g.small()))
	}
}

// why states where the interval of the effect lies to the A/A band.
func (g grounds) why(lies string, band float64) string {
	why := fmt.Sprintf("the interval %s %s the A/A band %s",
		g.words(g.effect.low, g.effect.high), lies, g.words(-band, band))
	if g.rounds < g.asked {
		why = g.counted() + ": " + why
	}
	return why
}

func (g grounds) counted() string {
	return fmt.Sprintf("%d of %d rounds are complete", g.rounds, g.asked)
}

func finite(s span) bool {
	sum := s.low/2 + s.high/2
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}
