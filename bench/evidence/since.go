package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Since is what changed on the node since the earlier snapshot of the same
// node, what the snapshots themselves cost taken out; since the zero Snapshot,
// all that happened since the server started or its counters were reset. Two snapshots with
// nothing in between differ in nothing. A restart or a reset of the counters
// in between is told by Delta.Reset; it goes unseen only if every counter has
// since overtaken its old value, the count of INFO calls included.
func (s Snapshot) Since(before Snapshot) Delta {
	now, then := s.first, before.last
	d := Delta{
		Elapsed:    now.at.Sub(then.at),
		Commands:   map[string]Command{},
		Memory:     now.count("used_memory"),
		MemoryPeak: now.count("used_memory_peak"),
		Clients:    now.count("connected_clients"),
		Missing:    union(s.missing, before.missing),
	}
	if d.Reset = resetBetween(now, then); d.Reset != "" {
		return d
	}
	d.count(now, then)
	d.Slow, d.SlowLost = newSlow(s.slow, before.slow)
	d.Latency = newEvents(s.latency, before.latency)
	return d.Without(ownCost(then))
}

func (d *Delta) count(now, then info) {
	change := func(name string) int64 { return now.stats[name] - then.stats[name] }
	d.Reads = change("total_reads_processed")
	d.Writes = change("total_writes_processed")
	d.Connections = change("total_connections_received")
	d.BytesIn = change("total_net_input_bytes")
	d.BytesOut = change("total_net_output_bytes")
	d.CPU = now.cpu() - then.cpu()
	for name, c := range now.commands {
		if c = minus(c, then.commands[name]); c != (Command{}) {
			d.Commands[name] = c
		}
	}
	for name := range d.Commands {
		if took, ok := now.execution[name]; ok {
			d.Execution = set(d.Execution, name, took)
		}
	}
	d.Counters = map[string]int64{}
	for name := range now.stats {
		if n := change(name); n != 0 {
			d.Counters[name] = n
		}
	}
}

// ownCost is what lies between two snapshots of our own: the call and the
// reply of the first one's last INFO, and the request of the next one's first.
func ownCost(then info) Delta {
	own := Sequential(map[string]int64{"info": 1})
	own.BytesIn = int64(len("*2\r\n$4\r\nINFO\r\n$3\r\n" + infoSection + "\r\n"))
	own.BytesOut = int64(len("$\r\n\r\n") + len(strconv.Itoa(then.size)) + then.size)
	return own
}

// growing are the counters that only a restart or CONFIG RESETSTAT sets back.
func growing() []string {
	return []string{
		"total_connections_received", "total_commands_processed",
		"total_reads_processed", "total_writes_processed",
		"total_net_input_bytes", "total_net_output_bytes",
		"expired_keys", "evicted_keys", "keyspace_hits", "keyspace_misses", "rejected_connections",
	}
}

// resetBetween says why the two cannot be subtracted, or nothing.
func resetBetween(now, then info) string {
	if a, b := then.fields["run_id"], now.fields["run_id"]; a != b && a != "" && b != "" {
		return "the server was restarted or replaced between the snapshots: its run_id changed"
	}
	for _, name := range growing() {
		if a, b := then.stats[name], now.stats[name]; b < a {
			return fmt.Sprintf("the server's counters were reset between the snapshots: %s fell from %d to %d", name, a, b)
		}
	}
	if now.cpu() < then.cpu() {
		return "the server was restarted between the snapshots: its CPU time fell"
	}
	return commandsReset(now.commands, then.commands)
}

// commandsReset looks for a command whose counts fell. The calls of INFO must
// have grown by our own one. The call of CONFIG RESETSTAT itself survives the
// reset, so that its count rises where others may have been overtaken; since the
// zero Snapshot, which has not even an INFO, no reset is between.
func commandsReset(now, then map[string]Command) string {
	const reset = "the server's counters were reset between the snapshots: "
	if len(then) > 0 && now["config|resetstat"].Calls > then["config|resetstat"].Calls {
		return reset + "CONFIG RESETSTAT was called"
	}
	for _, name := range slices.Sorted(maps.Keys(then)) {
		a, b := then[name], now[name]
		if name == "info" {
			a.Calls++
		}
		if b.Calls < a.Calls || b.Time < a.Time || b.Rejected < a.Rejected || b.Failed < a.Failed {
			return reset + fmt.Sprintf("those of %q fell", name)
		}
	}
	return ""
}

// newSlow returns the entries that came after those of before, oldest first,
// and how many more there must have been.
func newSlow(now, before []Slow) (entries []Slow, lost int64) {
	if len(before) == 0 || len(now) == 0 {
		entries = slices.Clone(now) // ids of an emptied log go on where they were: nothing is known to be lost
	} else {
		last := before[0].ID
		entries = slices.DeleteFunc(slices.Clone(now), func(e Slow) bool { return e.ID <= last })
		lost = max(0, now[0].ID-last-int64(len(entries)))
	}
	slices.Reverse(entries)
	return entries, lost
}

// newEvents returns the events that happened after before was taken. The
// server keeps the longest of each second, so that an event goes unseen if a
// longer one came before it in the very second of the earlier snapshot.
func newEvents(now, before map[string]event) map[string]time.Duration {
	longest := map[string]time.Duration{}
	for name, e := range now {
		switch then := before[name]; {
		case e.max > then.max:
			longest[name] = e.max
		case e != then:
			longest[name] = e.latest
		}
	}
	return longest
}

// union is the sorted set of the names in both.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
