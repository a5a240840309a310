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

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
	"redisduel/bench/generator"
	"redisduel/bench/stats"
)

const ours = "redisduel load"

// A shape is how many commands are in flight, and on how many connections.
type shape struct {
	what            string
	conns, pipeline int
	multiplex       bool
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
			fmt.Sprintf("Each generator is run as a process against the same server: GET of one of %d keys with values of %d bytes, in a closed loop. CPU is what the operating system charged to the process (rusage), its start included, for each command that the server answered. redis-benchmark and memtier_benchmark know no multiplexing: beside it they send 50 commands at once on one connection, as one caller does.", keys, valueSize),
			"Expected: C programs that compare no answers take less CPU than redisduel, which checks each against what was stored and records when it was due, began and ended. Where the server is the limit the throughput is the same.",
		},
		Reproduce: "make peers ARGS='--only generators'",
	}
	shapes := []shape{
		{"50 connections, one command at a time", 50, 1, false},
		{"50 connections, 32 commands at once", 50, 32, false},
		{"50 commands in flight on one connection", 50, 1, true},
	}
	for _, shape := range pick(r, shapes, shapes[1:2]) {
		r.Log("the generator: " + shape.what)
		measures, err := r.shape(ctx, shape)
		if err != nil {
			return err
		}
		s.Measures = append(s.Measures, measures...)
	}
	r.add(s)
	return nil
}

// shape measures throughput and CPU of one shape.
func (r *run) shape(ctx context.Context, s shape) ([]Measure, error) {
	ways := []string{ours}
	amount := map[string]int64{} // commands that take as long as the others' trials
	for _, name := range []string{redisBenchmark, memtier} {
		if r.has(name) {
			ways = append(ways, name)
		}
	}
	values, err := measure(ctx, pick(r, 6, 2), ways, func(ctx context.Context, way string) (map[string]float64, error) {
		rate, cpu, err := r.generate(ctx, way, s, amount)
		return map[string]float64{"rate": rate, "cpu": cpu}, err
	})
	if err != nil {
		return nil, err
	}
	rate := Measure{What: s.what + ": throughput", Unit: "commands/s", Ways: values["rate"]}
	cpu := Measure{What: s.what + ": CPU of a command", Unit: "ns", Ways: values["cpu"]}
	for _, m := range []*Measure{&rate, &cpu} {
		for _, other := range ways[1:] {
			m.Comparisons = append(m.Comparisons, Comparison{Of: ours, Against: other, Scale: stats.Ratio})
		}
	}
	return []Measure{rate, cpu}, nil
}

// generate runs one generator and returns its commands a second and its CPU time
// for each in ns.
func (r *run) generate(ctx context.Context, way string, s shape, amount map[string]int64) (rate, cpu float64, err error) {
	lasts := pick(r, 1500*ms, 200*ms)
	switch way {
	case redisBenchmark:
		return r.benchmark(ctx, s, lasts, amount)
	case memtier:
		return r.memtier(ctx, s, lasts)
	}
	l, f, err := r.load(ctx, append(s.flags(), "--duration", lasts.String()), "GET", "{key}")
	if err != nil {
		return 0, 0, err
	}
	commands := float64(l.Load.Attempts * int64(l.Spec.Pipeline))
	return float64(l.Summary.Commands), float64(f.cpu) / commands, nil
}

// flags are those of `redisduel load`.
func (s shape) flags() []string {
	flags := []string{"--conns", strconv.Itoa(s.conns), "--pipeline", strconv.Itoa(s.pipeline), "--warmup", "0s"}
	if s.multiplex {
		flags = append(flags, "--multiplex")
	}
	return flags
}

// inFlight is the shape for a generator that does not multiplex: connections
// and commands at once.
func (s shape) inFlight() (conns, pipeline string) {
	if s.multiplex {
		return "1", strconv.Itoa(s.conns)
	}
	return strconv.Itoa(s.conns), strconv.Itoa(s.pipeline)
}

// benchmark runs redis-benchmark, which is told how many commands to send. A
// first, short run, whose numbers do not count, says how many take that long.
func (r *run) benchmark(ctx context.Context, s shape, lasts time.Duration, amount map[string]int64) (rate, cpu float64, err error) {
	if amount[redisBenchmark] == 0 {
		first, _, err := r.runBenchmark(ctx, s, int64(pick(r, 50_000, 5_000)))
		if err != nil {
			return 0, 0, err
		}
		amount[redisBenchmark] = int64(first.rate * lasts.Seconds())
	}
	got, f, err := r.runBenchmark(ctx, s, amount[redisBenchmark])
	return got.rate, float64(f.cpu) / float64(amount[redisBenchmark]), err
}

// runBenchmark shows the password on a command line: it is that of a server on
// loopback that lives for some seconds.
func (r *run) runBenchmark(ctx context.Context, s shape, n int64) (reported, finished, error) {
	conns, pipeline := s.inFlight()
	host, port, _ := net.SplitHostPort(r.server.Addr())
	f, err := execute(ctx, nil, redisBenchmark, "-h", host, "-p", port, "-a", r.server.Password(), "-c", conns, "-P", pipeline,
		"-n", strconv.FormatInt(n, 10), "-r", strconv.Itoa(keys), "--csv", "GET", "peers:__rand_int__")
	if err != nil {
		return reported{}, finished{}, err
	}
	got, err := parseBenchmark(f.stdout)
	return got, f, err
}

// memtier runs memtier_benchmark for whole seconds. How many commands these were
// is the server's to say: it stops a little late, and told to send a number it
// divides by the mean time that its connections took and not by all of it.
func (r *run) memtier(ctx context.Context, s shape, lasts time.Duration) (rate, cpu float64, err error) {
	before, err := r.gets(ctx)
	if err != nil {
		return 0, 0, err
	}
	f, err := execute(ctx, nil, memtier, r.memtierArgs(s, lasts)...)
	if err != nil {
		return 0, 0, err
	}
	if rate, err = parseMemtier(f.stdout); err != nil {
		return 0, 0, err
	}
	after, err := r.gets(ctx)
	return rate, float64(f.cpu) / float64(after-before), err
}

// gets is how many GET the server has answered.
func (r *run) gets(ctx context.Context) (int64, error) {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{r.server.Addr()}, Password: r.server.Password(),
		ForceSingleClient: true, DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		return 0, err
	}
	defer client.Close()
	snapshot, err := evidence.Take(ctx, client)
	return snapshot.Since(evidence.Snapshot{}).Commands["get"].Calls, err
}

// memtierArgs show the password likewise.
func (r *run) memtierArgs(s shape, lasts time.Duration) []string {
	conns, pipeline := s.inFlight()
	host, port, _ := net.SplitHostPort(r.server.Addr())
	return []string{"-s", host, "-p", port, "-a", r.server.Password(), "-c", conns, "-t", "1", "--pipeline", pipeline, "--ratio", "0:1",
		"--key-prefix", "memtier:", "--key-minimum", "1", "--key-maximum", strconv.Itoa(keys), "--key-pattern", "R:R",
		"--test-time", strconv.Itoa(max(1, int(lasts.Seconds()+0.5))), "--hide-histogram"}
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
