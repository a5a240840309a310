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
//
// [Run] drives one load in one process. It adds no allocation to an operation
// and keeps no operation's error, only its class.
package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"redisduel/bench/clock"
)

// At is the Start of a load that begins at a moment which is known before.
func At(moment time.Time) func(context.Context) (time.Time, error) {
	return func(context.Context) (time.Time, error) { return moment, nil }
}

// An Op is the i'th unit of work. It is called concurrently. It must check its
// own answer, return once ctx is done, and not keep ctx after it returns: the
// context carries the operation's deadline and is used again for the next
// operation.
type Op func(ctx context.Context, i int) error

// A Plan is a load and what it is driven with.
type Plan struct {
	Spec Spec
	// Clock paces the load; a Plan must have one.
	Clock clock.Clock
	// Start says when the load begins, so that several processes can begin
	// together. It is called once the load is set up, and may wait for an order.
	// A moment that has passed, and no Start, mean at once.
	Start func(context.Context) (time.Time, error)
	// Over, if there is one, has an open loop go on after its Duration until it is
	// closed, for a load that is to last as long as something else. What is under
	// way then still comes to its end.
	Over <-chan struct{}
	// Classify names the errors of operations; default Classify.
	Classify Classifier
	// Began and Ended, if there are any, are called once each, before the wait for
	// the start, so that it delays nothing, and after the last operation has
	// ended: a meter between them has neither the set-up of the load nor the sum
	// of its results. Began is told how long after its moment the load begins.
	Began func(late time.Duration)
	Ended func()
}

// Run drives op as planned and returns what happened in the measured phase.
//
// It returns once every operation has ended, which can take until a Timeout (and
// in an open loop a second more) after the end of the measured phase.
//
// When ctx ends, no further operation starts, those in flight are cancelled,
// and Run returns the partial result together with an error that wraps ctx's
// cause. Any other error comes without a result. A panic of op is not caught.
func Run(ctx context.Context, plan Plan, op Op) (*Result, error) {
	spec, err := plan.Spec.withDefaults()
	if err != nil {
		return nil, err
	}
	if plan.Clock == nil || op == nil {
		return nil, errors.New("load: a plan needs a clock, and Run an operation")
	}
	if plan.Over != nil && spec.Mode != Open {
		return nil, fmt.Errorf("load: only an open loop can last until something is over, not %s", spec.Mode)
	}
	timer, err := plan.Clock.NewTimer()
	if err != nil {
		return nil, fmt.Errorf("load: open a timer of the %v clock: %w", plan.Clock, err)
	}
	defer timer.Close()
	r := newRun(ctx, plan, spec, op, timer)
	defer afterDone(ctx, func() { r.cancelled(); timer.Interrupt() })()
	defer r.whenOver(plan.Over)()
	if err := r.begin(plan.Start); err != nil {
		return nil, err
	}
	r.drive()
	return r.result()
}
