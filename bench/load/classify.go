package load

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// ErrWrongAnswer is what an Op wraps when the answer was not the right one.
var ErrWrongAnswer = errors.New("wrong answer")

// A Class is the kind of an operation's error.
type Class struct {
	// Name is the column it is counted in: one of a few that do not depend on
	// addresses, keys or times. An empty name stands for ClassOther.
	Name string
	// Unknown means that the operation may have been carried out although no
	// answer came.
	Unknown bool
}

// The names of the classes that Classify gives.
const (
	ClassTimeout     = "timeout"
	ClassCancelled   = "cancelled"
	ClassLost        = "connection lost"
	ClassRefused     = "connection refused"
	ClassUnconnected = "cannot connect"
	ClassPorts       = "port-limited" // no local port was left for another connection
	ClassWrong       = "wrong answer"
	ClassOther       = "other"
)

// A Classifier gives the class of an operation's error. It is called
// concurrently.
type Classifier func(error) Class

// Classify knows the errors of the network, of contexts and ErrWrongAnswer. A
// caller that knows more looks for that first and falls back to Classify.
//
// The outcome of an operation is unknown when it timed out, was cancelled or
// lost its connection. An error while connecting means that nothing was sent.
func Classify(err error) Class {
	switch {
	case errors.Is(err, ErrWrongAnswer):
		return Class{Name: ClassWrong}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Class{Name: ClassRefused}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return Class{Name: ClassPorts}
	case dialling(err):
		return Class{Name: ClassUnconnected}
	case timedOut(err):
		return Class{Name: ClassTimeout, Unknown: true}
	case errors.Is(err, context.Canceled):
		return Class{Name: ClassCancelled, Unknown: true}
	case lost(err):
		return Class{Name: ClassLost, Unknown: true}
	}
	return Class{Name: ClassOther}
}

func dialling(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout()
}

func lost(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// named gives a class without a name the one of last resort.
func (c Class) named() string { return cmp.Or(c.Name, ClassOther) }
