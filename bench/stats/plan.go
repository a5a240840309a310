package stats

import "math"

const (
	// lookEvery is the number of rounds from one look to the next: the fewest
	// whose interval is of use at a corrected level, and an even number, since
	// every other round mirrors the one before it.
	lookEvery = 4
	// wellKnown is how far from the estimate the ends of an interval may lie when
	// the rounds end early: a factor of a ratio, and half of a difference.
	wellKnown = 1.5
)

// A Plan says before the first round how many rounds there will be, and how
// often the harness looks whether fewer are enough. The zero value is a number
// of rounds that nothing they show can change.
type Plan struct {
	Rounds int `json:"rounds"` // the most
	// Looks is at how many moments the rounds may end, the last round included.
	// The error of 5 % is shared equally among them.
	Looks int `json:"looks"`
}

// Fixed is a plan of exactly n rounds.
func Fixed(n int) Plan { return Plan{Rounds: n, Looks: 1} }

// Stopping is a plan of at most n rounds, with a look after every fourth round.
func Stopping(n int) Plan { return Plan{Rounds: n, Looks: max(1, (n+lookEvery-1)/lookEvery)} }

// Next is the number of rounds after which the next look is due when n are over.
func (p Plan) Next(n int) int {
	if p.Looks <= 1 {
		return p.Rounds
	}
	return min(p.Rounds, n-n%lookEvery+lookEvery)
}

// Enough reports whether the rounds may end at a look that shows c: a side wins,
// and by how much is known to within a factor of 1.5 (for a difference, to
// within half of it).
func (p Plan) Enough(c Comparison) bool {
	if c.Verdict != PatternWins && c.Verdict != AntiPatternWins {
		return false
	}
	e := c.Effect
	if c.Scale == Ratio {
		return e.High <= e.Estimate*wellKnown && e.Low >= e.Estimate/wellKnown
	}
	return float64(e.High-e.Estimate) <= (wellKnown-1)*math.Abs(float64(e.Estimate))
}

// Then is the plan of a sample that joins those of both: it may have ended in as
// many ways as the looks of one, times those of the other.
func (p Plan) Then(q Plan) Plan {
	return Plan{Rounds: p.Rounds + q.Rounds, Looks: max(p.Looks, 1) * max(q.Looks, 1)}
}

// Compare is the function Compare with intervals of the level that the plan
// takes.
func (p Plan) Compare(rounds []Round, better Better) Comparison {
	return compare(rounds, better, (1-confidence)/float64(max(p.Looks, 1)))
}
