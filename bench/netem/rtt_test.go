package netem_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

// The sizes of a GET and its reply with a key of 16 bytes and a value of 64.
const (
	requestSize = 36
	replySize   = 71
)

// serveGets answers requests with replies, as many as came in one read with
// one write, as Redis does.
func serveGets(tb testing.TB) (address string) {
	return serveConns(tb, func(c net.Conn) {
		r := bufio.NewReaderSize(c, 16<<10)
		reply := make([]byte, 16<<10)
		for pending := 0; ; {
			if _, err := io.CopyN(io.Discard, r, requestSize); err != nil {
				return
			}
			pending++
			if r.Buffered() >= requestSize && pending < len(reply)/replySize {
				continue
			}
			if _, err := c.Write(reply[:pending*replySize]); err != nil {
				return
			}
			pending = 0
		}
	})
}

// An exchanger sends messages and waits for their replies.
type exchanger struct {
	conn           net.Conn
	request, reply []byte
}

func newExchanger(c net.Conn, depth int) *exchanger {
	return &exchanger{conn: c, request: make([]byte, depth*requestSize), reply: make([]byte, depth*replySize)}
}

// exchange sends its messages with one write, as a pipelining client does, and
// reads all replies.
func (e *exchanger) exchange() error {
	if _, err := e.conn.Write(e.request); err != nil {
		return err
	}
	_, err := io.ReadFull(e.conn, e.reply)
	return err
}

// A drive is how an exchange is repeated.
type drive struct {
	name         string
	conns, depth int
	every        time.Duration // of one connection, from start to start; 0 is at once
	rtts         []time.Duration
}

// BenchmarkRTT measures exchanges through the link, over loopback, against the
// round trip that was asked for. The error is the exchange's time less the
// RTT, so it contains the service time, which direct-* reports for the same
// drive without a link. A closed loop over 100 connections wants all of the
// CPU that there is: its error is mostly that of the host.
func BenchmarkRTT(b *testing.B) {
	const ms = time.Millisecond
	address := serveGets(b)
	for _, d := range []drive{
		{"idle", 1, 1, 0, []time.Duration{ms / 4, ms, 5 * ms, 50 * ms, 250 * ms}},
		{"paced-100x16", 100, 16, 20 * ms, []time.Duration{ms, 5 * ms}},
		{"closed-100x16", 100, 16, 0, []time.Duration{ms, 2 * ms, 5 * ms}},
	} {
		for _, rtt := range d.rtts {
			b.Run(fmt.Sprintf("%s/rtt=%v", d.name, rtt), func(b *testing.B) {
				benchmarkRTT(b, address, rtt, d)
			})
		}
	}
}

func benchmarkRTT(b *testing.B, address string, rtt time.Duration, d drive) {
	direct := d.run(b, netem.Link{}, address)
	var through []time.Duration
	for b.Loop() {
		through = append(through, d.run(b, netem.Link{RTT: rtt}, address)...)
	}
	slices.Sort(direct)
	slices.Sort(through)
	b.ReportMetric(0, "ns/op") // an op is a whole run
	b.ReportMetric(microseconds(quantile(through, 0.5)-rtt), "p50-error-µs")
	b.ReportMetric(microseconds(quantile(through, 0.99)-rtt), "p99-error-µs")
	b.ReportMetric(microseconds(quantile(direct, 0.5)), "direct-p50-µs")
	b.ReportMetric(microseconds(quantile(direct, 0.99)), "direct-p99-µs")
}

func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}

// run drives for half a second and returns how long each exchange took.
func (d drive) run(b testing.TB, link netem.Link, address string) (all []time.Duration) {
	n, err := netem.New(link, clock.Precise(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	var mu sync.Mutex
	var group sync.WaitGroup
	pace := clock.Precise()
	for k := range d.conns {
		c, err := n.Dial(b.Context(), "tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		timer, err := pace.NewTimer()
		if err != nil {
			b.Fatal(err)
		}
		defer timer.Close()
		group.Go(func() {
			took := d.repeat(b, newExchanger(c, d.depth), timer, float64(k)/float64(d.conns))
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	group.Wait()
	return all
}

// repeat exchanges for half a second, starting at a phase of the period.
func (d drive) repeat(b testing.TB, e *exchanger, timer clock.Timer, phase float64) (took []time.Duration) {
	next := time.Now()
	end := next.Add(500 * time.Millisecond)
	for next = next.Add(time.Duration(phase * float64(d.every))); next.Before(end); next = next.Add(d.every) {
		if d.every == 0 {
			next = time.Now()
		}
		timer.WaitUntil(next)
		start := time.Now()
		if err := e.exchange(); err != nil {
			b.Error(err)
			return nil
		}
		took = append(took, time.Since(start))
	}
	return took
}

// BenchmarkCostOfAnExchange exchanges a message for its reply, a chunk each way,
// without a link and through one that is short: what the link costs in
// allocations, and in CPU time with both ends in this process.
func BenchmarkCostOfAnExchange(b *testing.B) {
	address := serveGets(b)
	for _, rtt := range []time.Duration{0, 100 * time.Microsecond, time.Millisecond} {
		b.Run(fmt.Sprintf("rtt=%v", rtt), func(b *testing.B) {
			n := newNetwork(b, netem.Link{RTT: rtt}, clock.Precise())
			e := newExchanger(dial(b, n, address), 1)
			b.ReportAllocs()
			used := cpuTime(b)
			exchanges := 0
			for b.Loop() {
				if err := e.exchange(); err != nil {
					b.Fatal(err)
				}
				exchanges++
			}
			b.ReportMetric(float64(cpuTime(b)-used)/float64(exchanges), "cpu-ns/exchange")
		})
	}
}

// cpuTime is what this process has used.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkDial makes and closes connections, through a link that is as short
// as can be and without one.
func BenchmarkDial(b *testing.B) {
	address := serveGets(b)
	for _, rtt := range []time.Duration{0, 1} {
		b.Run(fmt.Sprintf("rtt=%v", rtt), func(b *testing.B) {
			n := newNetwork(b, netem.Link{RTT: rtt}, clock.Precise())
			b.ReportAllocs()
			for b.Loop() {
				c, err := n.Dial(b.Context(), "tcp", address)
				if err != nil {
					b.Fatal(err)
				}
				if err := c.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkThroughput streams with and without a link.
func BenchmarkThroughput(b *testing.B) {
	address := serveConns(b, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	for _, rtt := range []time.Duration{0, time.Millisecond} {
		b.Run(fmt.Sprintf("rtt=%v", rtt), func(b *testing.B) {
			c := dial(b, newNetwork(b, netem.Link{RTT: rtt}, clock.Precise()), address)
			data := make([]byte, 64<<10)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := c.Write(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
