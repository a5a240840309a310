package peers

import (
	"context"
	"net"
	"strconv"
	"time"
)

// other runs one of the others, which is told how many commands to send. A first,
// short run, whose numbers do not count, says how many take that long.
func (r *run) other(ctx context.Context, c contender, lasts time.Duration, amount map[contender]int64) (generated, error) {
	send := map[string]func(context.Context, contender, int64) (reported, finished, error){
		redisBenchmark: r.runBenchmark, memtier: r.runMemtier,
	}[c.program]
	if amount[c] == 0 {
		first, _, err := send(ctx, c, int64(pick(r, 50_000, 5_000)))
		if err != nil {
			return generated{}, err
		}
		each := int64(first.rate * lasts.Seconds() / float64(c.conns)) // memtier_benchmark is told what each connection sends
		amount[c] = max(1, each) * int64(c.conns)
	}
	commands, before := float64(amount[c]), cpuOf(r.server.PID())
	got, f, err := send(ctx, c, amount[c])
	return generated{got.rate, float64(f.cpu) / commands, (cpuOf(r.server.PID()) - before) / commands}, err
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
