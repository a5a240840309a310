package generator

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestPlaceholdersAreFilledIn(t *testing.T) {
	for command, want := range map[string]string{
		"GET {key}":                "GET p:2",
		"SET {key} {value} EX 60":  "SET p:2 0002 EX 60",
		"HSET {key} f{n} x{value}": "HSET p:2 f17 x0002",
		"PING":                     "PING",
		"ECHO {n}{n}":              "ECHO 1717",
	} {
		words := strings.Fields(command)
		template, err := parse(words)
		if err != nil {
			t.Fatal(err)
		}
		l := newLine(slices.Clone(words))
		for _, k := range []int{123456, 2} { // a command is filled again and again
			template.fill(l, named, 4, k, 17)
		}
		if got := strings.Join(l.words, " "); got != want {
			t.Errorf("%s becomes %q, want %q", command, got, want)
		}
	}
}

func named(b []byte, k int) []byte { return strconv.AppendInt(append(b, "p:"...), int64(k), 10) }

// filling is what a benchmark and a test call again and again.
func filling(tb testing.TB) func(n int) {
	tb.Helper()
	words := strings.Fields("SET {key} {value} EX 60")
	template, err := parse(words)
	if err != nil {
		tb.Fatal(err)
	}
	l := newLine(slices.Clone(words))
	return func(n int) { template.fill(l, named, 64, keyOf(1, n, MaxKeys), n) }
}

func TestToFillACommandAllocatesNothing(t *testing.T) {
	fill, n := filling(t), 0
	fill(0) // makes room for a name of seven digits
	if got := testing.AllocsPerRun(1000, func() { fill(n); n++ }); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

func BenchmarkCostOfFillingACommand(b *testing.B) {
	fill := filling(b)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		fill(n)
	}
}

// A client may still send a command whose op gave up on it.
func TestACommandThatIsGivenUpKeepsItsWords(t *testing.T) {
	server := benchtest.Redis(t)
	client := benchtest.Connect(t, bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()})
	words := strings.Fields("SET {key} x{value}")
	template, err := parse(words)
	if err != nil {
		t.Fatal(err)
	}
	f := newCaller(&job{spec: Spec{Command: words, Pipeline: 2, Size: 4}}, client, false)
	for i, l := range f.lines {
		template.fill(l, named, 4, i, 0)
	}
	old := f.commands
	f.renew()
	for _, l := range f.lines {
		template.fill(l, named, 4, 7, 0)
	}
	for i, want := range []string{"SET p:0 x0000", "SET p:1 x0001"} {
		if got := strings.Join(old[i].Commands(), " "); got != want {
			t.Errorf("command %d became %q, want that it stays %q", i, got, want)
		}
	}
}

// What other processes, or an earlier version, make of the same seed.
func TestTheKeysOfASeedAreAlwaysTheSame(t *testing.T) {
	for n, want := range []int{741564, 159910, 278601, 344190, 38030, 868228} {
		if got := keyOf(42, n, 1_000_000); got != want {
			t.Errorf("command %d has key %d, want %d", n, got, want)
		}
	}
	for n, want := range map[int]int{0: 3898297, 1: 167882, 123456789: 6618042} {
		if got := keyOf(7, n, 10_000_000); got != want {
			t.Errorf("command %d of ten million keys has key %d, want %d", n, got, want)
		}
	}
}

func TestABraceThatBeginsNoPlaceholderIsASlip(t *testing.T) {
	for _, word := range []string{"{keys}", "{key", "a{b}c", "{}", "{KEY}"} {
		if _, err := parse([]string{"GET", word}); !errors.Is(err, bench.ErrUsage) {
			t.Errorf("%q: %v, want a complaint", word, err)
		}
	}
}

func TestTheValueOfAKeyIsWhatTheEngineSeeds(t *testing.T) {
	for _, size := range []int{1, 3, 64, maxSize} {
		for _, k := range []int{0, 7, 12345} {
			if got, want := string(appendValue(nil, size, k)), (bench.Data{Size: size}).Value(k); got != want {
				t.Errorf("size %d, key %d: %.80q, want %.80q", size, k, got, want)
			}
		}
	}
}

// A χ² of 99 degrees of freedom lies below 150 but for one time in a thousand,
// and above 60 likewise.
func TestKeysAreChosenEvenly(t *testing.T) {
	const keys, draws = 100, 100_000
	var counts [keys]float64
	for n := range draws {
		counts[keyOf(42, n, keys)]++
	}
	chi := 0.0
	for _, count := range counts {
		chi += (count - draws/keys) * (count - draws/keys) / (draws / keys)
	}
	if chi < 60 || chi > 150 {
		t.Errorf("χ² is %.1f, want 60 to 150", chi)
	}
	if keyOf(1, 5, MaxKeys) == keyOf(2, 5, MaxKeys) && keyOf(1, 6, MaxKeys) == keyOf(2, 6, MaxKeys) {
		t.Error("the seed does not matter")
	}
}

func TestHarmIsRefusedOnAServerThatIsNotOurs(t *testing.T) {
	all := Consent{Consent: bench.Consent{Data: true, Live: true, Blocking: true}, Lasting: true}
	lasting := Consent{Lasting: true}
	blocking := Consent{Consent: bench.Consent{Blocking: true}}
	for _, c := range []struct {
		command string
		consent Consent
		refused string // what the refusal names; empty if it runs
	}{
		{"GET {key}", Consent{}, ""},
		{"get {key}", Consent{}, ""},
		{"MGET {key} {key}", Consent{}, ""},
		{"PING", Consent{}, ""},
		{"SET {key} {value} EX 60", Consent{}, ""},
		{"SET {key} {value} NX PX 900000", Consent{}, ""},
		{"SETEX {key} 900 {value}", Consent{}, ""},
		{"DEL {key}", Consent{}, ""},
		{"SET {key} {value}", Consent{}, "--allow-lasting"},
		{"SET {key} {value}", lasting, ""},
		{"SET {key} EX 60", Consent{}, "--allow-lasting"}, // EX is the value
		{"SET {key} {value} EX 901", Consent{}, "900 seconds"},
		{"SET {key} {value} EX 99999999999999999999", Consent{}, "900 seconds"},
		{"SET {key} {value} EX 0", Consent{}, "900 seconds"},
		{"SET {key} {value} KEEPTTL", Consent{}, "--allow-lasting"},
		{"SET {key} {value} EX 60 EX 99999", Consent{}, "900 seconds"},
		{"SET {key} {value} px 60 ex 901", Consent{}, "900 seconds"},
		{"SET {key} {value} NX GET EX 60", Consent{}, ""},
		{"SETEX {key} 901 {value}", Consent{}, "900 seconds"},
		{"PSETEX {key} 900001 {value}", Consent{}, "900 seconds"},
		{"INCR {key}", Consent{}, "--allow-lasting"},
		{"INCR {key}", lasting, ""},
		{"KEYS *", Consent{}, "--allow-blocking"},
		{"KEYS *", blocking, ""},
		{"GET user:1", all, "{key}"},
		{"GET", all, "{key}"},
		{"SET user:{n} x EX 60", all, "{key}"},
		{"DEL {key} user:1", all, "{key}"},
		{"MSET {key} 1 user:1 2", all, "{key}"},
		{"FLUSHALL", all, "FLUSHALL"},
		{"flushdb", all, "FLUSHDB"},
		{"CONFIG SET maxmemory 1", all, "CONFIG"},
		{"SHUTDOWN", all, "SHUTDOWN"},
		{"DEBUG SLEEP 1", all, "DEBUG"},
		{"EVAL x 0", all, "EVAL"},
		{"EXPIRE {key} 999999999", all, "EXPIRE"},
		{"PERSIST {key}", all, "PERSIST"},
		{"RENAME {key} user:1", all, "RENAME"},
		{"SCRIPT FLUSH", all, "SCRIPT"},
		{"CLIENT KILL 1", all, "CLIENT"},
		{"MIGRATE h 1 {key} 0 1", all, "MIGRATE"},
	} {
		err := Spec{Command: strings.Fields(c.command)}.Harm(c.consent)
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v, want it to run", c.command, err)
		case c.refused != "" && (!errors.Is(err, bench.ErrRefused) || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %v, want a refusal that names %q", c.command, err, c.refused)
		}
	}
}

func TestASpecThatMakesNoSenseSaysWhy(t *testing.T) {
	good := Spec{Command: []string{"GET", "{key}"}, Conns: 2, Pipeline: 1, Keys: 10, Size: 8, Duration: time.Second}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Spec){
		"command":    func(s *Spec) { s.Command = nil },
		"{key}":      func(s *Spec) { s.Command = []string{"{key}"} },
		"--conns":    func(s *Spec) { s.Shares = 3 },
		"--pipeline": func(s *Spec) { s.Pipeline = 0 },
		"--keys":     func(s *Spec) { s.Keys = MaxKeys + 1 },
		"--size":     func(s *Spec) { s.Size = 0 },
		"bytes":      func(s *Spec) { s.Keys, s.Size = MaxKeys, maxSize },
		"--rate":     func(s *Spec) { s.Rate = -1 },
		"--duration": func(s *Spec) { s.Duration = 0 },
		"--warmup":   func(s *Spec) { s.Warmup = -1 },
		"--share":    func(s *Spec) { s.Share = 1 },
		"SUBSCRIBE":  func(s *Spec) { s.Command = []string{"subscribe", "x"} },
		"MONITOR":    func(s *Spec) { s.Command = []string{"MONITOR"} },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
