package antipatterns

import (
	"math"
	"time"
)

// DefaultPoolSize is the number of connections for a load that is not known.
const DefaultPoolSize = 50

// mostConnections is the server's own limit, unless its maxclients was changed.
const mostConnections = 10_000

// PoolSize returns the number of connections for a load: requests per second,
// each of which holds a connection for so long, the network's round trip
// included. It is at least 1, at most the server's usual limit of 10,000, and
// DefaultPoolSize for a load that is not known, which is 0.
//
// What is wrong: it provides for the average, arrivals per second times the
// seconds that each stays, and for nothing above it. Requests arrive in
// bunches, and with nearly all connections busy all the time each bunch waits
// for the one before it: many times as long as a request takes, while the
// server idles. No harm is done where requests come at an even pace, as from a
// fixed number of workers that each wait for their answer: those need a
// connection each, and no more.
func PoolSize(perSecond float64, hold time.Duration) int {
	inUse := perSecond * float64(hold) / float64(time.Second)
	if !(inUse > 0) { // also when it is not a number
		return DefaultPoolSize
	}
	const rounding = 1e-9 // so that 0.1·30 s is no more than 3
	return int(min(math.Ceil(inUse-rounding), mostConnections))
}
