package load

import (
	"context"
	"sync"
	"time"
)

// A deadline is the context of one worker's operations, one after the other.
// It exists because context.WithTimeout allocates for every operation. Once it
// has fired it stays done, as a context must, and renew replaces it.
type deadline struct {
	context.Context // the parent: its values, and its cancellation ends this one too
	timer           *time.Timer
	unlink          func() // from the parent
	done            chan struct{}
	at              time.Time

	mu  sync.Mutex
	err error
}

// newDeadline returns a deadline that is not armed. close releases it.
func newDeadline(parent context.Context) *deadline {
	d := &deadline{Context: parent, done: make(chan struct{})}
	d.timer = time.AfterFunc(time.Hour, func() { d.end(context.DeadlineExceeded) })
	d.timer.Stop()
	d.unlink = afterDone(parent, func() { d.end(parent.Err()) })
	return d
}

// arm sets the deadline of the operation that starts now. It does not allocate.
func (d *deadline) arm(now time.Time, timeout time.Duration) {
	d.at = now.Add(timeout)
	d.timer.Reset(timeout)
}

// disarm returns the deadline for the next operation: d, unless it has fired.
func (d *deadline) disarm() *deadline {
	if d.timer.Stop() {
		return d
	}
	<-d.done // the timer's goroutine has begun; it must not outlive the worker
	d.unlink()
	return newDeadline(d.Context)
}

// close ends the link to the parent. The deadline must not be armed.
func (d *deadline) close() { d.unlink() }

// end makes the context done, once.
func (d *deadline) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
		close(d.done)
	}
}

// Deadline is that of the current operation, or the parent's if it is earlier.
func (d *deadline) Deadline() (time.Time, bool) {
	if at, ok := d.Context.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

// Done is closed at the deadline or when the parent is done.
func (d *deadline) Done() <-chan struct{} { return d.done }

// Err is context.DeadlineExceeded after the deadline, and the parent's error
// if that came first.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// afterDone calls f in a goroutine of its own when ctx is done. The function it
// returns takes that back, or else waits until f has returned.
func afterDone(ctx context.Context, f func()) (stop func()) {
	returned := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(returned)
		f()
	})
	return func() {
		if !stopped() {
			<-returned
		}
	}
}
