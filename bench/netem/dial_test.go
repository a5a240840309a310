package netem_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

func TestDialTakesOneRoundTripOrAsLongAsTheRealOne(t *testing.T) {
	tests := []struct {
		name       string
		real, want time.Duration
		fails      error
	}{
		{"at once", 0, rtt, nil},
		{"within the round trip", rtt / 4, rtt, nil},
		{"longer", 3 * rtt, 3 * rtt, nil},
		{"a refusal", 0, rtt, syscall.ECONNREFUSED},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, err := netem.New(netem.Link{RTT: rtt}, clock.Runtime(), func(context.Context, string, string) (net.Conn, error) {
					time.Sleep(tt.real)
					c, _ := net.Pipe()
					return c, tt.fails
				})
				if err != nil {
					t.Fatal(err)
				}
				defer n.Close()
				start := time.Now()
				if _, err := n.Dial(t.Context(), "tcp", "server:6379"); !errors.Is(err, tt.fails) {
					t.Errorf("dial gave %v, want %v", err, tt.fails)
				}
				if got := time.Since(start); got != tt.want {
					t.Errorf("dial took %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		ctx, cancel := context.WithTimeout(w.Context(), rtt/2)
		defer cancel()
		_, err := w.net.Dial(ctx, "tcp", "server:6379")
		w.at(rtt/2, "dial ends")
		var timeout net.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("dial gave %v, want a timeout", err)
		}
		// The real connection is closed.
		w.readError(<-w.servers, errEOF)
	})
}

func TestAServerThatSpeaksFirstIsHeardAfterTwoRoundTrips(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		w.during(func() { w.write(<-w.servers, "hello") })
		client, err := w.net.Dial(w.Context(), "tcp", "server:6379")
		if err != nil {
			t.Fatal(err)
		}
		w.read(client, "hello")
		w.at(2*rtt, "greeting")
	})
}

func TestWithoutEmulationDialReturnsThePlainConnection(t *testing.T) {
	inFakeTime(t, netem.Link{Seed: 7}, func(w *world) {
		c, err := w.net.Dial(w.Context(), "tcp", "server:6379")
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := net.Pipe()
		if got, want := typeOf(c), typeOf(plain); got != want {
			t.Errorf("dial returned a %v, want a %v", got, want)
		}
	})
}

func TestCloseOfTheNetworkEndsEverything(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.during(func() { w.readError(client, net.ErrClosed) })
		w.during(func() {
			_, err := w.net.Dial(w.Context(), "tcp", "server:6379")
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("a dial in progress gave %v, want %v", err, net.ErrClosed)
			}
		})
		synctest.Wait()
		if err := w.net.Close(); err != nil {
			t.Error(err)
		}
		w.at(0, "close returns")
		w.readError(server, errEOF)
		w.writeError(client, net.ErrClosed)
		if _, err := w.net.Dial(w.Context(), "tcp", "server:6379"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a later dial gave %v, want %v", err, net.ErrClosed)
		}
	})
}

func TestCountsSayWhatWasCarried(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.during(func() { w.write(client, "12345") })
		w.read(server, "12345")
		w.write(server, "678")
		w.read(client, "678")
		synctest.Wait()
		want := netem.Counts{Connections: 1, Open: 1, Requests: 5, Replies: 3}
		if got := w.net.Counts(); got != want {
			t.Errorf("counts are %+v, want %+v", got, want)
		}
		client.Close()
		time.Sleep(rtt)
		if open := w.net.Counts().Open; open != 0 {
			t.Errorf("%d connections are open after a close, want none", open)
		}
	})
}
