package generator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
)

// ways are those of sending ops that must agree.
var ways = map[string]func(*job, context.Context, *bench.Env) ([]sender, error){"the wire": (*job).wires, "a client": (*job).callers}

// A trial is what became of the ops of a load by one way.
type trial struct {
	*load.Result
	nils int64
}

func (t trial) String() string {
	return fmt.Sprintf("%d ok, %d nil, %d failed, %d unknown, %v", t.OK, t.nils, t.Failed, t.Unknown, t.Errors)
}

// try has so many ops sent by a way. In the middle of them all wait until
// meanwhile, if there is such, has returned.
func try(t *testing.T, target bench.Target, s Spec, way string, ops int, meanwhile func()) trial {
	t.Helper()
	return tryFor(t, target, s, way, ops, s.load().Timeout, meanwhile, func() {})
}

// tryFor is try with another deadline for each op, and what is to be done after
// the last.
func tryFor(t *testing.T, target bench.Target, s Spec, way string, ops int, timeout time.Duration, meanwhile, afterwards func()) trial {
	t.Helper()
	op, count, done := prepared(t, target, s, way)
	defer done()
	if meanwhile != nil {
		op = halfway(op, ops, meanwhile)
	}
	plan := load.Plan{Spec: s.load(), Clock: clock.Precise(), Classify: bench.Classify}
	plan.Spec.Mode, plan.Spec.Ops, plan.Spec.Timeout = load.Job, ops, timeout
	r, err := load.Run(t.Context(), plan, op)
	afterwards()
	if err != nil {
		t.Fatal(err)
	}
	return trial{Result: r, nils: count.nils.Load()}
}

// prepared opens the connections of a load, whose ops go one way.
func prepared(tb testing.TB, target bench.Target, s Spec, way string) (op load.Op, count *counter, done func()) {
	tb.Helper()
	count = new(counter)
	count.reset(s.Seed)
	sc := s.scenario(count)
	sc.Pattern = func(ctx context.Context, env *bench.Env) (load.Op, error) {
		j, err := s.job(count, env)
		if err != nil {
			return nil, err
		}
		senders, err := ways[way](j, ctx, env)
		return j.op(senders), err
	}
	arena, err := bench.NewArenaOf(tb.Context(), runID, sc, benchtest.At(target), bench.Settings{RTT: s.RTT}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	bout, err := arena.Prepare(tb.Context(), bench.Pattern)
	if err != nil {
		arena.Close()
		tb.Fatal(err)
	}
	return bout.Op, count, func() { bout.Close(); arena.Close() }
}

// halfway has the second half of the ops wait until the first has ended and
// something was done.
func halfway(op load.Op, ops int, do func()) load.Op {
	var before sync.WaitGroup
	before.Add(ops / 2)
	turn := sync.OnceFunc(func() { before.Wait(); do() })
	return func(ctx context.Context, i int) error {
		if i < ops/2 {
			defer before.Done()
		} else {
			turn()
		}
		return op(ctx, i)
	}
}

// address is a server as its owner reaches it.
func address(server interface {
	Addr() string
	Password() string
}) bench.Target {
	return bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()}
}

func TestTheWireAndAClientAgreeOnEveryReply(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.Redis(t)
	for _, c := range []struct {
		what, command string
		change        func(*Spec)
		ops           int
		class         string // of all ops; empty if all are ok
		nils          int64
	}{
		{"reads", "GET {key}", nil, 500, "", 0},
		{"reads of what is not there", "GET {key}", func(s *Spec) { s.Unseeded = true }, 200, "", 200},
		{"writes", "SET {key} {value}", nil, 200, "", 0},
		{"a null instead of OK", "SET {key} {value} NX", nil, 100, "", 100},
		{"pipelines", "GET {key}", func(s *Spec) { s.Pipeline = 32 }, 100, "", 0},
		{"long pipelines", "GET {key}", func(s *Spec) { s.Pipeline, s.Size = 1000, 500 }, 20, "", 0},
		{"large writes", "SET {key} {value}", func(s *Spec) { s.Pipeline, s.Size, s.Keys = 3, 1<<20, 8 }, 8, "", 0},
		{"large reads", "GET {key}", func(s *Spec) { s.Pipeline, s.Size, s.Keys = 3, 1<<20, 8 }, 8, "", 0},
		{"aggregates", "COMMAND DOCS set get", nil, 20, "", 0},
		{"attributes", "DEBUG PROTOCOL attrib", nil, 20, "", 0},
		{"doubles", "DEBUG PROTOCOL double", nil, 20, "", 0},
		{"big numbers", "DEBUG PROTOCOL bignum", nil, 20, "", 0},
		{"verbatim strings", "DEBUG PROTOCOL verbatim", nil, 20, "", 0},
		{"a key of another type", "LPUSH {key} x", nil, 100, "WRONGTYPE", 0},
		{"one in a pipeline", "LPUSH {key} x", func(s *Spec) { s.Pipeline = 10 }, 100, "WRONGTYPE", 0},
		{"an error of the script's", `EVAL return(redis.error_reply('OWN\32word')) 0`, nil, 50, "OWN", 0},
		{"a script that fails", "EVAL error('x') 0", nil, 50, "", 0},
		{"no script", "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0", nil, 50, "NOSCRIPT", 0},
		{"no command", "NOSUCH {key}", nil, 50, "unknown", 0},
		{"too few arguments", "GET", nil, 50, "wrong", 0},
		{"an emulated network", "GET {key}", func(s *Spec) { s.RTT, s.Pipeline = time.Millisecond, 32 }, 20, "", 0},
	} {
		s := Spec{Command: strings.Fields(c.command), Conns: 4, Pipeline: 1, Keys: 100, Size: 16, Seed: 3}
		if c.change != nil {
			c.change(&s)
		}
		got := map[string]trial{}
		for way := range ways {
			got[way] = try(t, address(server), s, way, c.ops, nil)
		}
		wire, client := got["the wire"], got["a client"]
		if wire.String() != client.String() {
			t.Errorf("%s: the wire has %v, a client %v", c.what, wire, client)
		}
		if c.class == "" && c.what != "a script that fails" && (wire.OK != int64(c.ops) || wire.nils != c.nils) || c.class != "" && wire.Errors[c.class] != int64(c.ops) {
			t.Errorf("%s: %v; want %d ops of class %q and %d nil", c.what, wire, c.ops, c.class, c.nils)
		}
	}
}

// accepted is how many connections the server has taken.
func accepted(t *testing.T, client rueidis.Client) (n int64) {
	t.Helper()
	text, err := client.Do(t.Context(), client.B().Info().Section("stats").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(text, "total_connections_received:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAConnectionThatWasTakenBackIsOutOfTheClientsReach(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	lent := &loan{Conn: near}
	own := lent.takeBack()
	defer own.Close()
	_, read := lent.Read(make([]byte, 1))
	_, wrote := lent.Write([]byte("x"))
	for what, err := range map[string]error{"read": read, "write": wrote, "deadline": lent.SetDeadline(time.Now())} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v, want that it is closed", what, err)
		}
	}
	if err := lent.Close(); err != nil {
		t.Error(err)
	}
	go func() { _, _ = far.Write([]byte("y")) }()
	if _, err := own.Read(make([]byte, 1)); err != nil {
		t.Errorf("the owner cannot read: %v", err)
	}
}

func TestAnOpOnTheWireAllocatesNothing(t *testing.T) {
	server := benchtest.Redis(t)
	for _, s := range []Spec{
		{Command: []string{"GET", "{key}"}, Conns: 1, Pipeline: 1, Keys: 100, Size: 64},
		{Command: []string{"SET", "{key}", "{value}", "EX", "60"}, Conns: 1, Pipeline: 32, Keys: 100, Size: 64},
		{Command: []string{"GET", "{key}"}, Conns: 1, Pipeline: 1000, Keys: 100, Size: 64},
		{Command: []string{"HSET", "{key}:h", "f{n}", "x"}, Conns: 1, Pipeline: 32, Keys: 100, Size: 64},
	} {
		op, _, done := prepared(t, address(server), s, "the wire")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		i := 0
		if n := testing.AllocsPerRun(100, func() {
			if err := op(ctx, i); err != nil {
				t.Fatal(err)
			}
			i++
		}); n != 0 {
			t.Errorf("%v, %d commands: %v allocations an op, want none", s.Command, s.Pipeline, n)
		}
		cancel()
		done()
	}
}

// BenchmarkCostOfACommand has one worker send commands to a real server, which
// takes its part of the time.
func BenchmarkCostOfACommand(b *testing.B) {
	server := benchtest.Redis(b)
	for _, command := range []string{"GET {key}", "SET {key} {value}"} {
		for _, pipeline := range []int{1, 32, 1000} {
			for _, way := range []string{"a client", "the wire"} {
				b.Run(fmt.Sprintf("%s/pipeline=%d/by=%s", command[:3], pipeline, way), func(b *testing.B) {
					op, _, done := prepared(b, address(server), Spec{Command: strings.Fields(command), Conns: 1, Pipeline: pipeline, Keys: 1000, Size: 64}, way)
					defer done()
					ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
					defer cancel()
					b.ReportAllocs()
					i, cpu := 0, bench.CPUTime()
					for ; b.Loop(); i++ {
						if err := op(ctx, i); err != nil {
							b.Fatal(err)
						}
					}
					commands := float64(i * pipeline)
					b.ReportMetric(float64(bench.CPUTime()-cpu)/commands, "cpu-ns/command")
					b.ReportMetric(float64(b.Elapsed())/commands, "ns/command")
				})
			}
		}
	}
}
