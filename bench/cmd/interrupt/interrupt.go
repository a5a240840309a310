// Package interrupt ends a command in good order when a signal says so.
package interrupt

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// A Signal is the cause of a context that it ended.
type Signal struct{ syscall.Signal }

func (s Signal) Error() string {
	if s.Signal == syscall.SIGTERM {
		return "terminated by SIGTERM"
	}
	return "interrupted by SIGINT"
}

// Code is the exit code of a command that the signal ended: 128 and its number.
func (s Signal) Code() int { return 128 + int(s.Signal) }

// Of returns the signal that ended ctx, if one did.
func Of(ctx context.Context) (s Signal, ok bool) {
	ok = errors.As(context.Cause(ctx), &s)
	return s, ok
}

// Context returns a context that the first SIGINT or SIGTERM ends, with a Signal
// as its cause. The second calls again with that Signal's code. The function it
// returns must be called at the end.
func Context(ctx context.Context, again func(code int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() { // ends with the program
		first := Signal{(<-signals).(syscall.Signal)}
		cancel(first)
		<-signals
		again(first.Code())
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
