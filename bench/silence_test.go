package bench_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/netem"
)

// The deadline of an op while nothing answers, and what may come on top of it.
const (
	patience = 200 * time.Millisecond
	grace    = 100 * time.Millisecond
)

// TestOpsEndByTheirDeadlinesWhileNothingAnswers drives ops at a server that is
// stopped, and at one behind a network that swallows what it is given.
func TestOpsEndByTheirDeadlinesWhileNothingAnswers(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Run("a stopped server", func(t *testing.T) {
		server := benchtest.Redis(t)
		silent(t, bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()}, func(stopped bool) {
			signal := syscall.SIGCONT
			if stopped {
				signal = syscall.SIGSTOP
			}
			if err := syscall.Kill(server.PID(), signal); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a black hole", func(t *testing.T) {
		server := benchtest.Redis(t)
		address, network := behind(t, server.Addr())
		silent(t, bench.Target{URL: "redis://:" + server.Password() + "@" + address}, func(swallows bool) {
			if err := network.Inject(netem.Faults{BlackHole: swallows}); err != nil {
				t.Error(err)
			}
		})
	})
	goleak.VerifyNone(t, leaks)
}

// behind puts a network before a server and returns the address there.
func behind(t *testing.T, server string) (address string, network *netem.Network) {
	t.Helper()
	network, err := netem.New(netem.Link{}, clock.Precise(), nil)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { _ = network.Serve(ctx, listener, server) }) // until it is told to stop
	t.Cleanup(func() {
		stop()
		serving.Wait()
		if err := network.Close(); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String(), network
}

// silent drives ops while hush has the server say nothing.
func silent(t *testing.T, target bench.Target, hush func(bool)) {
	t.Helper()
	s := echo()
	arena := benchtest.ArenaOn(t, &s, benchtest.At(target), 0)
	for range attempts {
		bout, err := arena.Prepare(t.Context(), bench.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		hush(true)
		result, longest, pause := unanswered(t, bout.Op)
		hush(false)
		bout.Close()
		if longest > patience+grace && pause > grace/2 {
			t.Logf("the host stood still for %v: again", pause)
			continue
		}
		if longest > patience+grace {
			t.Errorf("an op took %v, want its deadline of %v and %v more at most", longest, patience, grace)
		}
		// Eight workers that wait for a deadline each begin so many in a second and
		// the draining after it; the others are not started.
		begun := result.Attempts
		if most := int64(8 * (time.Second + patience) / patience); begun == 0 || begun > most {
			t.Errorf("%d ops were begun, want %d at most", begun, most)
		}
		if result.Intended != 200 || result.NotStarted != 200-begun || result.Unknown != begun || result.Errors[load.ClassTimeout] != begun {
			t.Errorf("of %d ops %d were not started and the outcome of %d is unknown, errors %v; want 200, and unknown for the %d begun",
				result.Intended, result.NotStarted, result.Unknown, result.Errors, begun)
		}
		return
	}
	t.Fatalf("the host was disturbed in each of %d attempts", attempts)
}

// unanswered drives an op for a second, and returns how long it took at most
// beside how long the host stood still.
func unanswered(t *testing.T, op load.Op) (result *load.Result, longest, pause time.Duration) {
	t.Helper()
	var most atomic.Int64
	var together sync.WaitGroup
	until := time.Now().Add(time.Second)
	together.Go(func() { pause = pauses(t, until) })
	spec := load.Spec{Mode: load.Open, Rate: 200, Workers: 8, Duration: time.Second, Timeout: patience}
	result, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Precise(), Classify: bench.Classify}, func(ctx context.Context, i int) error {
		begin := time.Now()
		err := op(ctx, i)
		for took := int64(time.Since(begin)); ; {
			if seen := most.Load(); took <= seen || most.CompareAndSwap(seen, took) {
				return err
			}
		}
	})
	together.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return result, time.Duration(most.Load()), pause
}
