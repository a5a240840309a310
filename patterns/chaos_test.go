//go:build unix

package patterns_test

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/netem"
	"redisduel/bench/redisd"
)

var (
	chaosLasts = flag.Duration("chaos", 15*time.Second, "how long the test of many faults lasts")
	chaosSeed  = flag.Uint64("chaos-seed", 0, "its seed; 0 means another one each time")
)

const (
	chaosTimeout = 400 * time.Millisecond // of an op
	// chaosGrace is what an op may take beyond its deadline. On a host of its
	// own it is a few milliseconds; a busy one adds its own stalls.
	chaosGrace = 2 * time.Second
)

// chaosServer has a user whose password, unlike the usual one, outlives it.
var chaosServer = redisd.Options{Config: []string{"user chaos on nopass ~* &* +@all"}}

// TestWhateverFailsNoAnswerIsWrongAndNothingIsLost drives the patterns under
// an open and a closed loop through the emulated network while one fault comes
// after the other, as the seed says.
func TestWhateverFailsNoAnswerIsWrongAndNothingIsLost(t *testing.T) {
	seed := *chaosSeed
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again: go test -race ./patterns -run %s -chaos %v -chaos-seed %d", t.Name(), *chaosLasts, seed)
		}
	})
	before := newChaos(t, seed) // opens what the runtime keeps for good
	before.recovers(newChaosOps(t, before))
	before.close()
	files := openFiles(t)
	c := newChaos(t, seed)
	ops := newChaosOps(t, c)
	c.run(ops)
	ops.check()
	c.recovers(ops)
	c.close()
	poolUntil(t, "as few files are open as before", func() bool { return openFiles(t) <= files })
}

// A chaos is a server and the ways to it, both of which fail.
type chaos struct {
	t      *testing.T
	random *rand.Rand // of the faults
	server atomic.Pointer[redisd.Server]
	routes []*netem.Network // of different latency
	route  atomic.Int64
	closed []func()
}

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{t: t, random: rand.New(rand.NewPCG(seed, 1))}
	c.server.Store(benchtest.RedisWith(t, chaosServer))
	for rtt, dial := range map[time.Duration]netem.DialFunc{200 * time.Microsecond: nil, 2 * time.Millisecond: byteByByte, 20 * time.Millisecond: nil} {
		route, err := netem.New(netem.Link{RTT: rtt, Jitter: rtt / 2, Seed: seed}, clock.Precise(), dial)
		if err != nil {
			t.Fatal(err)
		}
		c.routes = append(c.routes, route)
		c.closed = append(c.closed, func() { _ = route.Close() }) // it cannot fail
	}
	return c
}

// byteByByte dials connections that carry a byte at a time: each word of the
// protocol arrives in pieces, several of which the link then brings together.
func byteByByte(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return drip{conn}, nil
}

type drip struct{ net.Conn }

func (d drip) Read(p []byte) (int, error) { return d.Conn.Read(p[:min(1, len(p))]) }

func (d drip) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var wrote int
		wrote, err = d.Conn.Write(p[n : n+1])
		n += wrote
	}
	return n, err
}

// option leads to whatever server there is, by whatever route.
func (c *chaos) option() rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress: []string{c.server.Load().Addr()}, Username: "chaos",
		ForceSingleClient: true, DisableRetry: true, DisableCache: true,
		PipelineMultiplex: -1, ReadBufferEachConn: 4096, WriteBufferEachConn: 4096,
		DialCtxFn: func(ctx context.Context, address string, d *net.Dialer, s *tls.Config) (net.Conn, error) {
			return c.routes[c.route.Load()].DialRedis(ctx, address, d, s)
		},
	}
}

func (c *chaos) close() {
	for i := len(c.closed) - 1; i >= 0; i-- {
		c.closed[i]()
	}
	if err := c.server.Load().Close(); err != nil {
		c.t.Error(err)
	}
}

// run has faults happen for as long as both loads last.
func (c *chaos) run(ops *chaosOps) {
	end := time.Now().Add(*chaosLasts)
	var loads sync.WaitGroup
	defer loads.Wait() // also when a fault cannot be made
	for _, spec := range []load.Spec{
		{Mode: load.Open, Arrivals: load.Poisson, Rate: 300, Workers: 16, Seed: c.random.Uint64()},
		{Mode: load.Closed, Workers: 4},
	} {
		spec.Duration, spec.Timeout, spec.Timeline = *chaosLasts, chaosTimeout, 100*time.Millisecond
		loads.Go(func() { c.drive(spec, ops) })
	}
	for time.Now().Before(end) {
		c.fault()
		time.Sleep(c.upTo(400 * time.Millisecond)) // calm in between is part of it
	}
}

func (c *chaos) drive(spec load.Spec, ops *chaosOps) {
	result, err := load.Run(c.t.Context(), load.Plan{Spec: spec, Clock: clock.Precise(), Classify: bench.Classify}, ops.timed)
	if err != nil {
		c.t.Error(err)
		return
	}
	if err := result.Conserved(); err != nil {
		c.t.Error(err)
	}
	if wrong := result.Errors[load.ClassWrong]; wrong > 0 || result.Errors[load.ClassOther] > 0 {
		c.t.Errorf("%s loop: %d answers were wrong; errors %v", spec.Mode, wrong, result.Errors)
	}
	if result.OK == 0 || result.Unknown+result.Failed == 0 {
		c.t.Errorf("%s loop: %d ok, errors %v; want both, or nothing was shown", spec.Mode, result.OK, result.Errors)
	}
	c.t.Logf("%s loop: %d intended, %d ok, %d failed, %d unknown, %d not started; %v",
		spec.Mode, result.Intended, result.OK, result.Failed, result.Unknown, result.NotStarted, result.Errors)
}

func (c *chaos) upTo(d time.Duration) time.Duration { return time.Duration(c.random.Int64N(int64(d))) }

// fault does one thing to the server or the network and mends it.
func (c *chaos) fault() {
	faults := []func(time.Duration){
		c.pause, c.restart, c.flush, c.reroute,
		func(time.Duration) { c.reset() },
		func(d time.Duration) { c.weather(netem.Faults{BlackHole: true}, d) },
		func(d time.Duration) { c.weather(netem.Faults{CutReplies: c.cut()}, d) },
		func(d time.Duration) { c.weather(netem.Faults{CutRequests: c.cut()}, d) },
	}
	faults[c.random.IntN(len(faults))](c.upTo(2 * chaosTimeout))
}

func (c *chaos) pause(d time.Duration) {
	pid := c.server.Load().PID()
	stopped := syscall.Kill(pid, syscall.SIGSTOP)
	time.Sleep(d)
	if err := errors.Join(stopped, syscall.Kill(pid, syscall.SIGCONT)); err != nil {
		c.t.Error(err)
	}
}

func (c *chaos) restart(d time.Duration) {
	c.server.Store(benchtest.Restart(c.t, c.server.Load(), d, chaosServer))
}

// flush forgets the scripts a few times, so that it meets calls in flight.
func (c *chaos) flush(time.Duration) {
	server := c.server.Load()
	direct, err := rueidis.NewClient(poolOption(server.Addr(), server.Password()))
	if err != nil {
		c.t.Error(err)
		return
	}
	defer direct.Close()
	for range 20 {
		do(c.t, direct, "SCRIPT", "FLUSH")
	}
}

// reroute changes the latency, which takes new connections.
func (c *chaos) reroute(time.Duration) {
	c.route.Store(c.random.Int64N(int64(len(c.routes))))
	c.reset()
}

func (c *chaos) reset() {
	for _, route := range c.routes {
		route.Reset()
	}
}

// cut breaks connections after a number of bytes that an answer or two have.
func (c *chaos) cut() *netem.Cut {
	return &netem.Cut{After: c.random.Int64N(2000), Reset: c.random.IntN(2) == 0}
}

func (c *chaos) weather(f netem.Faults, d time.Duration) {
	for _, faults := range []netem.Faults{f, {}} {
		for _, route := range c.routes {
			if err := route.Inject(faults); err != nil {
				c.t.Error(err)
			}
		}
		if faults != (netem.Faults{}) {
			time.Sleep(d)
		}
	}
}

// recovers waits until every op succeeds, now that nothing fails any more.
func (c *chaos) recovers(ops *chaosOps) {
	begin := time.Now()
	for i := range ops.kinds {
		poolUntil(c.t, ops.kinds[i].name+" succeeds again", func() bool {
			ctx, cancel := context.WithTimeout(c.t.Context(), chaosTimeout)
			defer cancel()
			return ops.kinds[i].op(ctx, ops.token()) == nil
		})
	}
	if took := time.Since(begin); took > time.Second+chaosGrace {
		c.t.Errorf("it took %v until all ops succeeded again, want a second", took)
	}
}
