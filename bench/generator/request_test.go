package generator

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestARequestIsItsWordsWithTheirLengths(t *testing.T) {
	for command, want := range map[string][]string{
		"PING":                     {"PING"},
		"GET {key}":                {"GET", "p:2"},
		"SET {key} {value} EX 60":  {"SET", "p:2", "0002", "EX", "60"},
		"HSET {key} f{n} x{value}": {"HSET", "p:2", "f17", "x0002"},
		"EVAL return'ü' 0  {n}":    {"EVAL", "return'ü'", "0", "", "17"},
	} {
		template, err := parse(strings.Split(command, " "))
		if err != nil {
			t.Fatal(err)
		}
		encoded := fmt.Sprintf("*%d\r\n", len(want))
		for _, word := range want {
			encoded += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
		}
		r := newRequest(template)
		for range 2 { // it is made again and again
			if got := string(r.appendTo([]byte("before"), named, 4, 2, 17)); got != "before"+encoded {
				t.Errorf("%s becomes %q, want %q", command, got, encoded)
			}
		}
	}
}

// writing is what a benchmark and a test call again and again.
func writing(tb testing.TB, command string) func(n int) {
	tb.Helper()
	template, err := parse(strings.Fields(command))
	if err != nil {
		tb.Fatal(err)
	}
	r := newRequest(template)
	var out []byte
	return func(n int) { out = r.appendTo(out[:0], named, 64, keyOf(1, n, MaxKeys), n) }
}

func TestToWriteARequestAllocatesNothing(t *testing.T) {
	for _, command := range []string{"PING", "GET {key}", "SET {key} {value} EX 60", "HSET {key} f{n} x{value}"} {
		write, n := writing(t, command), 1_000_000
		write(n)
		if got := testing.AllocsPerRun(1000, func() { write(n); n++ }); got != 0 {
			t.Errorf("%s: %v allocations, want none", command, got)
		}
	}
}

func BenchmarkCostOfWritingARequest(b *testing.B) {
	for _, command := range []string{"GET {key}", "SET {key} {value}"} {
		b.Run(command, func(b *testing.B) {
			write := writing(b, command)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				write(n)
			}
		})
	}
}

// Large values are not put together byte by byte.
func BenchmarkCostOfAValue(b *testing.B) {
	var out []byte
	for b.Loop() {
		out = appendValue(out[:0], maxSize, 123)
	}
	if !bytes.HasSuffix(out, []byte("0123")) {
		b.Error("another value")
	}
}
