package bench

import (
	"context"
	"fmt"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/netem"
)

// A Bout is one side of a scenario prepared inside this process, for callers
// with a loop of their own, such as a Go benchmark. It is not safe for
// concurrent use, but its Op is.
type Bout struct {
	Op   load.Op
	side string
	ring *ring
	env  *Env
	from []evidence.Snapshot
}

// Arena is a seeded server on which bouts take place.
type Arena struct{ ring *ring }

// NewArena seeds the server of fixture with the scenario's keys. The caller
// must Close the Arena, and after it the fixture.
func NewArena(ctx context.Context, s *Scenario, fixture *Fixture, set Settings) (*Arena, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return NewArenaOf(ctx, NewRunID(), s, fixture, set, nil)
}

// NewArenaOf is NewArena for a run whose number is known, so that its keys can
// be announced before they are written, and for one of many keys: keys, unless it
// is nil, is told how far their writing and removal has come. The scenario may lack
// what only a duel needs, such as a claim.
func NewArenaOf(ctx context.Context, runID string, s *Scenario, fixture *Fixture, set Settings, keys KeysTold) (*Arena, error) {
	r := &run{Config: Config{Scenarios: []Scenario{*s}, Settings: set}, result: &Result{RunID: runID}, keys: keys}
	ring, err := newRing(ctx, r, s, fixture)
	if err != nil {
		return nil, err
	}
	return &Arena{ring}, nil
}

// Close removes the keys from a server that is not ours, and disconnects.
func (a *Arena) Close() { _ = a.Leave(context.Background()) } // what stays expires by itself

// Leave is Close, but ends a moment after ctx does. The error says how many keys
// stay then, and what becomes of them.
func (a *Arena) Leave(ctx context.Context) error { return a.ring.close(ctx) }

// Fresh sees to it that the keys do not expire in the next time, that of a load,
// and writes them again if they would. It does nothing on a server of ours.
func (a *Arena) Fresh(ctx context.Context, lasts time.Duration) error {
	return a.ring.stage.fresh(ctx, lasts)
}

// Server says what the arena is on.
func (a *Arena) Server() Server { return a.ring.duel.Server }

// RTT is the round trip through the emulated network, measured.
func (a *Arena) RTT() time.Duration { return a.ring.duel.RTTMeasured }

// Prefix is what all the arena's keys begin with.
func (a *Arena) Prefix() string { return a.ring.prefix }

// Prepare sets up one side as a trial does, and begins to gather evidence. The
// caller must Close the Bout.
func (a *Arena) Prepare(ctx context.Context, side string) (*Bout, error) {
	g := a.ring
	if err := g.stage.reset(ctx, g.scenario, side); err != nil {
		return nil, err
	}
	spec := trialSpec{Scenario: g.scenario.Name, Side: side, Setting: g.setting, Load: g.duel.Load, Bandwidth: g.scenario.Bandwidth}
	env, err := newEnv(g.fixture.Target, spec.link(), g.prefix)
	if err != nil {
		return nil, err
	}
	op, err := prepare(ctx, g.run.Scenarios, spec, env)
	if err != nil {
		env.Close()
		return nil, fmt.Errorf("prepare the %s of %s: %w", side, g.scenario.Name, err)
	}
	b := &Bout{Op: op, ring: g, env: env, side: side}
	if b.from, err = g.snapshot(ctx); err != nil {
		env.Close()
		return nil, err
	}
	return b, nil
}

// Measure returns the trial that the bout amounts to: what the caller's loop
// found, what a bystander saw, if there was one, and what the server counted
// since Prepare, with the scenario's metrics.
func (b *Bout) Measure(ctx context.Context, found, watched *load.Result) (*Trial, error) {
	if err := b.env.finish(ctx); err != nil {
		return nil, err
	}
	t := &Trial{
		Round: 1, Slot: 1, Side: b.side, Outcome: Completed, Load: found, Bystander: watched,
		Counts: b.env.counts, Spans: b.env.spans,
	}
	if err := b.ring.testify(ctx, b.from, t, make([]evidence.Delta, len(b.from))); err != nil {
		return nil, err
	}
	if err := b.ring.stage.inspect(ctx, b.ring.scenario, t); err != nil {
		return nil, err
	}
	measure(t, b.ring.scenario.metrics())
	return t, nil
}

// Close releases what the side opened.
func (b *Bout) Close() { b.env.Close() }

// Watch starts the scenario's bystander inside this process. The function it
// returns ends it and returns what it saw; nil if the scenario has none.
func (a *Arena) Watch(ctx context.Context) (stop func() (*load.Result, error), err error) {
	g := a.ring
	if !g.scenario.Bystander {
		return func() (*load.Result, error) { return nil, nil }, nil
	}
	env, err := newEnv(g.fixture.Nodes[g.home], netem.Link{RTT: g.setting.RTT}, g.prefix)
	if err != nil {
		return nil, err
	}
	spec := bystanderLoad(g.setting.RTT, 0, g.setting.Duration)
	spec.Timeline = 0
	spec.Workers += loopBurst
	op, err := prepare(ctx, nil, trialSpec{Side: bystander, Setting: g.setting, Load: spec}, env)
	if err != nil {
		env.Close()
		return nil, err
	}
	return observe(ctx, spec, env, op), nil
}

// observe runs the bystander until it is told to stop.
func observe(ctx context.Context, spec load.Spec, env *Env, op load.Op) (stop func() (*load.Result, error)) {
	var result *load.Result
	var err error
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		result, err = load.Run(ctx, load.Plan{Spec: spec, Clock: clock.Precise(), Over: over, Classify: Classify}, op)
	}()
	return func() (*load.Result, error) {
		close(over)
		<-ended
		env.Close()
		return result, err
	}
}
