package peers

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
)

// benchmark runs redis-benchmark, which is told how many commands to send. A
// first, short run, whose numbers do not count, says how many take that long.
func (r *run) benchmark(ctx context.Context, c contender, lasts time.Duration, amount map[contender]int64) (generated, error) {
	if amount[c] == 0 {
		first, _, err := r.runBenchmark(ctx, c, int64(pick(r, 50_000, 5_000)))
		if err != nil {
			return generated{}, err
		}
		amount[c] = int64(first.rate * lasts.Seconds())
	}
	commands, before := float64(amount[c]), cpuOf(r.server.PID())
	got, f, err := r.runBenchmark(ctx, c, amount[c])
	return generated{got.rate, float64(f.cpu) / commands, (cpuOf(r.server.PID()) - before) / commands}, err
}

// runBenchmark shows the password on a command line: it is that of a server on
// loopback that lives for some seconds.
func (r *run) runBenchmark(ctx context.Context, c contender, n int64) (reported, finished, error) {
	host, port, _ := net.SplitHostPort(r.server.Addr())
	f, err := execute(ctx, nil, redisBenchmark, "-h", host, "-p", port, "-a", r.server.Password(), "-c", strconv.Itoa(c.conns), "-P", strconv.Itoa(c.pipeline),
		"-n", strconv.FormatInt(n, 10), "-r", strconv.Itoa(keys), "--csv", "GET", benchmarkNames+"__rand_int__")
	if err != nil {
		return reported{}, finished{}, err
	}
	got, err := parseBenchmark(f.stdout)
	return got, f, err
}

// memtier runs memtier_benchmark for whole seconds. How many commands these were
// is the server's to say: it stops a little late, and told to send a number it
// divides by the mean time that its connections took and not by all of it.
func (r *run) memtier(ctx context.Context, c contender, lasts time.Duration) (generated, error) {
	before, err := r.gets(ctx)
	if err != nil {
		return generated{}, err
	}
	server := cpuOf(r.server.PID())
	f, err := execute(ctx, nil, memtier, r.memtierArgs(c, lasts)...)
	if err != nil {
		return generated{}, err
	}
	server = cpuOf(r.server.PID()) - server
	rate, err := parseMemtier(f.stdout)
	if err != nil {
		return generated{}, err
	}
	after, err := r.gets(ctx)
	commands := float64(max(after-before, 1))
	return generated{rate, float64(f.cpu) / commands, server / commands}, err
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
func (r *run) memtierArgs(c contender, lasts time.Duration) []string {
	host, port, _ := net.SplitHostPort(r.server.Addr())
	return []string{"-s", host, "-p", port, "-a", r.server.Password(), "-t", "1", "-c", strconv.Itoa(c.conns), "--pipeline", strconv.Itoa(c.pipeline),
		"--ratio", "0:1", "--key-prefix", memtierNames, "--key-minimum", "1", "--key-maximum", strconv.Itoa(keys), "--key-pattern", "R:R",
		"--test-time", strconv.Itoa(max(1, int(lasts.Seconds()+0.5))), "--hide-histogram"}
}
