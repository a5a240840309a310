package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench/generator"
	"redisduel/bench/stats"
)

const ours = "redisduel load"

// A contender is a generator and the shape of its load.
type contender struct {
	program         string
	conns, pipeline int
	multiplex       bool
}

// String is the command as far as it matters here.
func (c contender) String() string {
	switch {
	case c.program == redisBenchmark:
		return fmt.Sprintf("%s -c %d -P %d", c.program, c.conns, c.pipeline)
	case c.program == memtier:
		return fmt.Sprintf("%s -t 1 -c %d --pipeline %d", c.program, c.conns, c.pipeline)
	case c.multiplex:
		return fmt.Sprintf("%s --conns %d --multiplex", c.program, c.conns)
	}
	return fmt.Sprintf("%s --conns %d --pipeline %d", c.program, c.conns, c.pipeline)
}

// A rival is what ours is held against. Zero is no target.
type rival struct {
	contender
	rate float64 // least ratio of our throughput to its
	cpu  float64 // most ratio of our CPU time for a command to its
}

// A match holds ours against rivals.
type match struct {
	what   string
	ours   contender
	rivals []rival
}

// matches are what is measured. The first is of the same 50 callers as the last,
// which redis-benchmark and memtier_benchmark cannot put on one connection.
var matches = []match{
	{"50 connections, one command at a time", contender{ours, 50, 1, false}, []rival{
		{contender: contender{redisBenchmark, 50, 1, false}, rate: 1.5},
		{contender: contender{memtier, 50, 1, false}, cpu: 1},
	}},
	{"50 connections, 32 commands at once", contender{ours, 50, 32, false}, []rival{
		{contender: contender{redisBenchmark, 50, 32, false}, rate: 1.2},
		{contender: contender{memtier, 50, 32, false}},
	}},
	{"50 callers on one connection", contender{ours, 50, 1, true}, []rival{
		{contender: contender{redisBenchmark, 50, 1, false}, rate: 2.2},
		{contender: contender{redisBenchmark, 1, 50, false}},
		{contender: contender{memtier, 1, 50, false}},
	}},
}

// keys is how many there are, few so that to write them takes nothing.
const keys = 1000

// generators measures how fast each generator is, and what it takes of the CPU.
func (r *run) generators(ctx context.Context) error {
	if err := r.seed(ctx); err != nil {
		return err
	}
	s := Section{
		Title: "The load generator",
		About: []string{
			fmt.Sprintf("Each generator is run as a process against the same server: GET of one of %d keys with values of %d bytes, in a closed loop. CPU is what the operating system charged to the process (rusage), its start included, for each command that the server answered. redisduel compares each answer with what was stored and records of each op when it was due, began and ended; the others compare nothing.", keys, valueSize),
			"Of 50 callers on one connection, each waits for its own answer before it sends again. redis-benchmark and memtier_benchmark cannot do that. The target is against the same 50 callers with a connection each (-c 50 -P 1). Beside it stands one caller that sends 50 commands at once and waits for all 50 answers (-c 1 -P 50): as many commands on as many connections, but one write and one wait for all of them.",
			"Expected: one command at a time, at least 1.5× redis-benchmark's throughput, whose one thread makes a system call or two for each command, and no more CPU for a command than memtier_benchmark takes. 32 at once, at least 1.2×. 50 callers on one connection, at least 2.2× what they reach with a connection each, since callers that send at the same time share a write.",
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
		rate, cpu, err := r.generate(ctx, all[way], amount)
		return map[string]float64{"rate": rate, "cpu": cpu}, err
	})
	if err != nil {
		return nil, err
	}
	return m.judged(values["rate"], values["cpu"]), nil
}

// judged are the measures with their targets.
func (m match) judged(rates, cpus []Way) []Measure {
	rate := Measure{What: m.what + ": throughput", Unit: "commands/s", Ways: rates}
	cpu := Measure{What: m.what + ": CPU of a command", Unit: "ns", Ways: cpus}
	for _, v := range m.rivals {
		c := Comparison{Of: m.ours.String(), Against: v.String(), Scale: stats.Ratio}
		faster, lighter := c, c
		if v.rate > 0 {
			faster.Min = bound(v.rate)
		}
		if v.cpu > 0 {
			lighter.Max = bound(v.cpu)
		}
		rate.Comparisons, cpu.Comparisons = append(rate.Comparisons, faster), append(cpu.Comparisons, lighter)
	}
	return []Measure{rate, cpu}
}

// generate runs one generator and returns its commands a second and its CPU time
// for each in ns.
func (r *run) generate(ctx context.Context, c contender, amount map[contender]int64) (rate, cpu float64, err error) {
	lasts := pick(r, 1500*ms, 200*ms)
	if c.program != ours {
		return r.other(ctx, c, lasts, amount)
	}
	l, f, err := r.load(ctx, append(c.flags(), "--duration", lasts.String()), "GET", "{key}")
	if err != nil {
		return 0, 0, err
	}
	commands := float64(l.Load.Attempts * int64(l.Spec.Pipeline))
	return float64(l.Summary.Commands), float64(f.cpu) / commands, nil
}

// flags are those of `redisduel load`.
func (c contender) flags() []string {
	flags := []string{"--conns", strconv.Itoa(c.conns), "--pipeline", strconv.Itoa(c.pipeline), "--warmup", "0s"}
	if c.multiplex {
		flags = append(flags, "--multiplex")
	}
	return flags
}

// other runs one of the others, which is told how many commands to send. A first,
// short run, whose numbers do not count, says how many take that long.
func (r *run) other(ctx context.Context, c contender, lasts time.Duration, amount map[contender]int64) (rate, cpu float64, err error) {
	send := map[string]func(context.Context, contender, int64) (reported, finished, error){
		redisBenchmark: r.runBenchmark, memtier: r.runMemtier,
	}[c.program]
	if amount[c] == 0 {
		first, _, err := send(ctx, c, int64(pick(r, 50_000, 5_000)))
		if err != nil {
			return 0, 0, err
		}
		each := int64(first.rate * lasts.Seconds() / float64(c.conns)) // memtier_benchmark is told what each connection sends
		amount[c] = max(1, each) * int64(c.conns)
	}
	got, f, err := send(ctx, c, amount[c])
	return got.rate, float64(f.cpu) / float64(amount[c]), err
}

// runBenchmark shows the password on a command line: it is that of a server on
// loopback that lives for some seconds.
func (r *run) runBenchmark(ctx context.Context, c contender, n int64) (reported, finished, error) {
	host, port, _ := net.SplitHostPort(r.server.Addr())
	f, err := execute(ctx, nil, redisBenchmark, "-h", host, "-p", port, "-a", r.server.Password(), "-c", strconv.Itoa(c.conns), "-P", strconv.Itoa(c.pipeline),
		"-n", strconv.FormatInt(n, 10), "-r", strconv.Itoa(keys), "--csv", "GET", "peers:__rand_int__")
	if err != nil {
		return reported{}, finished{}, err
	}
	got, err := parseBenchmark(f.stdout)
	return got, f, err
}

// runMemtier likewise; n is a multiple of the connections.
func (r *run) runMemtier(ctx context.Context, c contender, n int64) (reported, finished, error) {
	host, port, _ := net.SplitHostPort(r.server.Addr())
	f, err := execute(ctx, nil, memtier, "-s", host, "-p", port, "-a", r.server.Password(), "-t", "1", "-c", strconv.Itoa(c.conns), "--pipeline", strconv.Itoa(c.pipeline),
		"-n", strconv.FormatInt(n/int64(c.conns), 10), "--ratio", "0:1", "--key-prefix", "memtier:", "--key-minimum", "1", "--key-maximum", strconv.Itoa(keys),
		"--key-pattern", "R:R", "--hide-histogram")
	if err != nil {
		return reported{}, finished{}, err
	}
	got, err := parseMemtier(f.stdout)
	return got, f, err
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

// seed writes the keys of the others; redisduel load brings its own.
func (r *run) seed(ctx context.Context) error {
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	value := strings.Repeat("v", valueSize)
	for i := range keys {
		for _, name := range []string{fmt.Sprintf("peers:%012d", i), fmt.Sprintf("memtier:%d", i+1)} {
			if err := ask(c, "+OK\r\n", "SET", name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) connect(ctx context.Context) (net.Conn, error) {
	return through(plainDial, r.server.Addr(), r.server.Password())(ctx)
}
