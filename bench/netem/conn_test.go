package netem_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"redisduel/bench/netem"
)

var errEOF = io.EOF

func typeOf(v any) string { return fmt.Sprintf("%T", v) }

func expectTimeout(t *testing.T, err error) {
	t.Helper()
	var timeout net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("the error is %v, want a deadline's", err)
	}
}

func TestAReadEndsAtItsDeadline(t *testing.T) {
	second := time.Second
	tests := []struct {
		name        string
		set         time.Duration // from the start; negative is the past
		move, moved time.Duration // when it is moved and where to, if move > 0
		want        time.Duration
	}{
		{name: "set before", set: second, want: second},
		{name: "in the past", set: -second, want: 0},
		{name: "moved nearer", set: 5 * second, move: second, moved: 2 * second, want: 2 * second},
		{name: "moved away", set: 2 * second, move: second, moved: 5 * second, want: 5 * second},
		{name: "moved to the past", set: 5 * second, move: second, moved: -second, want: second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
				client, server := w.connect()
				if err := client.SetReadDeadline(w.start.Add(tt.set)); err != nil {
					t.Fatal(err)
				}
				if tt.move > 0 {
					time.AfterFunc(tt.move, func() { _ = client.SetReadDeadline(w.start.Add(tt.moved)) })
				}
				_, err := client.Read(make([]byte, 1))
				expectTimeout(t, err)
				w.at(tt.want, "the read ends")

				if err := client.SetReadDeadline(time.Time{}); err != nil {
					t.Fatal(err)
				}
				w.write(server, "later")
				w.read(client, "later")
			})
		})
	}
}

func TestADeadlineEndsAReadOfBytesThatAreStillInFlight(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.write(server, "x")
		if err := client.SetDeadline(w.start.Add(oneWay - 1)); err != nil {
			t.Fatal(err)
		}
		_, err := client.Read(make([]byte, 1))
		expectTimeout(t, err)
		w.at(oneWay-1, "the read ends")
	})
}

func TestAWriteEndsAtItsDeadlineWhenTheWindowIsFull(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, _ := w.connect()
		if err := client.SetWriteDeadline(w.start.Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { _ = client.SetWriteDeadline(w.start.Add(2 * time.Second)) })
		n, err := client.Write(make([]byte, netem.Window+1))
		expectTimeout(t, err)
		w.at(2*time.Second, "the write ends")
		if n == 0 || n > netem.Window {
			t.Errorf("%d bytes were written, want what the window holds", n)
		}
		_, err = client.Write([]byte("x"))
		expectTimeout(t, err)
	})
}

func TestCloseReturnsAtOnceAndWhatWasWrittenArrives(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.during(func() { w.readError(client, net.ErrClosed) })
		synctest.Wait()
		w.write(client, "last words")
		time.Sleep(time.Millisecond)
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		w.at(time.Millisecond, "close returns")
		w.read(server, "last words")
		w.at(oneWay, "the last bytes arrive")
		w.readError(server, io.EOF)
		w.at(oneWay+time.Millisecond, "the end arrives")
	})
}

func TestAClosedConnectionSaysSo(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, _ := w.connect()
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		w.readError(client, net.ErrClosed)
		w.writeError(client, net.ErrClosed)
		for name, err := range map[string]error{
			"Close":       client.Close(),
			"SetDeadline": client.SetDeadline(time.Now()),
		} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s gave %v, want %v", name, err, net.ErrClosed)
			}
		}
	})
}

func TestCloseEndsABlockedWrite(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, _ := w.connect()
		time.AfterFunc(time.Second, func() { client.Close() })
		if _, err := client.Write(make([]byte, 2*netem.Window)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the write gave %v, want %v", err, net.ErrClosed)
		}
		w.at(time.Second, "the write ends")
	})
}

func TestTheEndOfTheStreamComesBehindTheLastBytes(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		w.write(server, "bye")
		server.Close()
		w.read(client, "bye")
		w.at(oneWay, "the last bytes arrive")
		for range 2 {
			w.readError(client, io.EOF)
		}
		w.at(oneWay, "the end arrives")
	})
}

func TestWritesFailOnceTheNewsOfTheServersEndCanBeHere(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		server.Close()
		w.write(client, "x")
		time.Sleep(rtt - 1)
		w.write(client, "y")
		time.Sleep(time.Nanosecond)
		w.writeError(client, io.ErrClosedPipe)
	})
}

func TestConcurrentReadersShareTheStream(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		client, server := w.connect()
		for range 5 {
			w.during(func() {
				if _, err := client.Read(make([]byte, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		w.write(server, "12345")
	})
}
