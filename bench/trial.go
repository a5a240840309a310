package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/clock"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/netem"
)

// A trialSpec is all that a process needs to know to drive one side once. It
// travels on standard input, so that the password in it is in no process list.
type trialSpec struct {
	Scenario string    `json:"scenario"`
	Side     string    `json:"side"`
	Target   Target    `json:"target"`
	Prefix   string    `json:"prefix"`
	Setting  Setting   `json:"setting"`
	Load     load.Spec `json:"load"`
	// Bandwidth is that of the emulated link to each server, 0 for no limit.
	Bandwidth int64 `json:"bandwidth_bytes_per_s,omitempty"`
	// Traffic makes it a calibration: the side's traffic without the side.
	Traffic *traffic `json:"traffic,omitempty"`
}

// link is the emulated network of the trial.
func (s *trialSpec) link() netem.Link { return netem.Link{RTT: s.Setting.RTT, Bandwidth: s.Bandwidth} }

// A trialReport is what the process found out.
type trialReport struct {
	Load   *load.Result             `json:"load"`
	CPU    time.Duration            `json:"cpu_ns"`            // of this process, while it drove the load
	Allocs int64                    `json:"allocs"`            // objects, meanwhile
	Late   time.Duration            `json:"late_ns,omitempty"` // after the moment at which it was to begin
	Counts map[string]int64         `json:"counts,omitempty"`
	Spans  map[string]*latency.Hist `json:"spans,omitempty"`
	Turns  []turn                   `json:"turns,omitempty"` // of a calibration
}

// The parent writes a spec, then the signal to start, to a bystander a second one
// when what it watches is over, and closes the pipe to stop early; the trial
// answers that it is ready, then with its report or an error.
type (
	signal struct {
		At   time.Time `json:"at,omitzero"`
		Over bool      `json:"over,omitempty"`
	}
	answer struct {
		Ready  bool         `json:"ready,omitempty"`
		Report *trialReport `json:"report,omitempty"`
		Error  string       `json:"error,omitempty"`
	}
)

// errStopped is the cause of a cancelled trial.
var errStopped = errors.New("stopped by the parent process")

// ServeTrial drives the one trial that is described on in and reports on out,
// both for the process that started this one. It ends when in is closed, early
// if need be and then with what it has; the kernel closes it should the parent
// die.
func ServeTrial(ctx context.Context, in io.Reader, out io.Writer, scenarios []Scenario) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	var spec trialSpec
	if err := orders.Decode(&spec); err != nil {
		return fmt.Errorf("%w: a trial is started by redisduel itself and reads its orders from standard input, which failed: %w; `redisduel run` starts trials", ErrUsage, err)
	}
	starts, over := make(chan time.Time, 1), make(chan struct{})
	go func() { // ends with the process: a blocked read of standard input cannot be woken
		for {
			var o signal
			if err := orders.Decode(&o); err != nil {
				cancel(errStopped)
				return
			}
			if o.Over {
				close(over)
				continue
			}
			starts <- o.At
		}
	}()
	env, err := newEnv(spec.Target, spec.link(), spec.Prefix)
	if err != nil {
		return answers.Encode(answer{Error: err.Error()})
	}
	defer env.Close()
	report, err := drive(ctx, scenarios, spec, env, over, func(ctx context.Context) (time.Time, error) {
		if err := answers.Encode(answer{Ready: true}); err != nil {
			return time.Time{}, err
		}
		select {
		case at := <-starts:
			return moment(at, time.Now()), nil
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		}
	})
	last := answer{Report: report}
	if err != nil {
		last.Error = err.Error()
	}
	err = answers.Encode(last)
	<-ctx.Done() // the parent still reads the server's counters, which must not show our farewells
	env.hangUp() // nor wait for them: a round trip for each connection
	return err
}

// moment puts the start of an order, which travels as a time of day, on the
// monotonic clock of this process. It is never further than startAhead away: if
// it seems to be, the time of day was set back meanwhile. If it was set forward,
// the load begins at once and the trial says how late that seems.
func moment(at, now time.Time) time.Time { return now.Add(min(at.Sub(now), startAhead)) }

// drive prepares a side, waits for the start and runs the load. When the load
// is cut short the report holds what there is beside the error.
func drive(ctx context.Context, scenarios []Scenario, spec trialSpec, env *Env, over <-chan struct{}, begin func(context.Context) (time.Time, error)) (*trialReport, error) {
	if spec.Traffic != nil {
		return replay(ctx, spec, begin)
	}
	op, err := prepare(ctx, scenarios, spec, env)
	if err != nil {
		return nil, fmt.Errorf("prepare the %s of %s: %w", spec.Side, spec.Scenario, err)
	}
	plan := load.Plan{Spec: spec.Load, Clock: clock.Precise(), Start: begin, Classify: Classify}
	if spec.Side == bystander {
		plan.Over = over
	}
	result, used, err := metered(ctx, plan, op)
	if result == nil {
		return nil, err
	}
	report := &trialReport{Load: result, CPU: used.CPU, Allocs: used.Allocs, Late: used.Late}
	if err == nil {
		err = env.finish(ctx)
	}
	report.Counts, report.Spans = env.counts, env.spans
	return report, err
}

// usage is what this process used while a load was driven, and how long after
// its moment that began.
type usage struct {
	CPU    time.Duration
	Allocs int64 // objects
	Late   time.Duration
}

// metered runs a load and says what this process used from when all was ready
// to the end of its last operation.
func metered(ctx context.Context, plan load.Plan, op load.Op) (*load.Result, usage, error) {
	var began, used usage
	before := plan.Began
	plan.Began = func(late time.Duration) {
		if before != nil {
			before(late)
		}
		began = usage{CPUTime(), allocated(), late}
	}
	plan.Ended = func() { used = usage{CPUTime() - began.CPU, allocated() - began.Allocs, began.Late} }
	result, err := load.Run(ctx, plan, op)
	return result, used, err
}

// allocated is the number of objects that this process has allocated.
func allocated() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// prepare finds the side and has it set up what it needs.
func prepare(ctx context.Context, scenarios []Scenario, spec trialSpec, env *Env) (load.Op, error) {
	env.Setting, env.Workers = spec.Setting, max(spec.Load.Workers, 1)
	env.option.BlockingPoolSize = env.Workers
	if spec.Side == bystander {
		return watch(ctx, env)
	}
	for i := range scenarios {
		if scenarios[i].Name == spec.Scenario {
			s := scenarios[i].version(spec.Setting)
			env.Data = s.Data
			impl, err := s.impl(spec.Side)
			if err != nil {
				return nil, err
			}
			return impl(ctx, env)
		}
	}
	return nil, fmt.Errorf("%w: no scenario is named %q", ErrUsage, spec.Scenario)
}

// Classify tells what became of an op by its error, by Redis's rules before
// the network's: an error that the server answered with is a failure, named by
// its first word, such as OOM or BUSY.
func Classify(err error) load.Class {
	text, ok := replied(err)
	switch {
	case errors.Is(err, rueidis.ErrNoSlot):
		return load.Class{Name: "no primary"} // nothing was sent: the cluster names none for the key
	case !ok:
		return load.Classify(err)
	case strings.Contains(text, "max number of clients"):
		return load.Class{Name: "maxclients"}
	}
	return load.Class{Name: firstWord(text)}
}

// An ErrorReply is the text of an error that the server answered with, for those
// who read replies without rueidis.
type ErrorReply string

// Error leaves ERR away, as rueidis does: it stands for no kind of error.
func (e ErrorReply) Error() string { return strings.TrimPrefix(string(e), "ERR ") }

// replied is the text of an error that the server answered with.
func replied(err error) (text string, ok bool) {
	if reply, ok := errors.AsType[ErrorReply](err); ok {
		return reply.Error(), true
	}
	if reply, ok := rueidis.IsRedisErr(err); ok && !reply.IsNil() {
		return reply.Error(), true
	}
	return "", false
}

func firstWord(message string) string {
	for i, r := range message {
		if r == ' ' || i >= 32 {
			return message[:i]
		}
	}
	return message
}
