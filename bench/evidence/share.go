package evidence

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Sequential is the cost of calls made one at a time, by lower-case command
// name: each one call, one read and one write. Its bytes and connections are
// the caller's to fill in if they are known.
//
// For calls that shared reads, such as those a bystander had due during a
// stall, the reads it gives are an upper bound.
func Sequential(calls map[string]int64) Delta {
	share := Delta{Commands: map[string]Command{}}
	for name, n := range calls {
		share.Commands[name] = Command{Calls: n}
		share.Reads += n
		share.Writes += n
	}
	return share
}

// Control is the share of d that a harness and idle clients caused: every
// INFO, SLOWLOG, LATENCY and CONFIG, and PING as rueidis sends it on each
// connection that was idle for a second; and REPLCONF, with which each replica of
// the server says every second how far it is, and gets no answer. Each is taken to
// have been sent alone. Of their bytes only those of PING are taken out.
//
// rueidis also sends one PING as it closes a connection, and a side that
// connects for each command pays for that: so as many PINGs as connections
// were accepted are not counted as control. Apply it after a bystander's
// connections are taken out. What a side itself calls, by its name or that of its
// container, is no control.
func (d Delta) Control(own ...string) Delta {
	calls := map[string]int64{}
	for name, c := range d.Commands {
		container, _, _ := strings.Cut(name, "|")
		if slices.Contains(own, name) || slices.Contains(own, container) {
			continue
		}
		switch container {
		case "info", "slowlog", "latency", "config", "replconf":
			calls[name] = c.Calls
		case "ping":
			calls[name] = max(0, c.Calls-d.Connections)
		}
	}
	share := Sequential(calls)
	share.Writes -= calls["replconf"]
	share.BytesIn = calls["ping"] * int64(len("*1\r\n$4\r\nPING\r\n"))
	share.BytesOut = calls["ping"] * int64(len("+PONG\r\n"))
	return share
}

// drowned is the part of what was taken out of a server's CPU time that what is
// left has to exceed: two trials of the same reads differ by as much.
const drowned = 0.1

// Worked is CPU in ns; NaN where what is left beside Beside may be no more than
// the error of that estimate.
func (d *Delta) Worked() float64 {
	if d.Beside > 0 && float64(d.CPU) < drowned*float64(d.Beside) {
		return math.NaN()
	}
	return float64(d.CPU)
}

// Without is d less the shares: their commands, reads, writes, connections and
// bytes. Nothing falls below zero. A command's time falls in proportion to its
// calls, since the server cannot tell the callers apart. CPU, memory, the slow
// log, latency events, Counters, and the Execution of what is left stay as they
// are.
func (d Delta) Without(shares ...Delta) Delta {
	d.Commands, d.Execution = maps.Clone(d.Commands), maps.Clone(d.Execution)
	for _, share := range shares {
		for name, c := range share.Commands {
			d.Commands = set(d.Commands, name, d.Commands[name].without(c))
		}
		maps.DeleteFunc(d.Commands, func(_ string, c Command) bool { return c == Command{} })
		maps.DeleteFunc(d.Execution, func(name string, _ Execution) bool {
			_, called := d.Commands[name]
			return !called
		})
		d.Reads = max(0, d.Reads-share.Reads)
		d.Writes = max(0, d.Writes-share.Writes)
		d.Connections = max(0, d.Connections-share.Connections)
		d.BytesIn = max(0, d.BytesIn-share.BytesIn)
		d.BytesOut = max(0, d.BytesOut-share.BytesOut)
	}
	return d
}

// without takes out the calls of share and their part of the time.
func (c Command) without(share Command) Command {
	left := minus(c, share)
	left.Time = 0
	if c.Calls > 0 {
		left.Time = time.Duration(float64(c.Time) * float64(left.Calls) / float64(c.Calls))
	}
	return left
}

// minus subtracts each count and stops at zero.
func minus(a, b Command) Command {
	return Command{
		Calls:    max(0, a.Calls-b.Calls),
		Time:     max(0, a.Time-b.Time),
		Rejected: max(0, a.Rejected-b.Rejected),
		Failed:   max(0, a.Failed-b.Failed),
	}
}
