package bench

import "slices"

// arms are the sides of every round: the control is the pattern once more, so
// that each round also says how far two equal trials lie apart.
var arms = []string{Pattern, AntiPattern, Control}

// order returns the sides of round r (from 1) in the order in which they run.
// Every even round mirrors the one before it, A B C then C B A, so that a
// steady drift of the machine cancels out over the two; every second round
// begins with the next side, so that none is always first, or always follows
// the same one.
func order(r int, sides []string) []string {
	shift := (r - 1) / 2 % len(sides)
	ordered := slices.Concat(sides[shift:], sides[:shift])
	if r%2 == 0 {
		slices.Reverse(ordered)
	}
	return ordered
}
