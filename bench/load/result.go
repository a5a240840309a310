package load

import (
	"errors"
	"fmt"
	"time"

	"redisduel/bench/latency"
)

// A Result is what a load did in its measured phase. Conservation is exact:
// Intended = OK + Failed + Unknown + NotStarted, and each histogram counts OK
// samples, overflow included.
type Result struct {
	// Intended counts the operations that fell due: in an open loop the
	// schedule's moments (up to ctx's end, if that came first), otherwise the
	// operations begun.
	Intended int64 `json:"intended"`
	OK       int64 `json:"ok"`      // answered, and the answer was right
	Failed   int64 `json:"failed"`  // answered with an error, wrongly, or never sent
	Unknown  int64 `json:"unknown"` // sent, and no answer in time: may or may not have happened
	// NotStarted counts operations of an open loop that were due, but no worker
	// was free for them before the end. A backlog at the end of the measured
	// phase is worked off for another second, or for Timeout if that is less.
	NotStarted int64 `json:"not_started"`
	// Attempts counts every call of the operation, warm-up included: what the
	// server's counters have to be divided by.
	Attempts int64            `json:"attempts"`
	Errors   map[string]int64 `json:"errors,omitempty"` // class of error to count, measured phase
	// Elapsed is from the start of the measured phase to the end of its last
	// operation; in a job, the time the job took.
	Elapsed  time.Duration `json:"elapsed_ns"`
	Response *latency.Hist `json:"response"` // due to done
	Service  *latency.Hist `json:"service"`  // start to done
	Lateness *latency.Hist `json:"lateness"` // due to start
	Timeline *Timeline     `json:"timeline,omitempty"`
	// Late says what the operations of an open loop that were late waited for.
	Late Late `json:"late,omitzero"`
}

// Late splits the waiting of operations that started more than a millisecond
// after they were due: it adds up, over those operations, how long their worker
// still awaited an earlier answer, and how long the harness itself took once
// it was free. An operation that queues behind others adds only its own part.
type Late struct {
	Server  time.Duration `json:"server_ns"`
	Harness time.Duration `json:"harness_ns"`
}

// A Timeline holds the longest response time among the operations that were
// due in each bucket of the measured phase, whatever became of them; one that
// was never started counts as long as it waited. A bucket without operations
// holds 0, and a job's last bucket is the last one with an operation.
type Timeline struct {
	Step time.Duration   `json:"step_ns"`
	Max  []time.Duration `json:"max_ns"`
}

// add counts a response of d to an operation due at an offset. It grows only
// for a load whose length is not known in advance, such as a job.
func (t *Timeline) add(due, d time.Duration) {
	bucket := int(due / t.Step)
	for len(t.Max) <= bucket {
		t.Max = append(t.Max, 0)
	}
	t.Max[bucket] = max(t.Max[bucket], d)
}

// Conserved returns an error that says which operations or samples are missing
// or counted twice. A Result for which it does not return nil is wrong.
func (r *Result) Conserved() error {
	if ended := r.OK + r.Failed + r.Unknown + r.NotStarted; ended != r.Intended {
		return fmt.Errorf("load: %d operations were intended, but %d ok + %d failed + %d unknown + %d not started make %d",
			r.Intended, r.OK, r.Failed, r.Unknown, r.NotStarted, ended)
	}
	if least := min(r.OK, r.Failed, r.Unknown, r.NotStarted); least < 0 {
		return fmt.Errorf("load: a count of operations is %d", least)
	}
	if started := r.Intended - r.NotStarted; r.Attempts < started {
		return fmt.Errorf("load: %d operations were started, but only %d attempted", started, r.Attempts)
	}
	return errors.Join(r.conservedErrors(), r.conservedSamples())
}

func (r *Result) conservedErrors() error {
	var classed int64
	for _, n := range r.Errors {
		classed += n
	}
	if classed != r.Failed+r.Unknown {
		return fmt.Errorf("load: %d operations failed or are unknown, but %d errors are classed", r.Failed+r.Unknown, classed)
	}
	return nil
}

func (r *Result) conservedSamples() error {
	for name, h := range r.histograms() {
		if h == nil {
			return fmt.Errorf("load: the %s histogram is missing", name)
		}
		if h.Count() != r.OK {
			return fmt.Errorf("load: the %s histogram holds %d samples, but %d operations were ok", name, h.Count(), r.OK)
		}
	}
	return nil
}

func (r *Result) histograms() map[string]*latency.Hist {
	return map[string]*latency.Hist{"response": r.Response, "service": r.Service, "lateness": r.Lateness}
}

// Merged adds up the results of several rounds without loss. Elapsed is their
// sum, and a timeline bucket the longest of any round. Timelines must have the
// same step, or be missing from all.
func Merged(results ...*Result) (*Result, error) {
	all := &Result{Response: latency.New(), Service: latency.New(), Lateness: latency.New()}
	for i, r := range results {
		if r == nil {
			return nil, fmt.Errorf("load: merge results: the one at index %d is missing", i)
		}
		if i == 0 && r.Timeline != nil {
			all.Timeline = &Timeline{Step: r.Timeline.Step}
		}
		if err := all.merge(r); err != nil {
			return nil, fmt.Errorf("load: merge results: the one at index %d: %w", i, err)
		}
		all.Elapsed += r.Elapsed
	}
	return all, nil
}

// merge adds everything of other but Elapsed.
func (r *Result) merge(other *Result) error {
	r.Intended += other.Intended
	r.OK += other.OK
	r.Failed += other.Failed
	r.Unknown += other.Unknown
	r.NotStarted += other.NotStarted
	r.Attempts += other.Attempts
	r.Late.Server += other.Late.Server
	r.Late.Harness += other.Late.Harness
	for class, n := range other.Errors {
		r.count(class, n)
	}
	return errors.Join(r.mergeTimeline(other.Timeline), r.mergeSamples(other))
}

func (r *Result) count(class string, n int64) {
	if r.Errors == nil {
		r.Errors = make(map[string]int64)
	}
	r.Errors[class] += n
}

func (r *Result) mergeSamples(other *Result) error {
	if err := other.conservedSamples(); err != nil {
		return err
	}
	return errors.Join(r.Response.Merge(other.Response), r.Service.Merge(other.Service), r.Lateness.Merge(other.Lateness))
}

func (r *Result) mergeTimeline(other *Timeline) error {
	if r.Timeline == nil && other == nil {
		return nil
	}
	if r.Timeline == nil || other == nil || r.Timeline.Step != other.Step {
		return errors.New("its timeline has another step")
	}
	for i, d := range other.Max {
		r.Timeline.add(time.Duration(i)*other.Step, d)
	}
	return nil
}
