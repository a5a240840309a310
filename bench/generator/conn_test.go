package generator

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pair is a connection of the operating system that takes turns, and its other
// end.
func pair(t *testing.T) (*turnConn, net.Conn) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	near, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	turns, ok := takeTurns(near).(*turnConn)
	if !ok {
		t.Fatal("a TCP connection does not take turns")
	}
	return turns, far
}

// echo answers every byte with itself until the connection ends.
func echo(t *testing.T, far net.Conn) {
	var all sync.WaitGroup
	all.Go(func() { _, _ = io.Copy(far, far) })
	t.Cleanup(func() { _ = far.Close(); all.Wait() })
}

func TestAConnectionThatTakesTurnsCarriesQuestionsOfEverySize(t *testing.T) {
	near, far := pair(t)
	echo(t, far)
	for _, size := range []int{1, 100, mostPending, mostPending + 1, 3 * mostPending, 4 << 20} {
		question := bytes.Repeat([]byte{byte(size)}, size)
		sent := make(chan error, 1)
		if size <= mostPending {
			_, err := near.Write(question)
			sent <- err
		} else { // too much for the sockets: someone must read meanwhile
			go func() { _, err := near.Write(question); sent <- err }()
		}
		answer := make([]byte, size)
		if _, err := io.ReadFull(near, answer); err != nil || !bytes.Equal(answer, question) {
			t.Fatalf("%d bytes: %v, or another answer", size, err)
		}
		if err := <-sent; err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
}

func TestAReaderAndAWriterOfTheirOwnLoseNothingAndNoOrder(t *testing.T) {
	near, far := pair(t)
	echo(t, far)
	const messages = 5000
	read := make(chan struct{}, messages)
	var all sync.WaitGroup
	all.Go(func() {
		for i := range messages {
			if _, err := near.Write([]byte{byte(i)}); err != nil {
				t.Error(err)
				return
			}
			if i >= 10 { // at most ten are on their way
				<-read
			}
		}
	})
	answer := make([]byte, 1)
	for i := range messages {
		if _, err := io.ReadFull(near, answer); err != nil || answer[0] != byte(i) {
			t.Fatalf("byte %d is %d, %v", i, answer[0], err)
		}
		read <- struct{}{}
	}
	all.Wait()
}

func TestADeadlineEndsAReadThatTakesTurns(t *testing.T) {
	near, _ := pair(t)
	_ = near.SetDeadline(time.Now().Add(-time.Minute))
	_, _ = near.Write([]byte("question"))
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want a deadline", err)
	}
}

func TestTheOtherEndsCloseIsTheEnd(t *testing.T) {
	near, far := pair(t)
	_ = far.Close()
	_, _ = near.Write([]byte("question")) // answered by a reset
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%v, want the end", err)
	}
}

func TestWhatWasLeftUnreadIsReadBeforeMoreComes(t *testing.T) {
	near, far := pair(t)
	if _, err := far.Write([]byte("two")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1)
	for _, want := range "two" {
		if n, err := near.Read(answer); n != 1 || err != nil || answer[0] != byte(want) {
			t.Fatalf("read %q (%d, %v), want %q", answer, n, err, want)
		}
		_, _ = near.Write([]byte("more")) // which nobody answers
	}
}

func TestCloseSendsWhatIsPendingAndEndsARead(t *testing.T) {
	near, far := pair(t)
	_, _ = near.Write([]byte("farewell"))
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(far); err != nil || string(said) != "farewell" {
		t.Errorf("%q, %v, want the farewell", said, err)
	}
	if _, err := near.Write([]byte("too late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a write after it: %v, want that it is closed", err)
	}
	near, _ = pair(t)
	ended := make(chan error, 1)
	go func() { _, err := near.Read(make([]byte, 1)); ended <- err }()
	_ = near.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, want that it is closed", err)
	}
}

func TestWhatIsNoConnectionOfTheSystemStaysWhatItIs(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if takeTurns(a) != a {
		t.Error("a pipe takes turns")
	}
}
