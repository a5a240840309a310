// Package benchtest is what tests and Go benchmarks of scenarios share: a
// server of their own, a benchmark loop for one side, and a conformance suite
// that any pair has to pass.
package benchtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/latency"
	"redisduel/bench/load"
	"redisduel/bench/redisd"
)

// find looks for the server to start, once for all tests of a package.
var find = sync.OnceValues(func() (redisd.Binary, error) { return redisd.Find(context.Background(), "") })

// binary is the server to start. Without one it fails the test: a skipped test
// proves nothing.
func binary(tb testing.TB) redisd.Binary {
	tb.Helper()
	binary, err := find()
	if err != nil {
		tb.Fatal(err)
	}
	return binary
}

// Redis starts a redis-server that ends with the test.
func Redis(tb testing.TB) *redisd.Server {
	tb.Helper()
	return RedisWith(tb, redisd.Options{})
}

// RedisWith starts a redis-server with other options than usual.
func RedisWith(tb testing.TB, options redisd.Options) *redisd.Server {
	tb.Helper()
	server, err := redisd.Start(tb.Context(), binary(tb), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// Restart kills a server and starts another, which holds nothing, on its port
// after the time down. It returns when that one answers; it ends with the test.
func Restart(tb testing.TB, old *redisd.Server, down time.Duration, o redisd.Options) *redisd.Server {
	tb.Helper()
	_, text, _ := net.SplitHostPort(old.Addr()) // it has both, or the port is none
	port, err := strconv.Atoi(text)
	if err := errors.Join(err, old.Close()); err != nil {
		tb.Fatal(err)
	}
	time.Sleep(down)
	o.Port = port
	return RedisWith(tb, o)
}

// Cluster starts a cluster of n primaries that ends with the test. It takes some
// two seconds.
func Cluster(tb testing.TB, n int) *redisd.Cluster {
	tb.Helper()
	cluster, err := redisd.StartCluster(tb.Context(), binary(tb), n, redisd.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			tb.Error(err)
		}
	})
	return cluster
}

// Server is Redis for a scenario that is fought in the test.
func Server(tb testing.TB, s *bench.Scenario) *bench.Fixture {
	tb.Helper()
	fixture, err := bench.OwnServers(binary(tb))(context.WithoutCancel(tb.Context()), s, bench.Setting{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := fixture.Close(); err != nil {
			tb.Error(err)
		}
	})
	return fixture
}

// Arena starts and seeds a server for the scenario; both end with the test.
func Arena(tb testing.TB, s *bench.Scenario, rtt time.Duration) *bench.Arena {
	tb.Helper()
	return ArenaOn(tb, s, Server(tb, s), rtt)
}

// ArenaOn seeds a server for the scenario. The arena ends with the test.
func ArenaOn(tb testing.TB, s *bench.Scenario, fixture *bench.Fixture, rtt time.Duration) *bench.Arena {
	tb.Helper()
	arena, err := bench.NewArena(tb.Context(), s, fixture, bench.Settings{RTT: rtt, Rounds: 1, Duration: time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(arena.Close)
	return arena
}

// At is a single server at an address, for an arena that need not close it.
func At(target bench.Target) *bench.Fixture {
	return &bench.Fixture{Target: target, Nodes: []bench.Target{target}, Own: true}
}

// Prepared is a side prepared on an arena. It ends with the test.
func Prepared(tb testing.TB, arena *bench.Arena, side string) *bench.Bout {
	tb.Helper()
	bout, err := arena.Prepare(tb.Context(), side)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(bout.Close)
	return bout
}

// Loop benchmarks one side of a scenario with one caller, and reports the
// median and the 99th percentile of its response time in ns (of fewer than a
// hundred iterations the slowest is the 99th percentile), and the scenario's
// primary metric.
func Loop(b *testing.B, arena *bench.Arena, s *bench.Scenario, side string) {
	ctx := b.Context()
	stop, err := arena.Watch(ctx)
	if err != nil {
		b.Fatal(err)
	}
	bout, err := arena.Prepare(ctx, side)
	if err != nil {
		b.Fatal(err)
	}
	defer bout.Close()
	found := loop(b, bout.Op)
	watched, err := stop()
	if err != nil {
		b.Fatal(err)
	}
	trial, err := bout.Measure(ctx, found, watched)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(found.Response.At(0.5)), "p50-ns")
	b.ReportMetric(float64(found.Response.At(0.99)), "p99-ns")
	if primary := s.Primary.Of(trial); !math.IsNaN(primary) { // too few iterations may say nothing
		b.ReportMetric(primary, unit(s.Primary))
	}
}

// loop runs the op as often as the benchmark asks for, each with a deadline.
func loop(b *testing.B, op load.Op) *load.Result {
	found := &load.Result{Response: latency.New(), Service: latency.New(), Lateness: latency.New()}
	begin := time.Now()
	for i := 0; b.Loop(); i++ {
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
		start := time.Now()
		err := op(ctx, i)
		took := time.Since(start)
		cancel()
		if err != nil {
			b.Fatal(err)
		}
		found.Response.Record(took)
		found.Service.Record(took)
		found.Lateness.Record(0)
		found.OK++
	}
	found.Intended, found.Attempts, found.Elapsed = found.OK, found.OK, time.Since(begin)
	return found
}

// unit names a metric as benchmark lines want it: without spaces, its unit
// last.
func unit(m bench.Metric) string {
	return strings.ReplaceAll(m.Name, " ", "-") + "-" + m.Unit
}

// Build builds the redisduel command, as `make build` does, into a directory and
// returns its path. It takes some seconds.
func Build(dir string) (path string, err error) {
	path = filepath.Join(dir, "redisduel")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "redisduel/bench/cmd/redisduel") //nolint:noctx // it is for more than one test
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build the command: %w", err)
	}
	return path, nil
}
