package peers

import (
	"fmt"
	"strconv"
	"strings"

	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// A contender is a generator and the shape of its load.
type contender struct {
	program         string
	conns, pipeline int
	multiplex       bool
}

// String is the command as far as it is not the same for all.
func (c contender) String() string {
	switch {
	case c.program == redisBenchmark:
		return fmt.Sprintf("%s -c %d -P %d", c.program, c.conns, c.pipeline)
	case c.program == memtier:
		return fmt.Sprintf("%s -c %d --pipeline %d", c.program, c.conns, c.pipeline)
	case c.multiplex:
		return c.program + " --multiplex"
	case c.pipeline > 1:
		return fmt.Sprintf("%s --pipeline %d", c.program, c.pipeline)
	}
	return c.program
}

// A rival is what ours is held against. Zero is no target.
type rival struct {
	contender
	rate float64 // least ratio of our throughput to its
	cpu  float64 // most ratio of our CPU time for a command to its
}

// A match holds ours against rivals.
type match struct {
	what   string
	ours   contender
	rivals []rival
}

// matches are what is measured. The first is of the same 50 callers as the last,
// which the others cannot put on one connection.
var matches = []match{
	{"50 connections × 1", contender{ours, 50, 1, false}, []rival{
		{contender: contender{redisBenchmark, 50, 1, false}, rate: 1.5},
		{contender: contender{memtier, 50, 1, false}, cpu: 1},
	}},
	{"50 connections × 32", contender{ours, 50, 32, false}, []rival{
		{contender: contender{redisBenchmark, 50, 32, false}, rate: 1.2},
		{contender: contender{memtier, 50, 32, false}},
	}},
	{"50 callers on 1 connection", contender{ours, 50, 1, true}, []rival{
		{contender: contender{redisBenchmark, 50, 1, false}, rate: 2.2},
		{contender: contender{redisBenchmark, 1, 50, false}},
		{contender: contender{memtier, 1, 50, false}},
	}},
}

// flags are those of `redisduel load`.
func (c contender) flags() []string {
	flags := []string{"--conns", strconv.Itoa(c.conns), "--pipeline", strconv.Itoa(c.pipeline), "--warmup", "0s"}
	if c.multiplex {
		flags = append(flags, "--multiplex")
	}
	return flags
}

// judged are the measures with their targets.
func (m match) judged(values map[string][]Way) []Measure {
	rate := Measure{What: m.what + ": throughput", Unit: "commands/s", Ways: values["rate"]}
	cpu := Measure{What: m.what + ": CPU of a command", Unit: "ns", Ways: values["cpu"]}
	rate.Note = m.busy(&rate, &cpu, &Measure{Ways: values["server"]})
	for _, v := range m.rivals {
		faster := Comparison{Of: m.ours.String(), Against: v.String(), Scale: stats.Ratio}
		lighter := faster
		if v.rate > 0 {
			faster.Min = bound(v.rate)
		}
		if v.cpu > 0 {
			lighter.Max = bound(v.cpu)
		}
		rate.Comparisons, cpu.Comparisons = append(rate.Comparisons, faster), append(cpu.Comparisons, lighter)
	}
	return []Measure{rate, cpu}
}

// allOfACore is what the server's one thread takes of a core when it never waits,
// less what it is measured by.
const allOfACore = 0.97

// busy says how many cores each generator and the server kept busy: the CPU time
// of a command times the commands a second, of the medians; and that the server
// was the limit of ours if it alone had no time left. Where the system does not
// tell the CPU time of the server it says nothing.
func (m match) busy(rate, cpu, server *Measure) string {
	var parts []string
	limit := ""
	for _, w := range rate.Ways {
		cores := func(m *Measure) float64 { return m.Median(w.Name) * rate.Median(w.Name) / 1e9 }
		if !quantity.Finite(cores(server)) {
			return ""
		}
		if w.Name == m.ours.String() && cores(server) >= allOfACore && cores(cpu) < allOfACore {
			limit = ". The server's one thread had no time left: it was the limit, and not " + w.Name
		}
		parts = append(parts, fmt.Sprintf("%s %s + %s", w.Name, quantity.Times(cores(cpu)), quantity.Times(cores(server))))
	}
	return "Cores kept busy by generator + server, " + m.what + ": " + strings.Join(parts, "; ") + limit
}
