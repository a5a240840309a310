package netem_test

import (
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/netem"
)

func TestAResetBreaksConnectionsAtOnceAndSparesNewOnes(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.write(server, "lost")
		w.during(func() { w.readError(client, syscall.ECONNRESET) })
		synctest.Wait()
		w.net.Reset()
		w.writeError(client, syscall.ECONNRESET)
		w.readError(client, syscall.ECONNRESET)
		w.readError(server, io.EOF) // what a pipe in memory has for a reset
		w.at(0, "the reset is felt")

		client, server = w.connect()
		w.during(func() { w.write(server, "x") })
		w.read(client, "x")
	})
}

func TestABlackHoleHoldsBytesUntilItIsLifted(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.write(client, "request")
		w.write(server, "reply")
		time.Sleep(oneWay / 2)
		w.inject(netem.Faults{BlackHole: true})

		if err := client.SetReadDeadline(w.start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		_, err := client.Read(make([]byte, 1))
		expectTimeout(t, err)
		w.at(time.Second, "the deadline")

		time.AfterFunc(time.Second, func() { w.inject(netem.Faults{}) })
		w.read(server, "request")
		w.at(2*time.Second, "the request arrives")
		if err := client.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		w.read(client, "reply")
		w.at(2*time.Second, "the reply arrives")
	})
}

func TestABlackHoleLeavesDialsUnanswered(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt, Faults: netem.Faults{BlackHole: true}}, func(w *world) {
		time.AfterFunc(time.Second, func() { w.inject(netem.Faults{}) })
		if _, err := w.net.Dial(w.Context(), "tcp", "server:6379"); err != nil {
			t.Fatal(err)
		}
		w.at(time.Second+rtt, "the dial succeeds")
	})
}

func TestABlackHoleDuringTheHandshakePutsItOff(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		time.AfterFunc(rtt/2, func() { w.inject(netem.Faults{BlackHole: true}) })
		time.AfterFunc(time.Second, func() { w.inject(netem.Faults{}) })
		if _, err := w.net.Dial(w.Context(), "tcp", "server:6379"); err != nil {
			t.Fatal(err)
		}
		w.at(time.Second+rtt, "the dial succeeds")
	})
}

func TestAConnectionClosedInABlackHoleIsGoneWithTheNetwork(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.inject(netem.Faults{BlackHole: true})
		w.write(client, "x")
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		w.readError(client, net.ErrClosed)
		if err := w.net.Close(); err != nil {
			t.Error(err)
		}
		w.readError(server, io.EOF)
	})
}

func TestRepliesAreCutAtEveryByte(t *testing.T) {
	const reply = "$5\r\nvalue\r\n"
	for _, end := range []struct {
		reset       bool
		read, write error
	}{
		{false, io.EOF, syscall.EPIPE},
		{true, syscall.ECONNRESET, syscall.ECONNRESET},
	} {
		for n := range len(reply) + 1 {
			t.Run(fmt.Sprintf("reset=%v/after=%d", end.reset, n), func(t *testing.T) {
				cut := &netem.Cut{After: int64(n), Reset: end.reset}
				inFakeTime(t, netem.Link{RTT: rtt, Faults: netem.Faults{CutReplies: cut}}, func(w *world) {
					client, server := w.connect()
					w.write(server, reply)
					w.read(client, reply[:n])
					for range 2 {
						w.readError(client, end.read)
					}
					w.writeError(client, end.write)
					w.readError(server, io.EOF)
				})
			})
		}
	}
}

func TestRequestsAreCutAtEveryByte(t *testing.T) {
	const request = "GET key\r\n"
	for n := range len(request) + 1 {
		t.Run(fmt.Sprint("after=", n), func(t *testing.T) {
			cut := &netem.Cut{After: int64(n)}
			inFakeTime(t, netem.Link{RTT: rtt, Faults: netem.Faults{CutRequests: cut}}, func(w *world) {
				client, server := w.connect()
				if n > 0 { // else the connection is cut before it is used
					w.write(client, request)
				}
				w.read(server, request[:n])
				w.readError(server, io.EOF)
				w.readError(client, io.EOF)
			})
		})
	}
}

func TestLinksAreValidated(t *testing.T) {
	second := time.Second
	tests := []struct {
		link netem.Link
		want string // empty means valid
	}{
		{netem.Link{}, ""},
		{netem.Link{RTT: second, Jitter: second, Bandwidth: 1000}, ""},
		{netem.Link{RTT: -1}, "the link's RTT is -1ns but must be from 0 to 1m0s"},
		{netem.Link{RTT: time.Hour}, "the link's RTT is 1h0m0s but must be from 0 to 1m0s"},
		{netem.Link{Jitter: second}, "the link's jitter is 1s but must be from 0 to its RTT, 0s"},
		{netem.Link{RTT: second, Jitter: -1}, "the link's jitter is -1ns but must be from 0 to its RTT, 1s"},
		{netem.Link{Bandwidth: 999}, "the link's bandwidth is 999 bytes/s but must be 0, for no limit, or at least 1000"},
		{netem.Link{Faults: netem.Faults{CutReplies: &netem.Cut{After: -1}}}, "the link's cut of replies is after -1 bytes but must be after 0 or more"},
	}
	for _, tt := range tests {
		got := ""
		if err := tt.link.Validate(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Validate(%+v) = %q, want %q", tt.link, got, tt.want)
		}
		if tt.want == "" {
			continue
		}
		if _, err := netem.New(tt.link, nil, nil); err == nil || err.Error() != tt.want {
			t.Errorf("New(%+v) gave %v, want %q", tt.link, err, tt.want)
		}
	}
}
