package bench

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"redisduel/bench/load"
	"redisduel/bench/quantity"
)

// doubts are what a reader should know before believing the numbers, each one
// sentence; the report prints them as footnotes.
func (d *Duel) doubts() []string {
	var all []string
	for _, doubt := range []string{
		d.rttDoubt(), d.stallDoubt(), d.lossDoubt(), d.trialDoubt(), d.lateDoubt(), d.roundsDoubt(),
	} {
		if doubt != "" {
			all = append(all, doubt)
		}
	}
	return all
}

// rttDoubt is due when the network was slower than asked for by more than 5 %
// and 0.1 ms: the reader who asked for 1 ms must not divide by it.
func (d *Duel) rttDoubt() string {
	off := d.RTTMeasured - d.RTT
	if off < 100*time.Microsecond || float64(off) < 0.05*float64(d.RTT) {
		return ""
	}
	return fmt.Sprintf("asked for a round trip of %s, measured %s, the server's own time included.", quantity.Asked(d.RTT), quantity.Span(d.RTTMeasured))
}

// stallDoubt is due when a closed loop hid a stall: the workers waited, no op
// fell due meanwhile, and one sample each stands for all that users would have
// sent.
func (d *Duel) stallDoubt() string {
	if d.Load.Mode == load.Open {
		return ""
	}
	for _, side := range []string{Pattern, AntiPattern} {
		for _, t := range d.of(side) {
			if stall, ok := hiddenStall(t.Load); ok {
				return fmt.Sprintf("one op of the %s took %s while the median took %s: a closed loop sends nothing during a stall and shows it as one sample for each worker, so its percentiles say nothing about what users would feel.",
					sideName(side), quantity.Span(stall), quantity.Span(t.Load.Response.At(0.5)))
			}
		}
	}
	return ""
}

// hiddenStall reports the longest op of a closed loop if it is out of all
// proportion: a hundred times the median, and at least 100 ms.
func hiddenStall(r *load.Result) (time.Duration, bool) {
	longest := r.Response.Max()
	return longest, longest >= 100*time.Millisecond && longest >= 100*r.Response.At(0.5)
}

func (d *Duel) lossDoubt() string {
	var failed, unknown int64
	for _, t := range d.Trials {
		if t.Load != nil {
			failed += t.Load.Failed
			unknown += t.Load.Unknown
		}
	}
	if failed+unknown == 0 {
		return ""
	}
	return fmt.Sprintf("%d ops failed and of %d nobody knows whether they happened; they are in no percentile.", failed, unknown)
}

func (d *Duel) trialDoubt() string {
	lost, why := 0, ""
	for _, t := range d.Trials {
		if t.Outcome != Completed {
			lost++
			why = cmp.Or(why, t.Why)
		}
	}
	if lost == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d trials did not finish and their rounds do not count; the first one because: %s.", lost, len(d.Trials), why)
}

// lateDoubt is due when a disturbed host made the generator late: response times
// of such a trial contain its lateness, so its round is left out, whichever side
// it would have helped.
func (d *Duel) lateDoubt() string {
	disturbed, all := d.disturbed()
	if disturbed == 0 {
		return ""
	}
	return fmt.Sprintf("in %d of %d rounds the generator was late (p99 of lateness above 1 ms, or a process that began more than 10 ms after the moment that was ordered) because the host was busy; for times and rates they do not count.", disturbed, all)
}

// roundsDoubt is due when the interval rests on so few rounds that it is wide
// for that reason alone: Student's t is 4.3 for three rounds and 2.4 for
// eight. Rounds that the rule ended are enough by that rule.
func (d *Duel) roundsDoubt() string {
	if n := d.Comparison.Rounds; n < 5 && d.Stopped == "" && !math.IsNaN(float64(d.Comparison.Effect.Estimate)) {
		return fmt.Sprintf("the interval rests on %d rounds and is wide for that reason alone; run at least 5.", n)
	}
	return ""
}
