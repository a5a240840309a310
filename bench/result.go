package bench

import (
	"time"

	"redisduel/bench/evidence"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// Schema is the version of results.json that this package writes and reads.
const Schema = 1

// A Result is everything one run found, and all that a report is made from.
// Durations are integers in nanoseconds; a number that does not exist is null.
type Result struct {
	Schema   int           `json:"schema"`
	Version  string        `json:"version"` // of redisduel
	RunID    string        `json:"run_id"`
	Started  time.Time     `json:"started"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	Args     []string      `json:"args"`              // the command line that repeats the run, seed included
	Partial  string        `json:"partial,omitempty"` // why the run did not finish; empty when it did
	Settings Settings      `json:"settings"`
	Host     Host          `json:"host"`
	// Merged describes the runs that this result was merged from, if it was.
	Merged []string `json:"merged,omitempty"`
	Duels  []Duel   `json:"duels"`
	// Skipped are the scenarios that were asked for and left out.
	Skipped []Skipped `json:"skipped,omitempty"`
	// Sweeps are earlier ones on the same host, which its reports draw on.
	Sweeps []SweepResult `json:"sweeps,omitempty"`
	// Claims are statements that circulate, held against the duels.
	Claims *Ledger `json:"claims,omitempty"`
	// Beside are pages about the harness itself that lie where the report does,
	// which then refers to them.
	Beside []string `json:"-"`
}

// A Skipped is a scenario that was left out, and why.
type Skipped struct {
	Scenario string `json:"scenario"`
	Why      string `json:"why"`
}

// Settings is what the user asked of a run.
type Settings struct {
	RTT    time.Duration `json:"rtt_ns"`
	Rounds int           `json:"rounds"`
	// Early says that a duel may end before the last round, by the rule of
	// stats.Plan.
	Early    bool          `json:"early,omitempty"`
	Duration time.Duration `json:"duration_ns"` // measured phase of a trial
	Warmup   time.Duration `json:"warmup_ns"`
	Seed     uint64        `json:"seed"`
	Quick    bool          `json:"quick,omitempty"`
	Sweep    string        `json:"sweep,omitempty"` // a scenario's sweep, at the value At
	At       float64       `json:"at,omitempty"`
}

// setting is what of the settings concerns a scenario.
func (s Settings) setting() Setting {
	return Setting{RTT: s.RTT, Warmup: s.Warmup, Duration: s.Duration, Seed: s.Seed, Quick: s.Quick, Sweep: s.Sweep, At: s.At}
}

// A Host is the machine that generated the load, and ran the server unless the
// user named one.
type Host struct {
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Kernel      string `json:"kernel,omitempty"`
	CPU         string `json:"cpu,omitempty"` // model name
	Cores       int    `json:"cores"`
	MemoryBytes int64  `json:"memory_bytes,omitempty"`
	Go          string `json:"go"`
	Clock       string `json:"clock"` // how the harness waits: "timerfd" or a fall-back
	// Several is how many different hosts a merged result is from, at least; 0
	// if it is one. The cores and the memory are then the least of any.
	Several int `json:"several,omitempty"`
}

// A Server is what the duel was fought on.
type Server struct {
	Software string            `json:"software"` // "redis" or "valkey"
	Version  string            `json:"version"`
	Mode     string            `json:"mode"`               // "standalone" or "cluster"
	Nodes    int               `json:"nodes"`              // primaries
	Own      bool              `json:"own"`                // started by us for this run
	Settings map[string]string `json:"settings,omitempty"` // those that matter to a measurement, as the server states them
}

// A Metric is a quantity that a trial yields.
type Metric struct {
	Name   string       `json:"name"`   // such as "median response time"
	Unit   string       `json:"unit"`   // "ns" for times (shown as durations), "B", "ops/s", or what is counted
	Better stats.Better `json:"better"` // which way it improves
	// Of computes it from a trial; NaN means that the trial cannot say.
	Of func(*Trial) float64 `json:"-"`
	// Untimed says that it does not matter when ops began: a count that a late
	// generator, or a side that cannot keep up, leaves as it is. Results of before
	// it was written down have none.
	Untimed bool `json:"untimed,omitempty"`
	// Limit says why a host cannot show a difference in this metric, in a
	// sentence; empty if it can. Nil if every host can.
	Limit func(Host) string `json:"-"`
}

// Sides of a duel. A variant is a side with a name of its own.
const (
	Pattern     = "pattern"
	AntiPattern = "antipattern"
	Control     = "control" // the pattern once more: the A/A side
)

// A Duel is one scenario's trials and what they say.
type Duel struct {
	Scenario    string        `json:"scenario"` // its name, as on the command line
	Title       string        `json:"title"`    // "pattern ↔ anti-pattern" in words
	Claim       string        `json:"claim"`    // the sentence the numbers support or refute
	Primary     Metric        `json:"primary"`
	Metrics     []Metric      `json:"metrics"` // the primary metric first
	Load        load.Spec     `json:"load"`
	Server      Server        `json:"server"`
	RTT         time.Duration `json:"rtt_ns"`          // asked for
	RTTMeasured time.Duration `json:"rtt_measured_ns"` // median of PINGs through the same link
	// Cores is how the host's were divided; nil where the scheduler saw to that.
	Cores       *Cores       `json:"cores,omitempty"`
	Predictions []Prediction `json:"predictions,omitempty"`
	Plan        stats.Plan   `json:"plan,omitzero"` // made before the first trial: the most rounds, and the looks
	// Stopped says why there were fewer rounds than planned: the rule ended them.
	Stopped string  `json:"stopped,omitempty"`
	Trials  []Trial `json:"trials"` // in the order they ran
	// Alone is a trial of the bystander with nobody beside it, if the scenario
	// has one: it has no load but the bystander's.
	Alone *Trial `json:"alone,omitempty"`
	// Calibrations are what the harness itself took of the client's CPU, for the
	// pattern and the anti-pattern, once a run; none if the run did not measure
	// that, as those before it could not.
	Calibrations []Calibration `json:"calibrations,omitempty"`
	Topology     string        `json:"topology,omitempty"` // what servers it asked for, in words
	Samples      []string      `json:"samples,omitempty"`  // fields of INFO that were followed
	Variants     []VariantNote `json:"variants,omitempty"`
	// Checks holds, for each check and side, the worst trial's value.
	Checks []CheckResult `json:"checks"`
	// Failed says why the duel yields no numbers, such as a failed check; its
	// comparison is then to be ignored and no number of it to be shown.
	Failed string `json:"failed,omitempty"`
	// Partial says why rounds are missing; the numbers of the others stand.
	Partial     string           `json:"partial,omitempty"`
	Comparison  stats.Comparison `json:"comparison"` // of the primary metric
	Comparisons []MetricResult   `json:"comparisons"`
	Finding     string           `json:"finding"`        // one sentence in plain words; empty if a side has no number
	Also        []string         `json:"also,omitempty"` // sentences on what else was measured
	Doubts      []string         `json:"doubts,omitempty"`
	Code        *Listing         `json:"code,omitempty"` // of the two sides; nil if the run had no source
}

// A VariantNote says what a variant is.
type VariantNote struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Failed says why its numbers are not shown.
	Failed string `json:"failed,omitempty"`
	// LeftOut says why it did not run on this server, if it did not: no failure.
	LeftOut string `json:"left_out,omitempty"`
}

// A Prediction is arithmetic made before the measurement.
type Prediction struct {
	Side    string      `json:"side"`
	Metric  string      `json:"metric"` // its Name
	Value   stats.Float `json:"value"`
	Formula string      `json:"formula"` // in words and symbols, with its terms
}

// A MetricResult is one metric of a duel over its rounds.
type MetricResult struct {
	Metric string `json:"metric"`
	// Sides maps a side, variants and the control included, to the median of
	// its trials' values.
	Sides      map[string]stats.Float `json:"sides"`
	Comparison stats.Comparison       `json:"comparison"`
	// Variants compares each variant with the pattern: above 1 (or 0) the
	// pattern is better.
	Variants map[string]stats.Comparison `json:"variants,omitempty"`
}

// Outcome is how a trial ended.
type Outcome string

// The outcomes of a trial.
const (
	Completed Outcome = "ok"
	Crashed   Outcome = "crashed" // its process died
	Errored   Outcome = "failed"  // its process said why it could not measure
)

// A Trial is one side driven once, in a process of its own.
type Trial struct {
	Round   int       `json:"round"` // from 1
	Slot    int       `json:"slot"`  // position within the round, from 1
	Side    string    `json:"side"`
	Started time.Time `json:"started"`
	Outcome Outcome   `json:"outcome"`
	Why     string    `json:"why,omitempty"` // of an outcome that is not ok
	// Disturbed says why the trial's round does not count although it completed:
	// the generator itself was late.
	Disturbed string `json:"disturbed,omitempty"`
	// Late is how long after the moment that was ordered the last of the trial's
	// processes began.
	Late      time.Duration   `json:"late_ns,omitempty"`
	Load      *load.Result    `json:"load,omitempty"`
	Bystander *load.Result    `json:"bystander,omitempty"`
	Evidence  *evidence.Delta `json:"evidence,omitempty"` // the bystander's and the harness's own commands taken out
	// Nodes is the evidence of each primary of a cluster, in the order of their
	// slots; nil for a single server.
	Nodes     []evidence.Delta         `json:"nodes,omitempty"`
	ClientCPU time.Duration            `json:"client_cpu_ns"`    // of the trial's process while it drove the load
	Allocs    int64                    `json:"allocs"`           // objects that the trial's process allocated meanwhile
	Counts    map[string]int64         `json:"counts,omitempty"` // what the side counted, and what was found after it
	Spans     map[string]*latency.Hist `json:"spans,omitempty"`  // durations that the side recorded
	Samples   []Sample                 `json:"samples,omitempty"`
	Values    map[string]stats.Float   `json:"values,omitempty"` // metric name to value
}

// A CheckResult is what a manipulation check found on one side: the server's
// own counters must show that the side did what its name says.
type CheckResult struct {
	Name string      `json:"name"` // such as "reads per command"
	Side string      `json:"side"`
	Got  stats.Float `json:"got"` // of the trial furthest from what was wanted
	Min  float64     `json:"min"`
	Max  float64     `json:"max"`
	OK   bool        `json:"ok"`
}
