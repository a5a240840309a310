package netem

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"redisduel/bench/clock"
)

// A DialFunc makes a real connection, as [net.Dialer.DialContext] does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// A Network carries connections over a [Link]. It is safe for concurrent use.
type Network struct {
	link    Link
	clock   *clock.Shared
	dial    DialFunc // nil if the caller's dialer is to be used
	weather atomic.Pointer[weather]
	counts  counts

	closing context.Context // ends what is being dialled or served
	close   context.CancelFunc
	running sync.WaitGroup // one for each dial and flow

	mu     sync.Mutex
	closed bool
	made   uint64 // flows so far, which numbers their jitter
	flows  map[*flow]struct{}
	wires  map[string]*[2]wire // by address
}

// New returns a Network that waits by one timer of c and makes its real
// connections by dial; nil means the dialer that DialRedis is given, and a plain
// net.Dialer elsewhere. The caller must Close it.
func New(link Link, c clock.Clock, dial DialFunc) (*Network, error) {
	if err := link.Validate(); err != nil {
		return nil, err
	}
	shared, err := clock.Share(c)
	if err != nil {
		return nil, err
	}
	n := &Network{link: link, clock: shared, dial: dial, flows: map[*flow]struct{}{}, wires: map[string]*[2]wire{}}
	n.closing, n.close = context.WithCancel(context.Background())
	n.weather.Store(newWeather(link.Faults))
	return n, nil
}

// dialer returns what makes real connections when the caller brings d.
func (n *Network) dialer(d *net.Dialer) DialFunc {
	if n.dial != nil {
		return n.dial
	}
	return d.DialContext
}

// Close breaks every connection, ends dials and Serve, and waits for all
// goroutines. Bytes that have not arrived are lost, also those of connections
// that were closed less than a one-way delay ago. Connections that needed no
// emulation are not touched.
func (n *Network) Close() error {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.close()
	for _, f := range n.all() {
		f.kill()
	}
	n.running.Wait()
	return n.clock.Close()
}

// Inject replaces the faults in force, for the connections that exist, too.
func (n *Network) Inject(f Faults) error {
	if err := f.Validate(); err != nil {
		return err
	}
	old := n.weather.Swap(newWeather(f))
	close(old.changed)
	for _, f := range n.all() {
		f.poke()
	}
	return nil
}

// Reset breaks every connection at this moment as a crash of both ends does:
// what is in flight is lost and each end sees a connection reset. New
// connections are not affected.
func (n *Network) Reset() {
	for _, f := range n.all() {
		f.sever(true)
	}
}

// all returns the flows of this moment.
func (n *Network) all() []*flow {
	n.mu.Lock()
	defer n.mu.Unlock()
	flows := make([]*flow, 0, len(n.flows))
	for f := range n.flows {
		flows = append(flows, f)
	}
	return flows
}

// enter takes a place among the running, which the caller must give back. It
// is false when the network is closed.
func (n *Network) enter() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.running.Add(1)
	return true
}

// admit takes a place among the running for a flow, which dismiss gives back.
// It is false when the network is closed.
func (n *Network) admit(f *flow) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.flows[f] = struct{}{}
	n.counts.open.Add(1)
	n.running.Add(1)
	return true
}

func (n *Network) dismiss(f *flow) {
	defer n.running.Done()
	n.counts.open.Add(-1)
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.flows, f)
}

// newFlow makes the pipes of a connection to address whose handshake ends at
// the moment connected. The server's side of it ends half a round trip later.
func (n *Network) newFlow(address string, connected time.Time, real ...net.Conn) *flow {
	n.mu.Lock()
	defer n.mu.Unlock()
	wires := n.wires[address]
	if wires == nil {
		wires = &[2]wire{{bandwidth: n.link.Bandwidth}, {bandwidth: n.link.Bandwidth}}
		n.wires[address] = wires
	}
	n.made++
	return &flow{
		requests: n.newPipe(requests, &wires[requests], connected),
		replies:  n.newPipe(replies, &wires[replies], connected.Add(n.link.RTT/2)),
		real:     real,
	}
}

func (n *Network) newPipe(w way, on *wire, notBefore time.Time) *pipe {
	jitter := n.link.Jitter / 2
	return &pipe{
		path: path{
			wire:      on,
			delay:     n.link.RTT / 2,
			jitter:    jitter,
			rng:       newRand(jitter, n.link.Seed, 2*n.made+uint64(w)),
			notBefore: notBefore,
		},
		way:     w,
		weather: &n.weather,
		count:   &n.counts.bytes[w],
		reader:  side{timer: n.clock.Timer()},
		writer:  side{timer: n.clock.Timer()},
	}
}

// Counts is what a Network has carried, emulated connections only.
type Counts struct {
	Connections int64 // made
	Failed      int64 // dials that failed, those of Serve included
	Open        int64 // now
	Requests    int64 // bytes that arrived at servers
	Replies     int64 // bytes that arrived at clients
}

type counts struct {
	connections, failed, open atomic.Int64
	bytes                     [2]atomic.Int64 // by way
}

// Counts returns what the network has carried so far.
func (n *Network) Counts() Counts {
	return Counts{
		Connections: n.counts.connections.Load(),
		Failed:      n.counts.failed.Load(),
		Open:        n.counts.open.Load(),
		Requests:    n.counts.bytes[requests].Load(),
		Replies:     n.counts.bytes[replies].Load(),
	}
}
