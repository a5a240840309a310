// Package load drives an operation under a load and measures it.
//
// Three loads exist. An open loop starts operations at the moments of a
// schedule, whatever became of the earlier ones, as independent users do. A
// closed loop keeps a number of workers busy, each waiting for its answer
// before it asks again; it slows down with the server and so hides stalls. A
// job is a closed loop over a fixed number of operations.
//
// Every operation is clocked three times: response time counts from the moment
// it was due, service time from the moment it started, and lateness is what
// lies between. In a closed loop an operation is due when its worker is free,
// so response and service time are the same and lateness is zero.
package load

import (
	"context"
	"time"

	"redisduel/bench/latency"
)

// An Op is the i'th unit of work. It is called concurrently. It must check its
// own answer and must not keep ctx after it returns: the context carries the
// operation's deadline and is used again for the next operation.
type Op func(ctx context.Context, i int) error

// Mode says what decides when an operation is due.
type Mode string

// The loads.
const (
	Open   Mode = "open"   // a schedule
	Closed Mode = "closed" // a free worker, for a duration
	Job    Mode = "job"    // a free worker, for a number of operations
)

// Arrivals says how the moments of an open loop's schedule are spaced.
type Arrivals string

// The schedules of an open loop.
const (
	Constant Arrivals = "constant" // one every 1/rate
	Poisson  Arrivals = "poisson"  // exponentially distributed gaps of mean 1/rate
)

// A Spec describes a load. The zero value of an optional field means its
// documented default.
type Spec struct {
	Mode     Mode          `json:"mode"`
	Arrivals Arrivals      `json:"arrivals,omitempty"`    // open loop; default Constant
	Rate     float64       `json:"rate,omitempty"`        // open loop, operations per second
	Ops      int           `json:"ops,omitempty"`         // job, operations
	Workers  int           `json:"workers,omitempty"`     // most operations in flight; default 1
	Warmup   time.Duration `json:"warmup_ns,omitempty"`   // driven but kept out of the result
	Duration time.Duration `json:"duration_ns,omitempty"` // of the measured phase; open and closed loop
	Timeout  time.Duration `json:"timeout_ns,omitempty"`  // of one operation, from its start; default 5 s
	Timeline time.Duration `json:"timeline_ns,omitempty"` // width of a timeline bucket; 0 keeps no timeline
	Seed     uint64        `json:"seed,omitempty"`        // of the Poisson gaps
}

// A Result is what a load did in its measured phase. Conservation is exact:
// Intended = OK + Failed + Unknown + NotStarted, and each histogram counts OK
// samples, overflow included.
type Result struct {
	Intended   int64 `json:"intended"`    // operations that fell due
	OK         int64 `json:"ok"`          // answered, and the answer was right
	Failed     int64 `json:"failed"`      // answered with an error, wrongly, or never sent
	Unknown    int64 `json:"unknown"`     // sent, and no answer in time: may or may not have happened
	NotStarted int64 `json:"not_started"` // due, but no worker was free before the end
	// Attempts counts every call of the operation, warm-up included: what the
	// server's counters have to be divided by.
	Attempts int64            `json:"attempts"`
	Errors   map[string]int64 `json:"errors,omitempty"` // class of error to count, measured phase
	// Elapsed is from the start of the measured phase to the last answer.
	Elapsed  time.Duration `json:"elapsed_ns"`
	Response *latency.Hist `json:"response"` // due to done
	Service  *latency.Hist `json:"service"`  // start to done
	Lateness *latency.Hist `json:"lateness"` // due to start
	Timeline *Timeline     `json:"timeline,omitempty"`
}

// A Timeline holds the longest response time among the operations that were
// due in each bucket of the measured phase; a bucket without one holds 0.
type Timeline struct {
	Step time.Duration   `json:"step_ns"`
	Max  []time.Duration `json:"max_ns"`
}
