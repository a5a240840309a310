package bench

import (
	"math"
	"strings"
	"testing"
	"time"

	"redisduel/bench/evidence"
	"redisduel/bench/load"
)

func TestTheHarnessTakesWhatAnEmptyOpAndTheNetworkTake(t *testing.T) {
	c := Calibration{Exchanges: 50}
	took := func(idle, linked, plain time.Duration) turn {
		return turn{Idle: phase{Ops: 10, CPU: 10 * idle}, Linked: phase{Ops: 5, CPU: 5 * linked}, Plain: phase{Ops: 4, CPU: 4 * plain}}
	}
	// An op makes 100 exchanges and 50 were replayed: the network counts twice.
	c.reckon([]turn{took(10, 300, 200), took(30, 500, 200)}, 100, 1000)
	want := Calibration{Exchanges: 50, Ops: 10, Generator: 20, Link: 400, Client: 1000, Share: 0.42, Low: 0.21, High: 0.63}
	if c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestWhatNeverRanHasNoShare(t *testing.T) {
	c := Calibration{Exchanges: 1}
	c.reckon([]turn{{Idle: phase{Ops: 1, CPU: 1}}}, 1, 1000)
	for name, got := range map[string]float64{"share": float64(c.Share), "lowest": float64(c.Low), "highest": float64(c.High), "network": float64(c.Link)} {
		if !math.IsNaN(got) {
			t.Errorf("%s is %v, want none", name, got)
		}
	}
}

// wired is a completed trial whose ops put something on the wire.
func wired(side string, ops, reads, connections, in, out int64) Trial {
	return Trial{Side: side, Outcome: Completed, Load: &load.Result{Attempts: ops},
		Evidence: &evidence.Delta{Reads: reads, Connections: connections, BytesIn: in, BytesOut: out}}
}

func TestAReplayHasTheTrafficThatTheServerCounted(t *testing.T) {
	d := &Duel{Trials: []Trial{
		wired(Pattern, 100, 20, 0, 5000, 10_000), wired(Control, 100, 20, 0, 5000, 10_000), // pipelined across callers
		wired(AntiPattern, 10, 1010, 10, 50_000, 1_000_000), {Side: AntiPattern, Outcome: Crashed},
	}}
	for side, want := range map[string]traffic{
		Pattern:     {PerOp: 1, In: 50, Out: 100},
		AntiPattern: {PerOp: 100, In: 50, Out: 1000, Dials: true},
	} {
		if got, err := d.traffic(side); err != nil || *got != want {
			t.Errorf("%s: got %+v, %v, want %+v", side, got, err, want)
		}
	}
	if _, err := d.traffic("index"); err == nil || !strings.Contains(err.Error(), "no trial") {
		t.Errorf("error %v, want one that says that there is no trial", err)
	}
}

func TestAReplayIsShortAndHasEnoughOps(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct{ in, want load.Spec }{
		"open":   {load.Spec{Mode: load.Open, Rate: 2, Workers: 8, Warmup: 100 * ms, Duration: 300 * ms}, load.Spec{Mode: load.Open, Rate: leastRate, Workers: 8, Duration: 100 * ms}},
		"job":    {load.Spec{Mode: load.Job, Ops: 3, Workers: 2, Timeout: time.Second}, load.Spec{Mode: load.Closed, Workers: 2, Duration: shortestPhase, Timeout: time.Second}},
		"closed": {load.Spec{Mode: load.Closed, Workers: 2, Duration: 600 * ms, Timeline: ms}, load.Spec{Mode: load.Closed, Workers: 2, Duration: 200 * ms}},
		"long":   {load.Spec{Mode: load.Open, Rate: 500, Workers: 8, Duration: time.Second}, load.Spec{Mode: load.Open, Rate: 500, Workers: 8, Duration: 200 * ms}},
	} {
		got := calibrating(c.in, 600*ms)
		if err := got.Validate(); got != c.want || err != nil {
			t.Errorf("%s: got %+v (%v), want %+v", name, got, err, c.want)
		}
	}
	closed := load.Spec{Mode: load.Closed, Duration: 200 * ms}
	if got := idle(closed).Duration; got != shortestPhase {
		t.Errorf("%v of an op that does nothing in a closed loop, want %v", got, shortestPhase)
	}
	if open := (load.Spec{Mode: load.Open, Rate: 500, Duration: 200 * ms}); idle(open) != open {
		t.Errorf("%+v on a schedule, want it as it is", idle(open))
	}
	if got, want := atOnce(250, 4*ms), 6; got != want {
		t.Errorf("%d workers for 250 ops/s of 4 ms each, want %d", got, want)
	}
	if got, want := lasting(250, time.Second), 400*ms; got != want {
		t.Errorf("%v for 250 exchanges/s, want %v", got, want)
	}
	if got, want := lasting(50, time.Second), time.Second; got != want {
		t.Errorf("%v for 50 exchanges/s, want %v as a trial", got, want)
	}
	for rtt, want := range map[time.Duration]int{0: fewExchanges, ms: fewExchanges, 5 * ms: 10, 250 * ms: 1} {
		if got := mostExchanges(rtt); got != want {
			t.Errorf("at %v: %d exchanges, want %d", rtt, got, want)
		}
	}
}
