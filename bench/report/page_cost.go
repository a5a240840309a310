package report

import (
	"fmt"
	"slices"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// cost shows what the harness itself took of the client's CPU.
func (p *page) cost() {
	p.heading(2, "What measuring costs")
	if len(p.duel.Calibrations) == 0 {
		p.para("The harness's share of the client's CPU: %s. This run did not measure it; a full run does.", quantity.Missing)
		return
	}
	p.para("How much of the client's CPU time was the harness's own and not the client library's: " +
		"waiting until an operation is due and recording it, and the emulated network, which runs in the client's process.")
	p.table("l", []string{"side", "client CPU/op", "generator/op", "emulated network/op", "harness's share (of each turn)"},
		rowsOf(p.duel.Calibrations, func(c bench.Calibration) []string {
			return []string{
				escape(label(c.Side)) + p.why(c), cpuTime(float64(c.Client)), cpuTime(float64(c.Generator)), cpuTime(float64(c.Link)), takenShare(c),
			}
		}))
	p.para("%s", "A process like a trial's replayed the side without the client library: raw bytes, as many and in as many exchanges as the server counted, "+
		"against a peer that only answers, and beside the bystander if the duel has one. It took two turns on the duel's schedule (in a closed loop, on the duel's workers): with an operation that does nothing, "+
		"which is the generator; through the emulated network; and through the same network in another process, which the network's row takes off. "+
		"Most of a share is precise waiting, which spins for its last microseconds. It is a difference of measurements: noise can carry it below 0 or above 100 %.")
}

// why refers to what kept a calibration from giving a number.
func (p *page) why(c bench.Calibration) string {
	if c.Why == "" {
		return ""
	}
	return p.note(c.Why)
}

func cpuTime(ns float64) string { return escape(withUnit(ns, "ns")) }

func takenShare(c bench.Calibration) string {
	if !measuredShare(c) {
		return quantity.Missing
	}
	return fmt.Sprintf("%s (%s to %s)", inPercent(float64(c.Share)), inPercent(float64(c.Low)), inPercent(float64(c.High)))
}

func measuredShare(c bench.Calibration) bool {
	return quantity.Finite(float64(c.Share)) && quantity.Finite(float64(c.Low)) && quantity.Finite(float64(c.High))
}

func inPercent(share float64) string {
	return strings.Replace(fmt.Sprintf("%.0f %%", 100*share), "-", "−", 1)
}

// harness says in a line what the harness took of the clients' CPU, of all
// duels whose numbers are shown.
func harness(r *bench.Result) string {
	var shares []float64
	for i := range r.Duels {
		for _, c := range r.Duels[i].Calibrations {
			if measuredShare(c) && r.Duels[i].Failed == "" {
				shares = append(shares, float64(c.Share))
			}
		}
	}
	const what = "**Cost of measuring:** the harness's own share of the client's CPU per operation: "
	if len(shares) == 0 {
		return what + quantity.Missing
	}
	slices.Sort(shares)
	return what + fmt.Sprintf("%s to %s, half of the sides above %s; each page says how that was measured",
		inPercent(shares[0]), inPercent(shares[len(shares)-1]), inPercent(shares[len(shares)/2]))
}
