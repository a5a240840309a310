package bench_test

import (
	"context"
	"math"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/redisd"
)

// The server is stopped for stalled out of watched. An operation that is due
// at a time t into the stall is answered at its end, so a share stalled /
// watched of all wait between 0 and stalled, evenly: for q > 1 - S/T the
// q-quantile is S (1 - (1-q) T/S).
const (
	stallRate = 100 // operations a second
	watched   = 10 * time.Second
	stalled   = 2 * time.Second
)

func TestAnOpenLoopTellsAStallOfTheServerAndAClosedLoopHidesIt(t *testing.T) {
	server := benchtest.Redis(t)
	client := connect(t, server)
	get := func(ctx context.Context, _ int) error {
		err := client.Do(ctx, client.B().Get().Key("k").Build()).Error()
		if rueidis.IsRedisNil(err) {
			return nil
		}
		return err
	}
	open, closed, lost := measured(t, server, get)

	near := 50*time.Millisecond + lost
	for q, want := range map[float64]time.Duration{0.90: time.Second, 0.95: 1500 * time.Millisecond, 0.99: 1900 * time.Millisecond} {
		if got := open.Response.At(q); (got - want).Abs() > near {
			t.Errorf("open loop: p%g is %v, want %v ± %v", 100*q, got, want, near)
		}
	}
	if mean, _ := open.Response.Mean(); (mean - 200*time.Millisecond).Abs() > near {
		t.Errorf("open loop: the mean is %v, want 200ms ± %v", mean, near)
	}
	if slow, off := slower(open, 100*time.Millisecond), 5+stallRate*lost.Seconds(); math.Abs(slow-190) > off {
		t.Errorf("open loop: %.0f ops took more than 100ms, want 190 ± %.0f", slow, off)
	}

	// An op that takes so long without the stall has met a pause of the host of nearly as long.
	if slow := slower(closed, 100*time.Millisecond); slow < 1 || slow > 1+lost.Seconds()/0.08 {
		t.Errorf("closed loop: %.0f ops took more than 100ms, want the one that met the stall", slow)
	}
	if p99 := closed.Response.At(0.99); p99 > 10*time.Millisecond {
		t.Errorf("closed loop: p99 is %v, want less than 10ms: it hides the stall", p99)
	}
	if !warned(closed) {
		t.Error("no doubt says that the closed loop hid a stall")
	}
}

// attempts is how often the measurement is made on a host that others disturb.
const attempts = 4

// measured drives both loads across the stall. Meanwhile a witness that has
// nothing to do with the server or the loads adds up how long the host itself
// stood still, which shows in a measurement beside our stall. One that lost
// more than a tenth of ours says too little and is made again.
func measured(t *testing.T, server *redisd.Server, op load.Op) (open, closed *load.Result, lost time.Duration) {
	t.Helper()
	for range attempts {
		begin := time.Now().Add(100 * time.Millisecond)
		drive := func(spec load.Spec) *load.Result {
			spec.Duration = watched
			result, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Precise(), Start: load.At(begin)}, op)
			if err != nil {
				t.Error(err)
			}
			return result
		}
		var together sync.WaitGroup
		together.Go(func() { open = drive(load.Spec{Mode: load.Open, Rate: stallRate, Workers: 250}) })
		together.Go(func() { closed = drive(load.Spec{Mode: load.Closed, Workers: 1}) })
		together.Go(func() { lost = pauses(t, begin.Add(watched)) })
		stop(t, server, begin.Add(watched/2))
		together.Wait()
		if t.Failed() {
			t.FailNow()
		}
		if lost < stalled/10 {
			return open, closed, lost
		}
		t.Logf("the host stood still for %v: measuring again", lost)
	}
	t.Fatalf("the host was disturbed in each of %d attempts", attempts)
	return nil, nil, 0
}

// pauses wakes every millisecond and adds up by how much it was late whenever
// that was more than a few milliseconds, which busy neighbours cost as well.
func pauses(t *testing.T, until time.Time) (lost time.Duration) {
	timer, err := clock.Precise().NewTimer()
	if err != nil {
		t.Error(err)
		return 0
	}
	defer timer.Close()
	for at := time.Now(); at.Before(until); at = time.Now().Add(time.Millisecond) {
		timer.WaitUntil(at)
		if late := time.Since(at); late > 10*time.Millisecond {
			lost += late
		}
	}
	return lost
}

// slower counts the ops of a result that took longer than d.
func slower(r *load.Result, d time.Duration) float64 {
	low, high := 0.0, 1.0
	for range 40 {
		if middle := (low + high) / 2; r.Response.At(middle) > d {
			high = middle
		} else {
			low = middle
		}
	}
	return math.Round((1 - high) * float64(r.OK))
}

// warned reports whether a duel with such a trial warns its reader.
func warned(r *load.Result) bool {
	s := echo()
	s.Checks = nil
	d := &bench.Duel{Load: load.Spec{Mode: load.Closed}}
	for _, side := range []string{bench.Pattern, bench.AntiPattern} {
		d.Trials = append(d.Trials, bench.Trial{Round: 1, Side: side, Outcome: bench.Completed, Load: r})
	}
	bench.Judge(d, &s, bench.Host{})
	return strings.Contains(strings.Join(d.Doubts, " "), "closed loop")
}

// stop stops the server at a moment, for as long as stalled.
func stop(t *testing.T, server *redisd.Server, at time.Time) {
	t.Helper()
	time.Sleep(time.Until(at)) // the moment is part of what is tested
	begin := time.Now()
	if err := syscall.Kill(server.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(begin.Add(stalled)))
	if err := syscall.Kill(server.PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// connect opens a client that sends operations as they come and leaves their
// deadlines to the load.
func connect(t *testing.T, server *redisd.Server) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr()}, Password: server.Password(),
		ForceSingleClient: true, DisableRetry: true, DisableCache: true,
		AlwaysPipelining: true, PipelineMultiplex: -1, ConnWriteTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}
