package scenarios

import (
	"fmt"
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// hotSweeps ask how many copies of a value even out its reads, and when a counter
// in parts costs the busiest node more than one key does.
func hotSweeps() []bench.Sweep {
	return []bench.Sweep{{
		Name: "copies", Parameter: "copies of the hot key", Values: []float64{1, 2, 3, 6, 12},
		At: func(copies float64) bench.Scenario { return hotKeyOf(int(copies)) },
		Predict: func(_ bench.Setting, copies float64) (pattern, antipattern float64) {
			return unevenness(int(copies)), hotNodes
		},
		Formula: "K copies in the middle of K equal slices of the slots: the copies on the fullest of M = 3 equal nodes · M/K, against M for one key",
	}, {
		Name: "reads", Parameter: "share of reads of a counter in 6 parts", Unit: "%", Linear: true, Values: []float64{0, 20, 40, 60, 80},
		At: func(share float64) bench.Scenario { return visitsOf(6, share/100) },
		Predict: func(_ bench.Setting, share float64) (pattern, antipattern float64) {
			return busiestCalls(6, share/100), 1
		},
		Formula: countFormula + "; they break even at r = 40 %",
	}, {
		Name: "parts", Parameter: "parts of a counter of whose calls 25 % are reads", Values: []float64{3, 6, 9, 12, 24},
		At: func(parts float64) bench.Scenario { return visitsOf(int(parts), 0.25) },
		Predict: func(_ bench.Setting, parts float64) (pattern, antipattern float64) {
			return busiestCalls(int(parts), 0.25), 1
		},
		Formula: countFormula + "; they break even at K = 9",
	}}
}

// unevenness is the imbalance of K copies, read in turn, on equal nodes.
func unevenness(copies int) float64 {
	var on [hotNodes]int
	fullest := 0
	for i := range copies {
		node := hotNodes * (2*i + 1) / (2 * copies) // that of the middle of slice i
		on[node]++
		fullest = max(fullest, on[node])
	}
	return float64(fullest*hotNodes) / float64(copies)
}

// hotPredictions are the even spread, the bytes, and the queue for the link.
func hotPredictions(set bench.Setting, nodes, copies int, even float64) []bench.Prediction {
	spread := fmt.Sprintf("the copies on the fullest of M nodes · M/K, with K = %d and M = %d", copies, nodes)
	if set.Primaries != nil {
		spread = "1: the nodes are read in turn, whatever slots they own"
	}
	return slices.Concat([]bench.Prediction{
		{Side: bench.Pattern, Metric: hotUneven, Value: stats.Float(even), Formula: spread},
		{Side: bench.AntiPattern, Metric: hotUneven, Value: stats.Float(nodes), Formula: fmt.Sprintf("M: one of %d nodes takes all", nodes)},
	}, nodePredictions(set, bench.Pattern, even/float64(nodes)), nodePredictions(set, bench.AntiPattern, 1), stalePredictions())
}

// nodePredictions are what a side's busiest node does that serves a share of the
// hot reads. Its queue is that of Poisson arrivals of hot replies, each D long.
// In turn they come more evenly to each of the copies, so that on a cluster the
// pattern's wait is a ceiling.
func nodePredictions(set bench.Setting, side string, share float64) []bench.Prediction {
	hot := share * hotLoad(set).Rate * hotRate / (hotRate + otherRate)
	d := hotOnLink()
	use := hot * d.Seconds()
	wait := set.RTT + time.Duration(waitQuantile(use, 0.99)*float64(d))
	return []bench.Prediction{
		{Side: side, Metric: hotOtherWait, Value: ns(wait), Formula: fmt.Sprintf("R + the 99th percentile of the wait in an M/D/1 queue of the hot replies, D = %s each on the link, at %.0f %% use", quantity.Span(d), 100*use)},
		{Side: side, Metric: hotBytes, Value: stats.Float(sentPerOp(share)), Formula: sentFormula},
	}
}

// hotOnLink is how long a node's link takes for the hot value.
func hotOnLink() time.Duration {
	return time.Duration(float64(hotReply) / float64(hotLink) * float64(time.Second))
}

// sentPerOp is the bytes that a node with the other keys sends for each op, if it
// serves a share of the hot reads.
func sentPerOp(share float64) float64 {
	return share*float64(hotReply)/4 + 0.75*float64(otherSize+len("$64\r\n\r\n"))
}

const sentFormula = "¼ of a hot reply · the node's share, and ¾ of a small one"
