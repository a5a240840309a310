package netem

import (
	"context"
	"net"
	"time"
)

// Dial connects to address through the link. The handshake takes one round
// trip from the start of the call, within which the real connection is made;
// a refusal takes as long. Without emulation to do it returns the plain
// connection. Errors are as of [net.Dialer.DialContext]; after Close of the
// network it is [net.ErrClosed].
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return n.dialBy(ctx, n.dialer(new(net.Dialer)), network, address)
}

func (n *Network) dialBy(ctx context.Context, dial DialFunc, network, address string) (net.Conn, error) {
	if n.link.transparent() && n.weather.Load().Faults == (Faults{}) {
		return dial(ctx, network, address)
	}
	if !n.enter() {
		return nil, dialError(network, net.ErrClosed)
	}
	defer n.running.Done()
	c, err := n.connect(ctx, dial, network, address)
	if err != nil {
		n.counts.failed.Add(1)
		return nil, err
	}
	n.counts.connections.Add(1)
	return c, nil
}

// connect dials and charges the handshake.
func (n *Network) connect(ctx context.Context, dial DialFunc, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer onEnd(n.closing, cancel)()

	start, err := n.passBlackHole(ctx, time.Now())
	if err != nil {
		return nil, dialError(network, n.why(ctx))
	}
	real, failure := dial(ctx, network, address)
	connected, err := n.handshake(ctx, start)
	if err != nil && real != nil {
		hangUp(real, false)
	}
	switch {
	case err != nil:
		return nil, dialError(network, n.why(ctx))
	case failure != nil:
		return nil, failure
	}
	return n.attach(real, network, address, connected)
}

// attach puts the link between the caller and a real connection.
func (n *Network) attach(real net.Conn, network, address string, connected time.Time) (net.Conn, error) {
	c := &conn{flow: n.newFlow(address, connected, real), real: real, reads: newTurn(), writes: newTurn()}
	if !n.admit(c.flow) {
		hangUp(real, false)
		return nil, dialError(network, net.ErrClosed)
	}
	go func() {
		defer n.dismiss(c.flow) // Close waits for it
		c.carry()
	}()
	return c, nil
}

// handshake waits for the round trip that began at start. A black hole puts it
// off: it then begins when the hole is lifted.
func (n *Network) handshake(ctx context.Context, start time.Time) (connected time.Time, err error) {
	timer := n.clock.Timer()
	defer onEnd(ctx, timer.Interrupt)()
	for {
		connected := start.Add(n.link.RTT)
		if !timer.WaitUntil(connected) {
			return time.Time{}, ctx.Err()
		}
		if !n.weather.Load().BlackHole {
			return connected, nil
		}
		if start, err = n.passBlackHole(ctx, start); err != nil {
			return time.Time{}, err
		}
	}
}

// passBlackHole waits until there is none and returns the later of start and
// the end of the hole.
func (n *Network) passBlackHole(ctx context.Context, start time.Time) (time.Time, error) {
	for {
		w := n.weather.Load()
		if !w.BlackHole {
			return start, nil
		}
		select {
		case <-w.changed:
			start = time.Now()
		case <-ctx.Done():
			return start, ctx.Err()
		}
	}
}

// why returns the cause of a dial that ended early.
func (n *Network) why(ctx context.Context) error {
	if n.closing.Err() != nil {
		return net.ErrClosed
	}
	return ctx.Err()
}

func dialError(network string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Err: err}
}

// onEnd calls f when ctx ends. The caller must call stop, which waits for a
// call in progress.
func onEnd(ctx context.Context, f func()) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		f()
	})
	return func() {
		if !cancel() {
			<-done
		}
	}
}
