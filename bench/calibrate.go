package bench

import (
	"context"
	"fmt"
	"math"
	"time"

	"redisduel/bench/load"
	"redisduel/bench/netem"
	"redisduel/bench/stats"
)

// A Calibration is what the harness itself took of the client's CPU on one side
// of a duel. A process of its own, as a trial is, replays the side without the
// client library: raw bytes, as many to an exchange and as many exchanges to an
// op as the server counted, against a peer that only answers, and beside the
// bystander if there is one, since cores that it keeps awake make waiting
// cheaper. In each of two turns it does so on the duel's schedule with an op that
// does nothing, through the emulated network, and through the same network in
// another process.
type Calibration struct {
	Side      string `json:"side"`
	Ops       int64  `json:"ops"`       // replayed through the network
	Exchanges int    `json:"exchanges"` // of an op that was replayed; at most what takes 50 ms
	// Generator is the CPU time, in ns, of an op that does nothing: waiting until
	// it is due, starting it and recording it.
	Generator stats.Float `json:"generator_ns_per_op"`
	// Link is what the emulated network adds to an op of the side: a replay
	// through it less one through another process's, times the exchanges that the
	// side makes for each that was replayed.
	Link stats.Float `json:"link_ns_per_op"`
	// Client is the CPU time of an op in the side's trials, all of it.
	Client stats.Float `json:"client_ns_per_op"`
	// Share is (Generator + Link) / Client. Low and High are the least and the
	// greatest share of a turn: being a difference of measurements, it can lie
	// below 0 or above 1 where it drowns in noise.
	Share stats.Float `json:"share"`
	Low   stats.Float `json:"share_low"`
	High  stats.Float `json:"share_high"`
	Why   string      `json:"why,omitempty"` // it failed; it has no number then
}

// reckon computes the numbers. Each turn stands for perOp exchanges of an op.
func (c *Calibration) reckon(all []turn, perOp, client float64) {
	var sum turn
	low, high := math.Inf(1), math.Inf(-1)
	scale := perOp / float64(c.Exchanges)
	for _, t := range all {
		sum.Idle.add(t.Idle)
		sum.Linked.add(t.Linked)
		sum.Plain.add(t.Plain)
		share := (t.Idle.perOp() + t.link(scale)) / client
		low, high = min(low, share), max(high, share) // a NaN stays
	}
	generator, link := sum.Idle.perOp(), sum.link(scale)
	c.Ops = sum.Linked.Ops
	c.Generator, c.Link, c.Client = number(generator), number(link), number(client)
	c.Share, c.Low, c.High = number((generator+link)/client), number(low), number(high)
}

// calibrates reports whether a run measures its own cost: trials must be
// processes, and quick runs and sweeps have other aims.
func (c *Config) calibrates() bool {
	return len(c.Trial) > 0 && !c.Settings.Quick && c.Settings.Sweep == ""
}

// perCalibrations is how long those of a duel take, roughly.
func (c *Config) perCalibrations(s load.Spec) time.Duration {
	if !c.calibrates() {
		return 0
	}
	s = calibrating(s, c.Settings.Duration)
	return 2 * (turns*(idle(s).Duration+2*s.Duration) + overhead)
}

// calibrate measures what the harness took on both sides. That it could not is
// noted, and costs the duel nothing.
func (g *ring) calibrate(ctx context.Context) {
	if !g.run.calibrates() {
		return
	}
	for _, side := range []string{Pattern, AntiPattern} {
		g.run.report(g.scenario, "what the harness itself costs: "+sideName(side))
		c := Calibration{Side: side, Generator: nan, Link: nan, Client: nan, Share: nan, Low: nan, High: nan}
		if err := stopped(ctx, g.replay(ctx, &c)); err != nil {
			c.Why = Sentence(err.Error())
		}
		g.duel.Calibrations = append(g.duel.Calibrations, c)
	}
}

// replay has a process measure the harness under the traffic of a side.
func (g *ring) replay(ctx context.Context, c *Calibration) error {
	t, err := g.duel.traffic(c.Side)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	link := netem.Link{RTT: g.setting.RTT, Bandwidth: g.scenario.Bandwidth}
	peer, err := newCounterpart(ctx, link, t.In, t.Out)
	if err != nil {
		cancel()
		return err
	}
	defer peer.close()
	defer cancel() // first
	t.Address, t.Delayed = peer.direct.Addr().String(), peer.delayed.Addr().String()
	c.Exchanges = min(t.exchanges(), mostExchanges(g.setting.RTT))
	t.Exchanges = c.Exchanges
	spec := trialSpec{
		Scenario: g.scenario.Name, Side: c.Side, Target: g.fixture.Target, Prefix: g.prefix,
		Setting: g.setting, Load: calibrating(g.duel.Load, g.setting.Duration), Bandwidth: g.scenario.Bandwidth, Traffic: t,
	}
	if spec.Load.Mode == load.Open {
		spec.Load.Workers = min(spec.Load.Workers, atOnce(spec.Load.Rate, time.Duration(1+c.Exchanges)*g.setting.RTT)) // the dial, too
		spec.Load.Duration = max(spec.Load.Duration, lasting(spec.Load.Rate*float64(c.Exchanges), g.duel.Load.Duration))
	}
	specs := []trialSpec{spec}
	if g.scenario.Bystander {
		beside := g.watching(spec)
		beside.Load.Timeline, beside.Traffic = 0, nil
		specs = append(specs, beside)
	}
	processes, err := g.launchAll(specs)
	defer processes.wait()
	if err != nil {
		return err
	}
	if err := processes.ready(ctx, readyWithin); err != nil {
		return err
	}
	if err := processes.start(time.Now()); err != nil {
		return err
	}
	report, err := processes[0].report(ctx, readyWithin+3*turns*(spec.Load.Duration+spec.Load.Timeout))
	if err != nil {
		return err
	}
	c.reckon(report.Turns, t.PerOp, g.duel.clientPerOp(c.Side))
	return nil
}

// calibrating is a short version of a load, for a phase. The six of a calibration
// take as long as two trials of the usual length do, also of a duel whose own are
// longer. A rate of a few ops a second would leave nothing to measure.
func calibrating(s load.Spec, trial time.Duration) load.Spec {
	s.Warmup, s.Timeline = 0, 0
	s.Duration = max(min(s.Duration, trial)/3, shortestPhase)
	if s.Mode == load.Job {
		s = load.Spec{Mode: load.Closed, Workers: s.Workers, Duration: s.Duration, Timeout: s.Timeout}
	}
	if s.Mode == load.Open {
		s.Rate = max(s.Rate, leastRate)
	}
	return s
}

// idle is a phase's load for an op that does nothing. In a closed loop it takes some
// hundred nanoseconds, and the shortest phase holds a hundred thousand of them.
func idle(s load.Spec) load.Spec {
	if s.Mode == load.Closed {
		s.Duration = shortestPhase
	}
	return s
}

// atOnce is the workers that an open loop needs for ops that take so long, twice
// the mean number under way and a few. A side has more, for when it is slow; to
// start them would be most of what a short phase costs.
func atOnce(rate float64, op time.Duration) int { return 4 + int(math.Ceil(2*rate*op.Seconds())) }

// lasting is how long a hundred exchanges take at a rate, or a trial if that is
// less: the first few cost more than the others, and a trial has so many of those.
func lasting(rate float64, trial time.Duration) time.Duration {
	return min(trial, time.Duration(100/rate*float64(time.Second)))
}

const (
	shortestPhase = 20 * time.Millisecond
	leastRate     = 50 // ops a second
	// longestReplay bounds the round trips of a replayed op.
	longestReplay = 50 * time.Millisecond
	fewExchanges  = 50
)

func mostExchanges(rtt time.Duration) int {
	if rtt <= 0 {
		return fewExchanges
	}
	return min(fewExchanges, max(1, int(longestReplay/rtt)))
}

// traffic is what an op of the side puts on the wire, by the server's counters.
func (d *Duel) traffic(side string) (*traffic, error) {
	var ops, reads, in, out, connections int64
	for _, t := range d.of(side) {
		if t.Evidence != nil {
			ops += t.Load.Attempts
			reads += t.Evidence.Reads
			in += t.Evidence.BytesIn
			out += t.Evidence.BytesOut
			connections += t.Evidence.Connections
		}
	}
	if ops == 0 {
		return nil, fmt.Errorf("no trial of the %s succeeded", sideName(side))
	}
	// The read that finds a connection closed is no exchange.
	t := &traffic{PerOp: max(1, float64(reads-connections)/float64(ops)), Dials: 2*connections > ops}
	each := t.PerOp * float64(ops)
	t.In, t.Out = max(1, int(float64(in)/each)), max(1, int(float64(out)/each))
	return t, nil
}

// clientPerOp is the CPU time of an op of the side in ns.
func (d *Duel) clientPerOp(side string) float64 {
	var cpu time.Duration
	var ops int64
	for _, t := range d.of(side) {
		cpu += t.ClientCPU
		ops += t.Load.Attempts
	}
	return float64(cpu) / float64(ops)
}
