package patterns

import (
	"math"
	"time"
)

// DefaultPoolSize is the number of connections for a load that is not known.
// It serves some 30,000 requests a second that hold a connection for a
// millisecond each.
const DefaultPoolSize = 50

// headroom is how many connections there are for each that is in use on
// average, so that two thirds of them are busy.
const headroom = 1.5

// mostConnections is the server's own limit, unless its maxclients was changed.
const mostConnections = 10_000

// PoolSize returns the number of connections for a load: requests per second,
// each of which holds a connection for so long, from the first byte sent to the
// last one received, the network's round trip included. It is at least 1, at
// most the server's usual limit of 10,000, and DefaultPoolSize for a load that
// is not known, which is 0.
//
// Little's law says how many are in use on average: arrivals per second times
// the seconds that each stays (J. D. C. Little, "A Proof for the Queuing
// Formula: L = λW", Operations Research 9, 1961). Requests arrive in bunches,
// and with just the average the line of those that wait grows without end:
// hence the headroom of 1.5. Chance evens out in large numbers. Of requests that
// come at random, 17 % still wait with an average of 5 connections in use, 10 %
// with 10, 3 % with 20 and 0.1 % with 50 (Erlang's formula, for holding times
// as random as the arrivals; even ones wait half as long): a small pool may
// want more headroom, one of hundreds can do with less.
//
// The common wording, "concurrent requests times duration times 1.5", is wrong.
// Concurrent requests times seconds are no connections but connection-seconds:
// 100 concurrent requests of 2 ms would make 0.3 connections, while they hold
// 100. Concurrency is already arrivals times duration; what the formula
// multiplies by the duration has to be a rate.
func PoolSize(perSecond float64, hold time.Duration) int {
	inUse := perSecond * float64(hold) / float64(time.Second)
	if !(inUse > 0) { // also when it is not a number
		return DefaultPoolSize
	}
	const rounding = 1e-9 // so that 0.1·30 s is no more than 3
	return int(min(math.Ceil(inUse*headroom-rounding), mostConnections))
}
