package patterns

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrPoolExhausted means that no connection became free within
// PoolConfig.Acquire. Nothing was sent to the server.
var ErrPoolExhausted = errors.New("all connections of the pool are lent")

// The shares of a pool's connections, in percent, at which Alert is called and
// armed again. The distance keeps a load that hovers around one of them from
// ringing all the time.
const (
	alertAt = 80
	armAt   = 60
)

// PoolUsage is how a pool stands at one moment.
type PoolUsage struct {
	InUse   int // connections that are lent
	Waiting int // calls that wait for one
	Size    int // most that can be lent at once
}

// A gate lets at most so many calls through at once. It stands before the
// client library, which has a limit of its own but tells nobody who waits for
// it, nor how long. Waiting calls get through in the order in which they came.
type gate struct {
	config PoolConfig
	slots  chan struct{}

	mu             sync.Mutex
	inUse, waiting int
	alerted        bool
}

func newGate(size int, config PoolConfig) gate {
	return gate{config: config, slots: make(chan struct{}, size)}
}

// enter waits until the call may pass, and reports how long that took. Unless
// it returns an error the caller must leave.
func (g *gate) enter(ctx context.Context) error {
	waited, err := g.wait(ctx)
	if g.config.OnWait != nil {
		g.config.OnWait(waited)
	}
	if err != nil {
		return fmt.Errorf("waited %v for a connection: %w", waited, err)
	}
	g.count(1)
	return nil
}

// leave lets the next call pass.
func (g *gate) leave() {
	g.count(-1)
	<-g.slots
}

// wait takes a slot, at once if one is free.
func (g *gate) wait(ctx context.Context) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	select {
	case g.slots <- struct{}{}:
		return 0, nil
	default:
		return g.queue(ctx)
	}
}

// queue waits for a slot.
func (g *gate) queue(ctx context.Context) (time.Duration, error) {
	if g.config.Acquire > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, g.config.Acquire, ErrPoolExhausted)
		defer cancel()
		ctx = limited
	}
	g.line(1)
	defer g.line(-1)
	begin := time.Now()
	select {
	case g.slots <- struct{}{}:
		return time.Since(begin), nil
	case <-ctx.Done():
		return time.Since(begin), context.Cause(ctx)
	}
}

// count notes that a connection was lent or came back, and raises the alert
// when that fills the pool.
func (g *gate) count(lent int) {
	g.mu.Lock()
	g.inUse += lent
	raise := !g.alerted && 100*g.inUse >= alertAt*cap(g.slots)
	if 100*g.inUse <= armAt*cap(g.slots) {
		g.alerted = false
	}
	g.alerted = g.alerted || raise
	usage := g.snapshot()
	g.mu.Unlock()
	if raise && g.config.Alert != nil {
		g.config.Alert(usage)
	}
}

// line notes that a call joined or left the line.
func (g *gate) line(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting += n
}

func (g *gate) usage() PoolUsage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.snapshot()
}

func (g *gate) snapshot() PoolUsage {
	return PoolUsage{InUse: g.inUse, Waiting: g.waiting, Size: cap(g.slots)}
}
