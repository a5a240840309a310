// Package evidence asks the server what happened: the differences of its own
// counters over a trial, its slow log and its latency events. A duel is
// believed only if these say that each side did what its name says.
package evidence

import "time"

// A Command is what the server counted for one command (INFO commandstats).
type Command struct {
	Calls    int64         `json:"calls"`
	Time     time.Duration `json:"time_ns"` // on the server's only thread
	Rejected int64         `json:"rejected,omitempty"`
	Failed   int64         `json:"failed,omitempty"`
}

// A Slow is an entry of the slow log.
type Slow struct {
	ID       int64         `json:"id"`
	Duration time.Duration `json:"duration_ns"`
	Command  string        `json:"command"` // its name alone: arguments may be private
}

// A Delta is what changed on the server between two snapshots, summed over
// the nodes of a cluster.
type Delta struct {
	Elapsed     time.Duration      `json:"elapsed_ns"`
	Commands    map[string]Command `json:"commands"` // by lower-case name, "config|get" for a subcommand
	Reads       int64              `json:"reads"`    // read system calls on client sockets
	Writes      int64              `json:"writes"`
	Connections int64              `json:"connections"` // accepted
	BytesIn     int64              `json:"bytes_in"`
	BytesOut    int64              `json:"bytes_out"`
	CPU         time.Duration      `json:"cpu_ns"` // user and system
	MemoryPeak  int64              `json:"memory_peak_bytes"`
	Memory      int64              `json:"memory_bytes"` // in use at the end
	Slow        []Slow             `json:"slow,omitempty"`
	// Latency maps an event of the latency monitor to its longest duration
	// since the server started.
	Latency map[string]time.Duration `json:"latency,omitempty"`
}
