package generator

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
)

// A recital is a server that says what was written before, whatever it is asked.
type recital struct {
	net.Conn // no address is asked for
	io.Reader
	cuts []byte // how much comes at once, in turn
	turn int
}

func (r *recital) Read(p []byte) (int, error) {
	if len(r.cuts) > 0 {
		p = p[:min(len(p), 1+int(r.cuts[r.turn%len(r.cuts)]))]
		r.turn++
	}
	return r.Reader.Read(p)
}

func (*recital) Write(p []byte) (int, error) { return len(p), nil }
func (*recital) SetDeadline(time.Time) error { return nil }
func (*recital) Close() error                { return nil }

// listener is a client to a recital. It is not to be closed: with something left to
// read a client panics at that.
func listener(t *testing.T, said []byte) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{""}, ForceSingleClient: true, DisableCache: true, DisableRetry: true, ClientSetInfo: []string{},
		Dialer: net.Dialer{KeepAlive: -1}, RingScaleEachConn: 1, ReadBufferEachConn: 1 << 10, WriteBufferEachConn: 1 << 10,
		DialCtxFn: func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
			return &recital{Reader: io.MultiReader(bytes.NewReader([]byte("%1\r\n$5\r\nproto\r\n:3\r\n")), bytes.NewReader(said))}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// clientSays is what verdicts says, by a client's reading of so many replies.
func clientSays(t *testing.T, said []byte, replies int) (all []string) {
	t.Helper()
	client := listener(t, said)
	for range replies {
		message, err := client.Do(context.Background(), client.B().Ping().Build()).ToMessage()
		text, isText := message.ToString()
		switch {
		case rueidis.IsRedisNil(err):
			all = append(all, "null")
		case err != nil:
			all = append(all, err.Error())
		case message.IsString() && isText == nil && text == "00000007":
			all = append(all, "right")
		default:
			all = append(all, "wrong")
		}
	}
	return all
}

// FuzzAReply holds what the wire reads, however it is cut, against what rueidis
// does. What the wire takes for a reply is one to both; it may refuse more.
func FuzzAReply(f *testing.F) {
	for _, c := range replyCases {
		f.Add([]byte(c.stream), []byte{0, 3, 1})
	}
	for _, stream := range brokenReplies {
		f.Add([]byte("+OK\r\n"+stream), []byte{2})
	}
	f.Fuzz(func(t *testing.T, said, cuts []byte) {
		whole, ended := verdicts(bytes.NewReader(said), 1<<10)
		pieces, endedSo := verdicts(&recital{Reader: bytes.NewReader(said), cuts: cuts}, 16)
		if !slices.Equal(whole, pieces) || ended.Error() != endedSo.Error() {
			t.Fatalf("at once %q, %v; in pieces %q, %v", whole, ended, pieces, endedSo)
		}
		if !errors.Is(ended, io.EOF) && !errors.Is(ended, errMalformed) {
			t.Fatalf("it ended with %v", ended)
		}
		if theirs := clientSays(t, said, len(whole)); !slices.Equal(whole, theirs) {
			t.Errorf("the wire says %q, rueidis %q", whole, theirs)
		}
	})
}

// An error is of the same class whoever read it.
func TestAnErrorReplyIsOfTheClassThatItHasThroughAClient(t *testing.T) {
	for text, want := range map[string]string{
		"WRONGTYPE Operation against a key": "WRONGTYPE", "OOM command not allowed": "OOM", "BUSY Redis is busy": "BUSY", "MOVED 1 127.0.0.1:1": "MOVED",
		"LOADING Redis is loading": "LOADING", "NOAUTH Authentication required.": "NOAUTH", "MISCONF Redis is configured": "MISCONF",
		"ERR unknown command": "unknown", "ERR max number of clients reached": "maxclients", "ERR": "ERR", "": "", "EXECABORT": "EXECABORT",
	} {
		said := "-" + text + "\r\n"
		p := replies{source: bytes.NewReader([]byte(said)), buf: make([]byte, 64)}
		if got, err := p.next(nil); got != refused || err != nil {
			t.Fatalf("%q: %v, %v", text, got, err)
		}
		got := bench.Classify(bench.ErrorReply(p.said))
		client := listener(t, []byte(said))
		theirs := bench.Classify(client.Do(context.Background(), client.B().Ping().Build()).Error())
		if got.Name != want || got != theirs {
			t.Errorf("%q is of class %+v, through a client of %+v; want %q", text, got, theirs, want)
		}
	}
}
