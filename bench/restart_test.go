package bench_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/redisd"
)

// known has a user whose password, unlike the usual one, outlives the server.
var known = redisd.Options{Config: []string{"user known on nopass ~* &* +@all"}}

func TestTheFirstAnswerComesSoonAfterARestart(t *testing.T) {
	server := benchtest.RedisWith(t, known)
	target := bench.Target{URL: "redis://known:any@" + server.Addr()}
	s := writes()
	bout := benchtest.Prepared(t, benchtest.ArenaOn(t, &s, benchtest.At(target), 0), bench.Pattern)

	var up atomic.Bool
	answered := make(chan time.Time, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var result *load.Result
	var loads sync.WaitGroup
	loads.Go(func() {
		spec := load.Spec{Mode: load.Open, Rate: 200, Workers: 8, Duration: time.Hour}
		result, _ = load.Run(ctx, load.Plan{Spec: spec, Clock: clock.Precise(), Classify: bench.Classify}, func(ctx context.Context, i int) error {
			back := up.Load()
			err := bout.Op(ctx, i)
			if err == nil && back {
				select {
				case answered <- time.Now():
				default: // the first one is there
				}
			}
			return err
		}) // cancelled, always
	})
	benchtest.Restart(t, server, 300*time.Millisecond, known)
	since := time.Now()
	up.Store(true)
	select {
	case at := <-answered:
		if took := at.Sub(since); took > time.Second {
			t.Errorf("the first answer came %v after the restart, want a second at most", took)
		}
	case <-time.After(10 * time.Second):
		t.Error("no answer came after the restart")
	}
	stop()
	loads.Wait()
	if err := result.Conserved(); err != nil {
		t.Error(err)
	}
	if errs := result.Errors[load.ClassRefused]; errs < 30 { // of the 60 that were due meanwhile
		t.Errorf("the outage shows as %v, want refused connections", result.Errors)
	}
}
