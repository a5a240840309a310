package peers

import (
	"time"

	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// bounded is by how much peak memory may grow over the duration: a heap that is
// collected now and then has no exact size.
const bounded = 1.25

// A Growth is a size of a load, and what it cost the harness in each round.
type Growth struct {
	Of     string  `json:"of"` // what grows
	Size   float64 `json:"size"`
	Unit   string  `json:"unit"`
	Trials []Grown `json:"trials"`
}

// A Grown is one trial.
type Grown struct {
	Memory int64         `json:"memory_bytes"` // the most that was resident
	CPU    time.Duration `json:"cpu_ns"`       // of the process while it drove the load
	Wall   time.Duration `json:"wall_ns"`
	Extra  time.Duration `json:"extra_ns"` // of Wall beyond the load: start, seeding, cleaning up
	Ops    int64         `json:"ops"`
}

// Label is the size in words.
func (g *Growth) Label() string {
	if g.Unit == "ns" {
		return quantity.Asked(time.Duration(g.Size))
	}
	return quantity.Number(g.Size)
}

// Each is one quantity of each trial.
func (g *Growth) Each(of func(Grown) float64) (all []float64) {
	for _, t := range g.Trials {
		all = append(all, of(t))
	}
	return all
}

// Series are the sizes of each thing that grows, in order.
func (r *Result) Series() (series [][]Growth) {
	for _, g := range r.Growth {
		if last := len(series) - 1; last >= 0 && series[last][0].Of == g.Of {
			series[last] = append(series[last], g)
		} else {
			series = append(series, []Growth{g})
		}
	}
	return series
}

// Memory holds the peak memory of each size of a series against that of the
// first; over the duration there is a target for the last.
func Memory(series []Growth) Measure {
	m := Measure{What: "peak memory over the " + series[0].Of, Unit: "B"}
	for i := range series {
		w := Way{Name: series[i].Label()}
		for _, v := range series[i].Each(func(t Grown) float64 { return float64(t.Memory) }) {
			w.Rounds = append(w.Rounds, stats.Float(v))
		}
		m.Ways = append(m.Ways, w)
	}
	m.Comparisons = versus(m.Ways, m.Ways[0].Name, stats.Ratio)
	if last := len(m.Comparisons) - 1; last >= 0 && series[0].Of == duration {
		m.Comparisons[last].Max = bound(bounded)
	}
	return m
}
