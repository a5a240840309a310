package bench

import (
	"context"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
)

// sampleStep is how often INFO is asked for during a trial: a twentieth of a
// second shows a ramp, and costs the server a tenth of a millisecond each.
const sampleStep = 50 * time.Millisecond

// A Sample is what INFO said at a moment of a trial, added up over the nodes.
type Sample struct {
	At     time.Duration      `json:"at_ns"` // since the start of the load, warm-up included
	Values map[string]float64 `json:"values"`
}

// sample follows the scenario's Samples from a moment on until the function it
// returns is called, which returns what was seen, and what bytes asking took of
// each node. An answer that does not come leaves a gap.
func (g *ring) sample(ctx context.Context, from time.Time) (stop func() ([]Sample, []evidence.Delta)) {
	names, shares := g.scenario.Samples, make([]evidence.Delta, len(g.nodes))
	if len(names) == 0 {
		return func() ([]Sample, []evidence.Delta) { return nil, shares }
	}
	ctx, cancel := context.WithCancel(ctx)
	var seen []Sample
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(sampleStep)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				if values := fields(ctx, g.nodes, names, shares); values != nil && now.After(from) {
					seen = append(seen, Sample{At: now.Sub(from), Values: values})
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() ([]Sample, []evidence.Delta) {
		cancel()
		<-ended
		return seen, shares
	}
}

// fields is the sum over the nodes; nil if one of them does not answer. It adds the
// bytes that asking each took to its share.
func fields(ctx context.Context, nodes []rueidis.Client, names []string, shares []evidence.Delta) map[string]float64 {
	sum := map[string]float64{}
	for i, node := range nodes {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		numbers, share, err := evidence.Sampled(ctx, node, names...)
		cancel()
		if err != nil {
			return nil
		}
		shares[i] = evidence.Sum(shares[i], share)
		for name, n := range numbers {
			sum[name] += n
		}
	}
	return sum
}
