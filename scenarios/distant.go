package scenarios

import (
	"time"

	"redisduel/bench"
)

// DistantRTT is the round trip at which several claims about Redis are stated:
// across an ocean and back by way of a slow provider.
const DistantRTT = 250 * time.Millisecond

// DistantDir is where the duels at DistantRTT lie in a report's directory.
const DistantDir = "at-250ms"

// Distant returns the duels that the claims about DistantRTT are judged by.
func Distant() []bench.Scenario {
	return []bench.Scenario{handshakes(), widePool(), twinsOnly(pipeline())}
}

// Known returns every scenario that a name may stand for: All, and those that
// only the claims need.
func Known() []bench.Scenario { return append(All(), handshakes(), widePool()) }

// distantTrial is how long a closed loop measures, so that an op of some round
// trips fits into it several times.
func distantTrial(set bench.Setting, roundTrips int) time.Duration {
	return max(set.Duration, time.Duration(roundTrips)*set.RTT)
}
