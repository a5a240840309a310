package generator

import (
	"fmt"
	"time"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/quantity"
)

// Schema is the version of Result's JSON.
const Schema = 1

// A Result is what a load did, without loss: its histograms can be merged with
// those of other processes. Times are in ns. It is what `redisduel load --json`
// prints, with the numbers that people look for in Summary.
type Result struct {
	// Name is what errors call it, such as that of its file.
	Name string `json:"-"`

	Schema  int       `json:"load_schema"`
	Version string    `json:"version,omitempty"` // of redisduel
	RunID   string    `json:"run_id"`
	Args    []string  `json:"args,omitempty"` // without what is secret
	Started time.Time `json:"started"`
	// Partial says why the load ended before its time, if it did.
	Partial string  `json:"partial,omitempty"`
	Parts   int     `json:"parts"` // results that were merged into this one
	Spec    Spec    `json:"spec"`
	Summary Summary `json:"summary"`
	// Warnings say what makes the numbers less than they seem, each a sentence.
	Warnings []string `json:"warnings,omitempty"`
	Search   *Found   `json:"search,omitempty"` // the rate that meets an objective; the rest is then of a trial at that rate

	Host   bench.Host    `json:"host"`
	Server bench.Server  `json:"server"`
	RTT    time.Duration `json:"rtt_measured_ns"` // median of PINGs before the load, at the most of any part
	// Clock compares the server's clock with the generator's, before the load; nil
	// if the server does not tell its time, and of merged results.
	Clock *bench.ServerClock `json:"clock,omitempty"`
	// Spread is how far apart the clocks of merged results were; nil if that is
	// not known.
	Spread *Spread `json:"clocks,omitempty"`
	// Late is how long after StartAt the load could begin.
	Late      time.Duration `json:"late_ns,omitempty"`
	Load      *load.Result  `json:"load"`
	Nils      int64         `json:"nil_answers"` // of all commands, warm-up included: the key was not there
	Generator Generation    `json:"generator"`
	// Evidence is what the server, or all primaries of a cluster together, counted
	// meanwhile, warm-up included and without our own look at it; nil with the
	// reason in Unproven, and of merged results.
	Evidence *evidence.Delta `json:"evidence,omitempty"`
	Unproven string          `json:"unproven,omitempty"`
	// Nodes is the Evidence of each primary of a cluster, in the order of their
	// slots; nil of a single server, and where there is no Evidence.
	Nodes []Node `json:"nodes,omitempty"`
}

// A Generation is what the generating processes took, warm-up included.
type Generation struct {
	CPU   time.Duration `json:"cpu_ns"`  // of all of them
	Wall  time.Duration `json:"wall_ns"` // the longest
	Procs int           `json:"procs"`   // processors that they were allowed, in all (GOMAXPROCS)
	// Memory is the most bytes that one of them had resident, from its start on; 0
	// is not known.
	Memory int64 `json:"peak_memory_bytes,omitempty"`
}

// Busy is the share of the allowed processors' time that was used.
func (g Generation) Busy() float64 {
	if g.Wall <= 0 || g.Procs == 0 {
		return 0
	}
	return g.CPU.Seconds() / g.Wall.Seconds() / float64(g.Procs)
}

// commands is how many commands were sent, warm-up included.
func (r *Result) commands() int64 { return r.Load.Attempts * int64(r.Spec.Pipeline) }

// Failures is the ops of the measured phase without a right answer.
func (r *Result) Failures() int64 { return r.Load.Failed + r.Load.Unknown }

// Others is how many commands the server counted besides ours; ok is false if it
// did not say. Below zero it ran fewer than we sent.
func (r *Result) Others() (n int64, ok bool) {
	if r.Evidence == nil || len(r.Evidence.Commands) == 0 {
		return 0, false
	}
	all := int64(0)
	for _, c := range r.Evidence.Commands {
		all += c.Calls
	}
	return all - r.commands(), true
}

// Alone tells whether the server counted our commands and, within one in a
// thousand, no others, so that its other counters speak of us.
func (r *Result) Alone() bool {
	n, ok := r.Others()
	return ok && n <= r.commands()/1000
}

// ServerBusy is the share of a processor that the server used, or the busiest
// primary of a cluster; 0 if it did not say.
func (r *Result) ServerBusy() (most float64) {
	if r.Evidence == nil {
		return 0
	}
	if r.Nodes == nil {
		return Node{Evidence: *r.Evidence}.Busy()
	}
	for _, n := range r.Nodes {
		most = max(most, n.Busy())
	}
	return most
}

// ceiling is the share of its processors above which a process has none to spare.
const ceiling = 0.95

// Finish computes Summary and Warnings from the rest.
func (r *Result) Finish() {
	r.Summary = summarize(r)
	r.Warnings = nil
	warn := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	if why, limited := r.Load.GeneratorLimited(); limited {
		warn("The generator and not the server was the limit, so that response times are partly its own: %s. Lower the rate, or share it among processes with --share.", why)
	}
	if why, saturated := r.Load.Saturated(); saturated {
		warn("The rate is more than the server answers with %d ops in flight, so that response times grow with the duration: %s.", r.Spec.Conns, why)
	}
	if busy := r.Generator.Busy(); busy >= ceiling && r.ServerBusy() < ceiling {
		warn("The generator used %.0f %% of the processors it may use (%d) and may have been the limit, not the server: allow it more with --procs, or share the load among machines with --share.", 100*busy, r.Generator.Procs)
	}
	if r.Late > 0 {
		warn("The load was not ready at --start-at: it began %v late.", r.Late.Round(time.Millisecond))
	}
	if n, ok := r.Others(); ok && n < 0 {
		warn("The server counted %d commands fewer than were sent.", -n)
	}
	if n := r.Load.Errors["WRONGTYPE"]; n > 0 && !r.Spec.Unseeded {
		warn("The keys hold strings before the load, and the command wants something else: --no-seed leaves them away.")
	}
	if r.Nils > 0 && r.Spec.checked() {
		warn("%s were nil although their keys had been written: somebody removed them meanwhile, or the server's memory is full.", quantity.Format(float64(r.Nils), "replies"))
	}
	if r.Parts > 1 {
		if text := r.Spread.warning(r.Spec.Duration); text != "" {
			warn("%s", text)
		}
	}
	if r.Unproven != "" {
		warn("What the server counted is not known: %s.", r.Unproven)
	}
	if r.Partial != "" {
		warn("The load ended before its time: %s.", r.Partial)
	}
}
