package netem_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"redisduel/bench/netem"
)

func TestAnExchangeTakesOneRoundTrip(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.during(func() {
			w.read(server, "GET")
			w.at(oneWay, "request")
			w.write(server, "value")
		})
		w.write(client, "GET")
		w.at(0, "Write returns")
		w.read(client, "value")
		w.at(rtt, "reply")
	})
}

func TestChunksOverlapInFlight(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.during(func() {
			for i := range 10 {
				w.read(server, "x")
				w.at(oneWay+time.Duration(i)*time.Millisecond, "chunk")
			}
		})
		for range 10 {
			w.write(client, "x")
			time.Sleep(time.Millisecond)
		}
	})
}

func TestReadTakesAllThatHasArrivedAndNoMore(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		for _, s := range []string{"a", "b", "c"} {
			w.write(server, s)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(oneWay - 2*time.Millisecond)
		buf := make([]byte, 10)
		if n, err := client.Read(buf); err != nil || string(buf[:n]) != "ab" {
			t.Errorf("read %q (%v), want the two bytes that have arrived", buf[:n], err)
		}
	})
}

// arrivals returns when each of n bytes, sent a step apart, arrives.
func arrivals(w *world, n int, step time.Duration) (at []time.Duration) {
	client, server := w.connect()
	done := make(chan struct{})
	w.during(func() {
		defer close(done)
		b := make([]byte, 1)
		for i := range n {
			if _, err := io.ReadFull(server, b); err != nil || b[0] != byte(i) {
				w.Errorf("byte %d is %d (%v)", i, b[0], err)
			}
			at = append(at, time.Since(w.start))
		}
	})
	for i := range n {
		w.write(client, string([]byte{byte(i)}))
		time.Sleep(step)
	}
	<-done
	return at
}

func TestJitterStaysInItsBoundsAndKeepsTheOrder(t *testing.T) {
	const jitter, step = 10 * time.Millisecond, time.Millisecond
	inFakeTime(t, netem.Link{RTT: rtt, Jitter: jitter}, func(w *world) {
		at := arrivals(w, 200, step)
		if !slices.IsSorted(at) {
			t.Errorf("arrivals are out of order: %v", at)
		}
		for i, at := range at {
			delay := at - time.Duration(i)*step
			if delay < oneWay-jitter/2 || delay > oneWay+jitter/2 {
				t.Errorf("byte %d took %v, want %v ± %v", i, delay, oneWay, jitter/2)
			}
		}
	})
}

func TestJitterIsTheSameForTheSameSeed(t *testing.T) {
	run := func(seed uint64) (at []time.Duration) {
		link := netem.Link{RTT: rtt, Jitter: rtt, Seed: seed}
		inFakeTime(t, link, func(w *world) { at = arrivals(w, 20, rtt) })
		return at
	}
	if a, b := run(1), run(1); !slices.Equal(a, b) {
		t.Errorf("two runs with one seed differ: %v and %v", a, b)
	}
	if a, b := run(1), run(2); slices.Equal(a, b) {
		t.Error("two seeds give the same jitter")
	}
}

const megabyte = 1 << 20

func TestBandwidthAddsSerialisationTime(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt, Bandwidth: megabyte}, func(w *world) {
		client, server := w.connect()
		w.during(func() { w.write(client, string(make([]byte, megabyte))) })
		first := make([]byte, 1)
		if _, err := io.ReadFull(server, first); err != nil {
			t.Fatal(err)
		}
		if at, bound := time.Since(w.start), oneWay+2*time.Millisecond; at <= oneWay || at > bound {
			t.Errorf("the first byte arrives at %v, want one frame later than %v", at, oneWay)
		}
		if _, err := io.CopyN(io.Discard, server, megabyte-1); err != nil {
			t.Fatal(err)
		}
		near(t, time.Since(w.start), time.Second+oneWay)
	})
}

func TestConnectionsToOneAddressShareItsBandwidth(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt, Bandwidth: megabyte}, func(w *world) {
		a, serverA := w.connect()
		b, serverB := w.connect()
		w.write(a, string(make([]byte, megabyte/2)))
		w.write(b, string(make([]byte, megabyte/2)))
		w.during(func() { _, _ = io.CopyN(io.Discard, serverA, megabyte/2) })
		if _, err := io.CopyN(io.Discard, serverB, megabyte/2); err != nil {
			t.Fatal(err)
		}
		near(t, time.Since(w.start), time.Second+oneWay)
	})
}

func TestTheTwoDirectionsDoNotShareBandwidth(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt, Bandwidth: megabyte}, func(w *world) {
		client, server := w.connect()
		w.write(client, string(make([]byte, megabyte)))
		w.write(server, "x")
		w.read(client, "x")
		near(t, time.Since(w.start), oneWay)
	})
}

// near allows for the rounding of frames to nanoseconds.
func near(t *testing.T, got, want time.Duration) {
	t.Helper()
	if diff := (got - want).Abs(); diff > 10*time.Microsecond {
		t.Errorf("it took %v, want %v", got, want)
	}
}

func TestWriteBlocksWhileTheWindowIsFull(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		data := bytes.Repeat([]byte("0123456789abcdef"), (netem.Window+megabyte)/16)
		w.during(func() {
			time.Sleep(time.Second)
			got := make([]byte, len(data))
			if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, data) {
				t.Errorf("the data differ (%v)", err)
			}
		})
		if _, err := client.Write(data); err != nil {
			t.Fatal(err)
		}
		w.at(time.Second, "Write returns")
	})
}

func TestSingleBytesDoNotTakeManyTimesTheWindow(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, _ := w.connect()
		if err := client.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; ; n++ {
			if _, err := client.Write([]byte("x")); err != nil {
				break
			}
			time.Sleep(time.Nanosecond)
		}
		if n > netem.Window/32 {
			t.Errorf("%d single bytes went into the window", n)
		}
	})
}
