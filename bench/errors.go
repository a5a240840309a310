package bench

import (
	"context"
	"errors"
	"strings"
)

// The kinds of error that a caller may want to tell apart; each is wrapped in
// an error that says in one sentence what happened and what to do.
var (
	// ErrUsage means that what was asked for makes no sense.
	ErrUsage = errors.New("usage")
	// ErrRefused means that the run could do harm and was not begun.
	ErrRefused = errors.New("refused")
	// ErrEnvironment means that the machine or the server cannot serve the run.
	ErrEnvironment = errors.New("environment")
	// ErrFailed means that a duel could not be fought to its end, or that one
	// of its checks failed.
	ErrFailed = errors.New("failed")
	// ErrSkipped means that one scenario is left out and others run: the server
	// cannot serve it, or the user may not do what it takes.
	ErrSkipped = errors.New("skipped")
	// ErrJournal means that results could not be kept or read.
	ErrJournal = errors.New("journal")
)

// Sentence is the text of an error without its kind, for people to read.
func Sentence(text string) string {
	for _, kind := range []error{ErrUsage, ErrRefused, ErrEnvironment, ErrFailed, ErrJournal, ErrSkipped} {
		if rest, found := strings.CutPrefix(text, kind.Error()+": "); found {
			return rest
		}
	}
	return text
}

// stopped is why ctx ended, if it did: what an error says that came of it, such
// as that of a command that was cut short, is none of the reader's concern.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
