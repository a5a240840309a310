// Package evidence asks the server what happened: the differences of its own
// counters over a trial, its slow log and its latency events. A duel is
// believed only if these say that each side did what its name says.
//
// Take makes a Snapshot of one node, Since the Delta between two of them, and
// Sum the Delta of a cluster. The package only reads: INFO, SLOWLOG GET and
// LATENCY LATEST, never CONFIG, and nothing that changes the server. It takes
// out what its own snapshots cost; what others cost (a bystander, the PINGs of
// idle connections) the caller takes out with Delta.Without, since only the
// caller knows it.
package evidence

import "time"

// A Command is what the server counted for one command (INFO commandstats).
type Command struct {
	Calls    int64         `json:"calls"`
	Time     time.Duration `json:"time_ns"`            // on the server's only thread
	Rejected int64         `json:"rejected,omitempty"` // refused before they ran (permissions, memory), not part of Calls
	Failed   int64         `json:"failed,omitempty"`   // ran and returned an error, part of Calls
}

// A Slow is an entry of the slow log.
type Slow struct {
	ID       int64         `json:"id"`
	Duration time.Duration `json:"duration_ns"` // of the execution, exact to the microsecond
	Command  string        `json:"command"`     // its name alone, lower-case: arguments may be private
	Args     []string      `json:"-"`           // its name and arguments as the log has them, at most 32 of 128 bytes; hostile
}

// A Delta is what changed on the server between two snapshots, summed over
// the nodes of a cluster.
//
// Since has already taken out what the snapshots themselves cost. Connection
// set-up (HELLO, AUTH, CLIENT) stays in, because a side that connects for each
// command pays for it.
type Delta struct {
	Elapsed time.Duration `json:"elapsed_ns"`
	// Commands holds those that were called or rejected, by lower-case name,
	// "config|get" for a subcommand. What the server does not know, such as
	// CLIENT SETINFO before 7.2, is in no entry although it cost a read.
	Commands map[string]Command `json:"commands"`
	// Reads is how often the server turned to a client's socket to read:
	//
	//   - one for a command that was sent alone;
	//   - one for a pipeline, or more if it is longer than 16 KiB or arrives in
	//     pieces, and likewise for a long argument;
	//   - one for a connection's set-up, if the client pipelines it as rueidis
	//     does;
	//   - one for the end of a connection, the read that finds it closed.
	//
	// So it counts round trips as long as requests are short. After Without it
	// is less by what was taken out, which supposes one read for each command.
	Reads int64 `json:"reads"`
	// Writes is how often the server turned to a client's socket to write:
	// about one for a command sent alone and one for a pipeline. The reply to a
	// command that runs while the snapshot is taken may fall on either side.
	Writes      int64         `json:"writes"`
	Connections int64         `json:"connections"` // accepted
	BytesIn     int64         `json:"bytes_in"`
	BytesOut    int64         `json:"bytes_out"`
	CPU         time.Duration `json:"cpu_ns"` // user and system, of all that the server did
	// Beside is the CPU time that was taken out of CPU for somebody else, by an
	// estimate: see Worked.
	Beside     time.Duration `json:"cpu_beside_ns,omitempty"`
	MemoryPeak int64         `json:"memory_peak_bytes"` // since the server started, not of the trial alone
	Memory     int64         `json:"memory_bytes"`      // in use at the end
	// Slow holds the new entries of the slow log, oldest first, at most 128 of
	// a node.
	Slow []Slow `json:"slow,omitempty"`
	// SlowLost counts new entries that the slow log no longer held.
	SlowLost int64 `json:"slow_lost,omitempty"`
	// Latency maps an event that the latency monitor saw to its longest known
	// duration: the longest since the server started if that one is new, else
	// the latest one, to the millisecond. An event goes unseen if a longer one
	// came before it in the very second of the earlier snapshot.
	Latency map[string]time.Duration `json:"latency,omitempty"`
	// Counters holds the change of every whole number in INFO's stats section,
	// such as evicted_keys, and of the error replies by code, such as
	// errorstat_OOM. One that did not change is left out, and so are the
	// instantaneous ones. A few are levels, such as pubsub_channels, and can
	// fall. Nothing is taken out of them, not even by Without.
	Counters map[string]int64 `json:"counters,omitempty"`
	// Clients is the connections that were open at the end, our own included.
	Clients int64 `json:"clients"`
	// Execution holds how long the server took to run the commands of Commands,
	// by its own latency statistics (INFO latencystats). The server keeps them
	// from its start on, so they cover earlier trials as well, and only the
	// time on its thread: neither queueing nor network. A command that it keeps
	// none for is left out. Of the nodes of a cluster it holds the slowest.
	Execution map[string]Execution `json:"execution,omitempty"`
	// Missing names what the server did not tell, sorted: see Snapshot.Missing.
	Missing []string `json:"missing,omitempty"`
	// Reset says why there are no differences: the server was restarted or its
	// counters were reset in between. All counts are then zero and prove
	// nothing. Empty is the normal case.
	Reset string `json:"reset,omitempty"`
}

// An Execution is the distribution of a command's time on the server's thread.
type Execution struct {
	P50  time.Duration `json:"p50_ns"`
	P99  time.Duration `json:"p99_ns"`
	P999 time.Duration `json:"p999_ns"`
}
