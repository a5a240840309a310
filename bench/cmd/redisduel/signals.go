package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string {
	if i.signal == syscall.SIGTERM {
		return "terminated by SIGTERM"
	}
	return "interrupted by SIGINT"
}

func (i interrupted) code() int {
	if i.signal == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupt
}

// onSignals returns a context that the first SIGINT or SIGTERM ends, with
// which one it was as its cause. The second ends the program at once: trials
// and servers notice by themselves that we are gone.
func onSignals(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() { // ends with the program
		first := interrupted{(<-signals).(syscall.Signal)}
		cancel(first)
		<-signals
		os.Exit(first.code())
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
