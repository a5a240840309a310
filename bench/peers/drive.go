package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"redisduel/bench/clock"
)

// A drive sends GETs over connections and waits for their replies, as many at
// once as depth says.
type drive struct {
	conns, depth int
	every        time.Duration // of one connection, from start to start; 0 is at once
	spread       time.Duration // over which the connections start
	lasts        time.Duration // of the first to start
	cpu          meter         // nil is not measured
}

// driven is what a drive found.
type driven struct {
	median time.Duration // of an exchange of depth commands
	rate   float64       // commands a second
	cpu    float64       // of an exchange, in ns
}

// dialer makes a connection that is ready for a GET.
type dialer func(ctx context.Context) (net.Conn, error)

// run drives connections that dial makes.
func (d drive) run(ctx context.Context, dial dialer, request, reply []byte) (driven, error) {
	all, err := d.connect(ctx, dial, bytes.Repeat(request, d.depth), bytes.Repeat(reply, d.depth))
	defer func() {
		for _, e := range all {
			_ = e.conn.Close()
			_ = e.pace.Close()
		}
	}()
	if err != nil {
		return driven{}, err
	}
	defer context.AfterFunc(ctx, func() { // a connection that hangs ends with ctx
		for _, e := range all {
			_ = e.conn.SetDeadline(time.Unix(1, 0))
		}
	})()
	return d.drive(all)
}

// connect makes all connections at once: each takes two round trips. Those that
// were made are returned with an error, too.
func (d drive) connect(ctx context.Context, dial dialer, request, reply []byte) ([]*exchanger, error) {
	all := make([]*exchanger, d.conns)
	var group errgroup.Group
	for i := range all {
		group.Go(func() (err error) {
			all[i], err = newExchanger(ctx, dial, request, reply)
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(all, func(e *exchanger) bool { return e == nil }), err
}

func (d drive) drive(all []*exchanger) (driven, error) {
	if d.cpu == nil {
		d.cpu = math.NaN
	}
	var group sync.WaitGroup
	start, before := time.Now(), d.cpu()
	for i, e := range all {
		group.Go(func() { e.repeat(start.Add(d.spread*time.Duration(i)/time.Duration(len(all))), d) })
	}
	group.Wait()
	used := d.cpu() - before
	var took []time.Duration
	rate := 0.0 // the sum of theirs, since they neither start nor end together
	for _, e := range all {
		if e.err != nil {
			return driven{}, e.err
		}
		took = append(took, e.took...)
		rate += float64(len(e.took)*d.depth) / e.busy.Seconds()
	}
	slices.Sort(took)
	return driven{median: took[len(took)/2], rate: rate, cpu: used / float64(len(took))}, nil
}

// An exchanger sends its request and reads its reply.
type exchanger struct {
	conn                net.Conn
	pace                clock.Timer
	request, want, have []byte
	took                []time.Duration
	busy                time.Duration // from the start of its first exchange to the end of its last
	err                 error
}

func newExchanger(ctx context.Context, dial dialer, request, reply []byte) (*exchanger, error) {
	pace, err := clock.Precise().NewTimer()
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx)
	if err != nil {
		return nil, errors.Join(err, pace.Close())
	}
	return &exchanger{conn: c, pace: pace, request: request, want: reply, have: make([]byte, len(reply))}, nil
}

// repeat exchanges from start on until the drive's time is over, at least once.
func (e *exchanger) repeat(start time.Time, d drive) {
	for next := start; len(e.took) == 0 || next.Before(start.Add(d.lasts)); next = next.Add(d.every) {
		if d.every == 0 {
			next = later(next, time.Now())
		}
		e.pace.WaitUntil(next)
		began := time.Now()
		if e.err = e.exchange(); e.err != nil {
			return
		}
		e.took = append(e.took, time.Since(began))
		e.busy = time.Since(start)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (e *exchanger) exchange() error {
	if _, err := e.conn.Write(e.request); err != nil {
		return err
	}
	if _, err := io.ReadFull(e.conn, e.have); err != nil {
		return err
	}
	if !bytes.Equal(e.have, e.want) {
		return fmt.Errorf("the server answered %.40q to %.40q, not %.40q", e.have, e.request, e.want)
	}
	return nil
}
