package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"redisduel/bench/generator"
)

const ours = "redisduel load"

// keys is how many there are, few so that to write them takes nothing.
const keys = 1000

// What the names of the others' keys begin with, so that they are as long as ours,
// redisduel:1a2b3c4d:load:999; the first is followed by twelve digits.
const (
	benchmarkNames = "redisduel:peer:"
	memtierNames   = "redisduel:memtiers:load:"
)

// generators measures how fast each generator is, and what it takes of the CPU.
func (r *run) generators(ctx context.Context) error {
	if err := r.seed(ctx); err != nil {
		return err
	}
	s := Section{
		Title: "The load generator",
		About: []string{
			fmt.Sprintf("Each generator is run as a process against the same server: GET of one of %d keys with values of %d bytes, in a closed loop. All keys have a time to live, and names of the same length. *× 32* is 32 commands at once on each connection. CPU is what the operating system charged to the process (rusage), its start included, for each command that the server answered. redisduel compares each answer with what was stored, and records of each op when it was due, began and ended; the others compare nothing. redis-benchmark and memtier_benchmark (-t 1) have one thread, redisduel as many as it takes by default.", keys, valueSize),
			"Of 50 callers on one connection, each waits for its own answer before it sends again. The others cannot do that. The target is against the same 50 callers with a connection each (-c 50 -P 1). Beside it stands one caller that sends 50 commands at once and waits for all 50 answers (-c 1 -P 50): as many commands in flight on as many connections, but one write and one wait for all of them.",
			"Expected: one command at a time, at least 1.5× redis-benchmark's throughput, whose thread makes a system call or two for each command, and no more CPU for a command than memtier_benchmark takes. 32 at once, at least 1.2×. 50 callers on one connection, at least 2.2× what they reach with a connection each, since callers that send at the same time share a write.",
		},
		Reproduce: "make peers ARGS='--only generators'",
	}
	if !r.has(memtier) {
		s.About = append(s.About, "memtier_benchmark was not on PATH, so that the target for CPU has no verdict here.")
	}
	for _, m := range pick(r, matches, matches[1:2]) {
		r.Log("the generator: " + m.what)
		measures, err := r.match(ctx, m)
		if err != nil {
			return err
		}
		s.Measures = append(s.Measures, measures...)
	}
	r.add(s)
	return nil
}

// match measures throughput and CPU of one match.
func (r *run) match(ctx context.Context, m match) ([]Measure, error) {
	m.rivals = slices.DeleteFunc(slices.Clone(m.rivals), func(v rival) bool { return !r.has(v.program) })
	all := map[string]contender{m.ours.String(): m.ours}
	ways := []string{m.ours.String()}
	for _, v := range m.rivals {
		all[v.String()], ways = v.contender, append(ways, v.String())
	}
	amount := map[contender]int64{} // commands that take as long as the others' trials
	values, err := measure(ctx, pick(r, 6, 2), ways, func(ctx context.Context, way string) (map[string]float64, error) {
		got, err := r.generate(ctx, all[way], amount)
		return map[string]float64{"rate": got.rate, "cpu": got.cpu, "server": got.server}, err
	})
	if err != nil {
		return nil, err
	}
	return m.judged(values), nil
}

// A generated is what one run of a generator gave: commands a second, and the
// CPU time of each in ns, of the generator and of the server.
type generated struct{ rate, cpu, server float64 }

// generate runs one generator.
func (r *run) generate(ctx context.Context, c contender, amount map[contender]int64) (generated, error) {
	lasts := pick(r, 1500*ms, 200*ms)
	switch c.program {
	case redisBenchmark:
		return r.benchmark(ctx, c, lasts, amount)
	case memtier:
		return r.memtier(ctx, c, lasts)
	}
	before := cpuOf(r.server.PID())
	l, f, err := r.load(ctx, append(c.flags(), "--duration", lasts.String()), "GET", "{key}")
	if err != nil {
		return generated{}, err
	}
	commands := float64(l.Load.Attempts * int64(l.Spec.Pipeline))
	return generated{float64(l.Summary.Commands), float64(f.cpu) / commands, (cpuOf(r.server.PID()) - before) / commands}, nil
}

// load runs `redisduel load` on the server and reads its result.
func (r *run) load(ctx context.Context, flags []string, command ...string) (*generator.Result, finished, error) {
	args := append([]string{"load", "--json", "--url", "redis://" + r.server.Addr(), "--allow-data", "--allow-live"}, flags...)
	if !slices.Contains(flags, "--keys") {
		args = append(args, "--keys", strconv.Itoa(keys))
	}
	args = append(append(args, "--"), command...)
	f, err := execute(ctx, []string{"REDIS_PASSWORD=" + r.server.Password()}, r.Redisduel, args...)
	if err != nil {
		return nil, finished{}, err
	}
	var l generator.Result
	if err := json.Unmarshal([]byte(f.stdout), &l); err != nil {
		return nil, finished{}, fmt.Errorf("redisduel load printed no result: %w", err)
	}
	if l.Load.OK == 0 {
		return nil, finished{}, fmt.Errorf("redisduel load has no op that succeeded")
	}
	return &l, f, nil
}

// seed writes the keys of the others; redisduel load brings its own. They expire,
// as ours do: a GET of such a key takes the server a seventh longer.
func (r *run) seed(ctx context.Context) error {
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	value := strings.Repeat("v", valueSize)
	for i := range keys {
		for _, name := range []string{fmt.Sprintf("%s%012d", benchmarkNames, i), fmt.Sprintf("%s%d", memtierNames, i+1)} {
			if err := ask(c, "+OK\r\n", "SET", name, value, "EX", "7200"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) connect(ctx context.Context) (net.Conn, error) {
	return through(plainDial, r.server.Addr(), r.server.Password())(ctx)
}
