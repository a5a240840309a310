package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/netem"
)

// traffic is what an op puts on the wire.
type traffic struct {
	Address   string  `json:"address"`   // of the peer
	Delayed   string  `json:"delayed"`   // of the emulated network before it, in another process
	PerOp     float64 `json:"per_op"`    // exchanges of an op, at least one
	Exchanges int     `json:"exchanges"` // of an op that is replayed
	In        int     `json:"in"`        // bytes to the peer, of an exchange
	Out       int     `json:"out"`       // and back
	Dials     bool    `json:"dials"`     // each op opens a connection
}

func (t *traffic) exchanges() int { return int(math.Round(t.PerOp)) }

// A phase is a replay, or an op that does nothing, on the duel's schedule.
type phase struct {
	Ops int64         `json:"ops"`
	CPU time.Duration `json:"cpu_ns"`
}

// perOp is the CPU time of an op in ns.
func (p phase) perOp() float64 { return float64(p.CPU) / float64(p.Ops) }

func (p *phase) add(q phase) {
	p.Ops += q.Ops
	p.CPU += q.CPU
}

// A turn is the three phases of a calibration, one right after the other, so
// that what slows the machine down slows all of them.
type turn struct {
	Idle   phase `json:"idle"`   // an op that does nothing
	Linked phase `json:"linked"` // a replay through an emulated network in this process
	Plain  phase `json:"plain"`  // a replay through one in another process
}

// link is what the emulated network adds to an op, in ns, where the op stands
// for scale times its exchanges.
func (t turn) link(scale float64) float64 { return scale * (t.Linked.perOp() - t.Plain.perOp()) }

// turns are taken, so that their spread shows what a calibration is worth.
const turns = 2

// replay takes the turns of a calibration.
func replay(ctx context.Context, spec trialSpec, begin func(context.Context) (time.Time, error)) (*trialReport, error) {
	network, err := netem.New(spec.link(), clock.Precise(), nil)
	if err != nil {
		return nil, err
	}
	defer network.Close()
	workers := max(spec.Load.Workers, 1)
	linked, err := newReplay(ctx, spec.Traffic, spec.Traffic.Address, workers, network.Dial)
	if err != nil {
		return nil, err
	}
	defer linked.close()
	plain, err := newReplay(ctx, spec.Traffic, spec.Traffic.Delayed, workers, new(net.Dialer).DialContext)
	if err != nil {
		return nil, err
	}
	defer plain.close()
	if _, err := begin(ctx); err != nil {
		return nil, err
	}
	report := new(trialReport)
	for range turns {
		t := turn{
			Idle:   phaseOf(ctx, idle(spec.Load), func(context.Context, int) error { return nil }, &err),
			Linked: phaseOf(ctx, spec.Load, linked.op, &err),
			Plain:  phaseOf(ctx, spec.Load, plain.op, &err),
		}
		if err != nil {
			return nil, err
		}
		report.Turns = append(report.Turns, t)
	}
	return report, nil
}

// phaseOf drives an op, unless one before it failed.
func phaseOf(ctx context.Context, s load.Spec, op load.Op, failed *error) (p phase) {
	if *failed != nil {
		return p
	}
	plan := load.Plan{Spec: s, Clock: clock.Precise(), Start: func(context.Context) (time.Time, error) {
		runtime.GC() // the garbage of the phase before, and of setting up this one, is none of its costs
		return time.Now(), nil
	}}
	result, used, err := metered(ctx, plan, op)
	if err == nil && result.Failed+result.Unknown > 0 {
		err = fmt.Errorf("%d of %d ops of a replay failed", result.Failed+result.Unknown, result.Intended)
	}
	if *failed = err; err != nil {
		return p
	}
	return phase{Ops: result.Attempts, CPU: used.CPU}
}

// A replayer repeats the traffic of a side without a client library.
type replayer struct {
	*traffic
	address string
	dial    netem.DialFunc

	mu sync.Mutex
	// free has one connection for each worker, so that there always is one. The
	// last that was given back goes first, as in a pool: one that never carried
	// anything costs more to use.
	free []*rawConn
}

// rawConn is a connection with what is sent and received on it.
type rawConn struct {
	net.Conn
	in, out []byte
}

func newReplay(ctx context.Context, t *traffic, address string, workers int, dial netem.DialFunc) (*replayer, error) {
	r := &replayer{traffic: t, address: address, dial: dial}
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	for range workers {
		all.Go(func() {
			c := &rawConn{in: make([]byte, t.In), out: make([]byte, t.Out)}
			if !t.Dials {
				conn, err := dial(ctx, "tcp", address)
				if err != nil {
					failed.Store(&err)
					return
				}
				c.Conn = conn
			}
			r.put(c)
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		r.close()
		return nil, *err
	}
	return r, nil
}

func (r *replayer) close() {
	for _, c := range r.free {
		if c.Conn != nil {
			_ = c.Close() // nothing is under way
		}
	}
}

func (r *replayer) take() *rawConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.free) - 1
	c := r.free[last]
	r.free = r.free[:last]
	return c
}

func (r *replayer) put(c *rawConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, c)
}

// op makes the exchanges of one op, on a new connection if the side does so.
func (r *replayer) op(ctx context.Context, _ int) error {
	c := r.take()
	defer r.put(c)
	if r.Dials {
		conn, err := r.dial(ctx, "tcp", r.address)
		if err != nil {
			return err
		}
		defer conn.Close() // the peer has answered all
		return exchange(ctx, conn, c.in, c.out, r.Exchanges)
	}
	return exchange(ctx, c.Conn, c.in, c.out, r.Exchanges)
}

func exchange(ctx context.Context, conn net.Conn, in, out []byte, times int) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	for range times {
		if _, err := conn.Write(in); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, out); err != nil {
			return err
		}
	}
	return nil
}
