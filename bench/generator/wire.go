package generator

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"redisduel/bench"
	"redisduel/bench/load"
)

// A wire carries out ops on a connection of its own, without a client between: it
// writes an op's commands from the template and reads their replies where they
// lie. An op allocates nothing.
//
// A connection that fails takes its op with it, whose commands may or may not have
// run, and the next op opens another: one attempt, and if it fails that op has
// failed.
type wire struct {
	*job
	open func(context.Context) (net.Conn, error)

	mu    sync.Mutex // of conn, for those who end the load, and of ended
	conn  net.Conn   // nil if there is none
	ended bool       // no op is to wait any more

	request request
	out     []byte
	in      replies
	want    stored
}

// A wire's buffer of what comes in holds an op's replies, within these limits.
const (
	leastBuffer = 1 << 10
	mostBuffer  = 64 << 10
)

func newWire(j *job, open func(context.Context) (net.Conn, error)) *wire {
	w := &wire{job: j, open: open, request: newRequest(j.template)}
	w.in.buf = make([]byte, min(max(leastBuffer, j.spec.Pipeline*(j.spec.Size+16)), mostBuffer))
	return w
}

// wires opens all connections. When ctx ends no op waits on them any more: their
// own contexts cannot wake a read.
func (j *job) wires(ctx context.Context, env *bench.Env) ([]sender, error) {
	whole := ctx
	open := func(ctx context.Context) (net.Conn, error) { return shaken(ctx, env.Option()) }
	senders := make([]sender, env.Workers)
	group, ctx := errgroup.WithContext(ctx)
	for i := range senders {
		w := newWire(j, open)
		senders[i] = w
		env.Defer(w.hangUp)
		unlink := context.AfterFunc(whole, w.interrupt)
		env.Defer(func() { unlink() })
		group.Go(func() error {
			if err := w.connect(ctx); err != nil {
				return fmt.Errorf("%w: cannot open connection %d of %d: %w", bench.ErrEnvironment, i+1, len(senders), err)
			}
			return nil
		})
	}
	return senders, group.Wait()
}

// connect opens a connection.
func (w *wire) connect(ctx context.Context) (err error) {
	conn, err := w.open(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn, w.in = conn, replies{source: conn, buf: w.in.buf}
	return nil
}

// interrupt ends the op under way, and those after it.
func (w *wire) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended = true; w.conn != nil {
		_ = w.conn.SetDeadline(time.Unix(0, 0)) // one that cannot be set is closed
	}
}

// over is an error once no op is to wait any more.
func (w *wire) over() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return context.Canceled
	}
	return nil
}

// limit sets the deadline of an op, unless it is not to wait any more.
func (w *wire) limit(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return context.Canceled
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	return w.conn.SetDeadline(deadline)
}

// hangUp closes the connection, if there is one.
func (w *wire) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.Close() // what failed before says more
		w.conn = nil
	}
}

// send carries out op i and checks its answers.
func (w *wire) send(ctx context.Context, i int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.conn == nil {
		if err := w.connect(ctx); err != nil {
			return err
		}
	}
	bad, err := w.exchange(ctx, i*w.spec.Pipeline)
	if err != nil {
		w.hangUp()
		return cmp.Or(ctx.Err(), w.over(), err)
	}
	return bad
}

// exchange sends the commands of an op from first on, and reads their replies. It
// returns what is wrong with the first bad one of them, and why there are none.
func (w *wire) exchange(ctx context.Context, first int) (bad, err error) {
	if err := w.limit(ctx); err != nil {
		return nil, err
	}
	if err := w.ask(first); err != nil {
		return nil, err
	}
	return w.listen(first)
}

// ask writes the commands from first on, in pieces if they are much.
func (w *wire) ask(first int) error {
	w.out = w.out[:0]
	for n := first; n < first+w.spec.Pipeline; n++ {
		if len(w.out) > mostPending {
			if _, err := w.conn.Write(w.out); err != nil {
				return err
			}
			w.out = w.out[:0]
		}
		w.out = w.request.appendTo(w.out, w.name, w.spec.Size, w.keyOf(n), n)
	}
	_, err := w.conn.Write(w.out)
	return err
}

// listen reads the replies to the commands from first on.
func (w *wire) listen(first int) (bad, err error) {
	nils := int64(0)
	for n := first; n < first+w.spec.Pipeline; n++ {
		got, err := w.in.next(w.wanted(n))
		if err != nil {
			return nil, err
		}
		if got == null {
			nils++
		} else if got != answered && bad == nil {
			bad = w.complain(got, n)
		}
	}
	if nils > 0 {
		w.counter.nils.Add(nils)
	}
	return bad, w.in.over()
}

// wanted is what command n must be answered with, nil if anything will do.
func (w *wire) wanted(n int) *stored {
	if !w.check {
		return nil
	}
	w.want.set(w.spec.Size, w.keyOf(n))
	return &w.want
}

// complain says what is wrong with the reply to command n.
func (w *wire) complain(got outcome, n int) error {
	if got == refused {
		return bench.ErrorReply(w.in.said)
	}
	return fmt.Errorf("%w: key %d does not hold what was stored", load.ErrWrongAnswer, w.keyOf(n))
}
