package peers

import (
	"fmt"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// A meter reads the CPU time, in ns, that all who take part in an exchange have
// used so far. NaN is unknown.
type meter func() float64

// meter is that of a way: this process, the server, and the process in between
// if there is one.
func (r *run) meter(p *paths, way string) meter {
	pids := []int{r.server.PID()}
	if between := p.between[way]; between != nil {
		pids = append(pids, between.cmd.Process.Pid)
	}
	return func() float64 {
		used := float64(bench.CPUTime())
		for _, pid := range pids {
			used += cpuOf(pid)
		}
		return used
	}
}

// allows says, for each target of a closed loop's throughput, what CPU an
// exchange may take on so many cores if the target is to be met, and what it took.
func allows(rate, cpu *Measure, depth, cores int) string {
	var said []string
	for _, c := range rate.Comparisons {
		took, alone := cpu.Median(c.Of), cpu.Median(direct)
		if c.Min == nil || !quantity.Finite(took) || !quantity.Finite(alone) {
			continue
		}
		wanted := *c.Min * rate.Median(c.Against)
		budget := float64(cores) * 1e9 * float64(depth) / wanted
		said = append(said, fmt.Sprintf("In the %s, the target is %s, %s of %s. On %d cores that leaves %s of CPU for an exchange, if nothing ever waits. By %s one took %s, of which the direct connection takes %s.%s",
			rate.What, quantity.Format(wanted, rate.Unit), quantity.Ratio(*c.Min), c.Against, cores, quantity.Nanoseconds(budget),
			c.Of, quantity.Nanoseconds(took), quantity.Nanoseconds(alone), ruling(took, budget)))
	}
	return strings.Join(said, " ")
}

// ruling says what follows from an exchange that took so much of a budget.
func ruling(took, budget float64) string {
	if took <= budget {
		return ""
	}
	return " This machine cannot meet the target."
}
