package netem_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"redisduel/bench/netem"
)

// TestTheRoundTripIsTheOneAskedFor holds the median of exchanges against the
// round trip and what the same exchanges take without a link at the same time:
// a host that is busy delays both. The best of some attempts counts, since it
// may not delay both alike. Elsewhere than on Linux the clock is coarser.
func TestTheRoundTripIsTheOneAskedFor(t *testing.T) {
	address := serveGets(t)
	one := drive{name: "idle", conns: 1, depth: 1, every: 5 * time.Millisecond}
	for _, rtt := range []time.Duration{time.Millisecond, 4 * time.Millisecond} {
		allowed := 100*time.Microsecond + rtt/50
		least := time.Hour
		for range 5 {
			var direct, through []time.Duration
			var both sync.WaitGroup
			both.Go(func() { direct = one.run(t, netem.Link{}, address) })
			both.Go(func() { through = one.run(t, netem.Link{RTT: rtt}, address) })
			both.Wait()
			slices.Sort(direct)
			slices.Sort(through)
			if through[0] < rtt {
				t.Errorf("an exchange took %v, less than the round trip of %v", through[0], rtt)
			}
			least = min(least, quantile(through, 0.5)-quantile(direct, 0.5)-rtt)
			if least <= allowed {
				break
			}
		}
		if least > allowed {
			t.Errorf("the median of a round trip of %v is %v too long, want %v at most", rtt, least, allowed)
		}
	}
}
