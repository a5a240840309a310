package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"redisduel/bench"
)

// verdicts reads all replies that a server sent, and says what it thinks of each.
// Each is held against the value of key 7, of 8 bytes.
func verdicts(source io.Reader, buffer int) (all []string, err error) {
	p := replies{source: source, buf: make([]byte, buffer)}
	for {
		var want stored
		want.set(8, 7)
		got, err := p.next(&want)
		switch {
		case err != nil:
			return all, err
		case got == refused:
			all = append(all, bench.ErrorReply(p.said).Error())
		default:
			all = append(all, []string{answered: "right", null: "null", wrong: "wrong"}[got])
		}
	}
}

var replyCases = []struct{ what, stream, want string }{
	{"the value", "$8\r\n00000007\r\n", "right"},
	{"another value", "$8\r\n00000008\r\n", "wrong"},
	{"a shorter one", "$7\r\n0000007\r\n", "wrong"},
	{"a longer one", "$9\r\n000000007\r\n", "wrong"},
	{"nothing", "$0\r\n\r\n", "wrong"},
	{"the value as a simple string", "+00000007\r\n", "right"},
	{"OK", "+OK\r\n", "wrong"},
	{"nulls of RESP2 and RESP3", "$-1\r\n*-1\r\n_\r\n", "null null null"},
	{"an error", "-WRONGTYPE Operation against\r\n", "WRONGTYPE Operation against"},
	{"an error of any bytes", "!10\r\nOOM a\r\nb c\r\n", "OOM a\r\nb c"},
	{"scalars", ":-12\r\n,1.5e-7\r\n,inf\r\n#t\r\n#f\r\n(-123456789012345678901234567890\r\n", "wrong wrong wrong wrong wrong wrong"},
	{"a verbatim string", "=12\r\ntxt:00000007\r\n", "wrong"},
	{"aggregates", "*0\r\n*2\r\n:1\r\n$2\r\nab\r\n~1\r\n+a\r\n%1\r\n+k\r\n*1\r\n_\r\n", "wrong wrong wrong wrong"},
	{"errors and nulls within", "*4\r\n-ERR no\r\n$-1\r\n*-1\r\n!1\r\nx\r\n", "wrong"},
	{"attributes", "|1\r\n+k\r\n*1\r\n|1\r\n+a\r\n+b\r\n:1\r\n$8\r\n00000007\r\n", "right"},
	{"attributes within", "*2\r\n|1\r\n+k\r\n+v\r\n:1\r\n:2\r\n$8\r\n00000007\r\n", "wrong right"},
	{"pushes between", ">2\r\n+message\r\n*1\r\n:1\r\n$8\r\n00000007\r\n>1\r\n+x\r\n_\r\n", "right null"},
}

func TestEveryKindOfReplyIsUnderstoodHoweverItIsCut(t *testing.T) {
	for _, c := range replyCases {
		for size := 1; size < 64; size *= 2 {
			for name, source := range map[string]io.Reader{
				"at once": strings.NewReader(c.stream), "byte by byte": iotest.OneByteReader(strings.NewReader(c.stream)),
				"by halves": iotest.HalfReader(strings.NewReader(c.stream)), "with its end": iotest.DataErrReader(strings.NewReader(c.stream)),
			} {
				got, err := verdicts(source, size)
				if strings.Join(got, " ") != c.want || !errors.Is(err, io.EOF) {
					t.Errorf("%s, %s, %d bytes of buffer: %q, %v; want %q", c.what, name, size, got, err, c.want)
				}
			}
		}
	}
}

func TestAReplyThatEndsInTheMiddleIsAnEnd(t *testing.T) {
	for _, c := range replyCases {
		for n := range len(c.stream) {
			if got, err := verdicts(strings.NewReader(c.stream[:n]), 16); !errors.Is(err, io.EOF) || !strings.HasPrefix(c.want, strings.Join(got, " ")) {
				t.Errorf("%s, %d bytes: %q, %v; want a beginning of %q, and the end", c.what, n, got, err, c.want)
			}
		}
	}
}

var brokenReplies = []string{
	"\r\n", "\n", "x\r\n", "HTTP/1.1 400 Bad Request\r\n", "OK\r\n", "+OK\n", "+O\rK\r\n", "-ERR\rx\r\n",
	"$\r\n", "$-2\r\n", "$+1\r\n", "$ 1\r\n", "$1x\r\n", "$536870913\r\n", "$99999999999\r\n", "$?\r\n", "$3\r\nabcd\r\n", "$3\r\nab\r\n\r\n", "$1\r\na\n\n",
	"!\r\n", "!-1\r\n", "!1048577\r\n", "!1\r\nab\r\n", "=-1\r\n", "=1\r\nab\r\n",
	"*-2\r\n", "*?\r\n", "*1\r\nx\r\n", "*1\r\n>1\r\n+a\r\n", "~-1\r\n", "%-1\r\n", "%1\r\n+k\r\nx\r\n", "|-1\r\n", ">-1\r\n", ">1\r\nx\r\n", "*1\r\n$-2\r\n",
	":\r\n", ":-\r\n", ":1x\r\n", ":+1\r\n", ":1.5\r\n", ":9223372036854775808\r\n", "(\r\n", "(-\r\n", "(1.5\r\n", ",\r\n", ",x\r\n", "#\r\n", "#x\r\n", "#tt\r\n", "_x\r\n", ".\r\n",
}

func TestAReplyThatBreaksTheProtocolIsRefused(t *testing.T) {
	for _, stream := range brokenReplies {
		for name, source := range map[string]io.Reader{"at once": strings.NewReader(stream), "byte by byte": iotest.OneByteReader(strings.NewReader(stream))} {
			if got, err := verdicts(source, 16); !errors.Is(err, errMalformed) || len(got) > 0 {
				t.Errorf("%q, %s: %q, %v; want that it is refused", stream, name, got, err)
			}
		}
	}
}

func TestWhatNobodyAskedForIsRefusedUnlessItIsAPush(t *testing.T) {
	for stream, want := range map[string]error{
		"+OK\r\n": nil, "+OK\r\n>1\r\n+a\r\n": nil, "+OK\r\n>1\r\n+a\r\n>0\r\n": nil,
		"+OK\r\n+": errMalformed, "+OK\r\n\r\n": errMalformed, "+OK\r\n>1\r\n+a\r\n$": errMalformed, "+OK\r\n>1\r\n": io.EOF,
	} {
		p := replies{source: strings.NewReader(stream), buf: make([]byte, 64)}
		if got, err := p.next(nil); got != answered || err != nil {
			t.Fatalf("%q: %v, %v", stream, got, err)
		}
		if err := p.over(); !errors.Is(err, want) {
			t.Errorf("after the reply of %q: %v, want %v", stream, err, want)
		}
	}
}

// nested is an endless reply in reply in reply.
type nested struct{}

func (nested) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "*1\r\n"[i%4]
	}
	return len(p) / 4 * 4, nil
}

// A line is kept while it is read, up to a megabyte; nothing else is.
func TestNoReplyTakesMemoryByItsLengthOrItsDepth(t *testing.T) {
	for what, source := range map[string]func() io.Reader{
		"depth": func() io.Reader { return io.LimitReader(nested{}, 4<<20) },
		"a string": func() io.Reader {
			return io.MultiReader(strings.NewReader("$536870912\r\n"), io.LimitReader(nested{}, 4<<20))
		},
		"elements": func() io.Reader { return strings.NewReader("*536870912\r\n*536870912\r\n") },
	} {
		p := replies{buf: make([]byte, 1<<10)}
		if n := testing.AllocsPerRun(1, func() {
			p = replies{buf: p.buf, source: source()}
			if _, err := p.next(nil); err == nil {
				t.Errorf("%s: no error, want one", what)
			}
		}); n > 20 || len(p.buf) > 1<<10 {
			t.Errorf("%s: %v allocations, and a buffer of %d bytes", what, n, len(p.buf))
		}
	}
	line := io.MultiReader(strings.NewReader("+"), endless{})
	if _, err := verdicts(line, 16); !errors.Is(err, errMalformed) {
		t.Errorf("a line without an end: %v, want that it is refused", err)
	}
}

// endless is an endless line.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestALargeValueIsComparedPieceByPiece(t *testing.T) {
	const size = 1 << 20
	value := appendValue(nil, size, 12345)
	var want stored
	want.set(size, 12345)
	for _, broken := range []int{-1, 0, size / 2, size - 6, size - 5, size - 1} {
		sent := bytes.Clone(value)
		if broken >= 0 {
			sent[broken] ^= 1
		}
		p := replies{source: io.MultiReader(strings.NewReader(fmt.Sprintf("$%d\r\n", size)), bytes.NewReader(sent), strings.NewReader("\r\n")), buf: make([]byte, 1<<10)}
		got, err := p.next(&want)
		if right := got == answered; err != nil || right != (broken < 0) || len(p.buf) > 1<<10 {
			t.Errorf("byte %d is wrong: %v, %v, a buffer of %d bytes", broken, got, err, len(p.buf))
		}
	}
}

func TestAStoredValueIsKnownFromAnyOffset(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		size, k := 1+random.IntN(40), random.IntN(2_000_000)
		if random.IntN(20) == 0 {
			size += 10_000
		}
		value := appendValue(nil, size, k)
		var v stored
		v.set(size, k)
		from := random.IntN(len(value))
		piece := bytes.Clone(value[from : from+1+random.IntN(len(value)-from)])
		if v.size != len(value) || !v.holds(piece, from) {
			t.Fatalf("%d bytes of key %d, from %d: %q is not known", size, k, from, piece)
		}
		piece[random.IntN(len(piece))] ^= 1
		if v.holds(piece, from) {
			t.Fatalf("%d bytes of key %d, from %d: %q is taken for it", size, k, from, piece)
		}
	}
}

// again sends the same for ever.
type again struct {
	text string
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.text[a.at:])
	a.at = (a.at + n) % len(a.text)
	return n, nil
}

// reading is what a benchmark and a test call again and again.
func reading(tb testing.TB, stream string, want *stored) func() {
	tb.Helper()
	p := replies{source: &again{text: strings.Repeat(stream, 32)}, buf: make([]byte, 4<<10)}
	return func() {
		if got, err := p.next(want); got != answered || err != nil {
			tb.Fatal(got, err)
		}
	}
}

func TestToReadAReplyAllocatesNothing(t *testing.T) {
	var want stored
	want.set(64, 7)
	for _, c := range []struct {
		stream string
		want   *stored
	}{
		{"$64\r\n" + string(appendValue(nil, 64, 7)) + "\r\n", &want}, {"+OK\r\n", nil}, {":123\r\n", nil}, {",1.5\r\n", nil}, {"(123\r\n", nil},
		{"*3\r\n$1\r\na\r\n_\r\n%1\r\n+k\r\n:1\r\n", nil},
	} {
		read := reading(t, c.stream, c.want)
		if n := testing.AllocsPerRun(1000, read); n != 0 {
			t.Errorf("%q: %v allocations, want none", c.stream, n)
		}
	}
}

func BenchmarkCostOfReadingAReply(b *testing.B) {
	var want stored
	want.set(64, 123)
	b.ReportAllocs()
	b.Run("GET", func(b *testing.B) {
		read := reading(b, "$64\r\n"+string(appendValue(nil, 64, 123))+"\r\n", &want)
		for b.Loop() {
			read()
		}
	})
	b.Run("SET", func(b *testing.B) {
		read := reading(b, "+OK\r\n", nil)
		for b.Loop() {
			read()
		}
	})
}
