package scenarios

import (
	"math"
	"time"
)

// waitFormula is waitP99 in words.
const waitFormula = "½·W/(c − λW)·ln(C/0.01), with Erlang's C for c connections, halved since all are held for the same W"

// waitP99 is what one request in a hundred waits for a connection in a pool of
// c of which so many are in use on average, when requests come at random and
// each holds its connection equally long.
//
// With random holding times the wait is exponential with mean W/(c − λW) for
// those who wait, whose share is Erlang's C (A. K. Erlang, 1917); with equal
// ones it is about half as long (the P-K formula, exact for one connection).
// It is that of a load that lasts: a trial of a second that begins with an idle
// pool sees somewhat less near the knee, and a host that stalls sees more.
func waitP99(c int, inUse float64, hold time.Duration) time.Duration {
	share := erlangC(c, inUse)
	if share <= 0.01 {
		return 0
	}
	mean := float64(hold) / (float64(c) - inUse)
	return time.Duration(mean / 2 * math.Log(share/0.01))
}

// erlangC is the share of requests that find all of c connections lent, of
// which so many are in use on average; 1 if that is not less than c.
func erlangC(c int, inUse float64) float64 {
	use := inUse / float64(c)
	if use >= 1 {
		return 1
	}
	blocked := 1.0 // Erlang's B, by recursion over the number of connections
	for k := 1; k <= c; k++ {
		blocked = inUse * blocked / (float64(k) + inUse*blocked)
	}
	return blocked / (1 - use*(1-blocked))
}
