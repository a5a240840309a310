package netem_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
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

// BenchmarkRTT measures exchanges through the link against the round trip that
// was asked for, and the same without a link. The error is the exchange's time
// less the RTT, so it contains the service time that direct-* reports.
func BenchmarkRTT(b *testing.B) {
	address := serveGets(b)
	for _, rtt := range []time.Duration{
		250 * time.Microsecond, time.Millisecond, 5 * time.Millisecond,
		50 * time.Millisecond, 250 * time.Millisecond,
	} {
		b.Run(fmt.Sprintf("idle/rtt=%v", rtt), func(b *testing.B) {
			benchmarkRTT(b, address, rtt, 1, 1, 0)
		})
	}
	for _, rtt := range []time.Duration{time.Millisecond, 5 * time.Millisecond} {
		b.Run(fmt.Sprintf("closed-100x16/rtt=%v", rtt), func(b *testing.B) {
			benchmarkRTT(b, address, rtt, 100, 16, 0)
		})
		b.Run(fmt.Sprintf("paced-100x16/rtt=%v", rtt), func(b *testing.B) {
			benchmarkRTT(b, address, rtt, 100, 16, 20*time.Millisecond)
		})
	}
}

func benchmarkRTT(b *testing.B, address string, rtt time.Duration, conns, depth int, every time.Duration) {
	direct := exchanges(b, netem.Link{}, address, conns, depth, every, func(i int) bool { return i < 2000/conns+10 })
	link := netem.Link{RTT: rtt}
	var through []time.Duration
	if conns == 1 {
		through = exchanges(b, link, address, 1, depth, every, func(int) bool { return b.Loop() })
	} else {
		n := 0
		for b.Loop() {
			n++
		}
		start := time.Now()
		through = exchanges(b, link, address, conns, depth, every, func(int) bool { return time.Since(start) < time.Second })
	}
	b.ReportMetric(microseconds(quantile(through, 0.5)-rtt), "p50-error-µs")
	b.ReportMetric(microseconds(quantile(through, 0.99)-rtt), "p99-error-µs")
	b.ReportMetric(microseconds(quantile(direct, 0.5)), "direct-p50-µs")
	b.ReportMetric(microseconds(quantile(direct, 0.99)), "direct-p99-µs")
	b.ReportMetric(float64(len(through)), "exchanges")
}

func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}

// exchanges returns the sorted times of exchanges on a number of connections.
// With every > 0 each connection starts one exchange in each such period, else
// one after the other.
func exchanges(b *testing.B, link netem.Link, address string, conns, depth int, every time.Duration, more func(int) bool) []time.Duration {
	n := newNetwork(b, link, clock.Precise())
	var (
		mu    sync.Mutex
		all   []time.Duration
		group sync.WaitGroup
	)
	pace := clock.Precise()
	for k := range conns {
		c, err := n.Dial(b.Context(), "tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		group.Go(func() {
			timer, err := pace.NewTimer()
			if err != nil {
				b.Error(err)
				return
			}
			defer timer.Close()
			e := newExchanger(c, depth)
			var took []time.Duration
			next := time.Now().Add(every * time.Duration(k) / time.Duration(conns))
			for i := 0; more(i); i++ {
				if every > 0 {
					timer.WaitUntil(next)
					next = next.Add(every)
				}
				start := time.Now()
				if err := e.exchange(); err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	group.Wait()
	slices.Sort(all)
	return all
}
