package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
	"redisduel/bench/stats"
)

// A ring is where one duel is fought: a seeded server, our own connections to
// its nodes, and the trials so far.
type ring struct {
	run      *run
	scenario *Scenario
	duel     *Duel
	fixture  *Fixture
	prefix   string
	setting  Setting
	nodes    []rueidis.Client // one for each primary, past the emulated network
	home     int              // the node that holds the bystander's key
	stage    *Stage
}

// newRing connects, seeds and measures the round trip. The caller must close
// the ring.
func newRing(ctx context.Context, r *run, s *Scenario, fixture *Fixture) (*ring, error) {
	set := r.Settings.setting()
	if set.Primaries = fixture.Primaries; set.Primaries != nil {
		s = s.version(set)
	}
	g := &ring{
		run: r, scenario: s, fixture: fixture, setting: s.setting(r.Settings),
		prefix: prefixOf(r.result.RunID, s.Name),
	}
	g.setting.TLS, g.setting.Primaries = fixture.Target.secured(), fixture.Primaries
	code, err := s.Twin.Listing(r.Source)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	g.duel = &Duel{
		Scenario: s.Name, Title: s.Title, Claim: s.Claim, Primary: s.Primary, Metrics: s.metrics(),
		Load: s.spec(g.setting), RTT: g.setting.RTT, Cores: fixture.cores, Trials: []Trial{}, Checks: []CheckResult{},
		Comparisons: []MetricResult{}, Topology: s.Topology.String(), Samples: s.Samples, Code: code,
		Plan: s.plan(r.Settings),
	}
	for _, v := range s.Variants {
		note := VariantNote{Name: v.Name, About: v.About}
		if !fixture.Own {
			note.LeftOut = v.Alone
		}
		g.duel.Variants = append(g.duel.Variants, note)
	}
	if err := g.open(ctx); err != nil {
		return nil, errors.Join(err, g.close(ctx))
	}
	return g, nil
}

func (g *ring) open(ctx context.Context) (err error) {
	for _, target := range g.fixture.Nodes {
		node, err := target.direct()
		if err != nil {
			return err
		}
		g.nodes = append(g.nodes, node)
	}
	if g.duel.Server, err = describe(ctx, g.nodes, g.fixture.Own); err != nil {
		return err
	}
	client, err := g.fixture.Target.direct()
	if err != nil {
		return err
	}
	stream, err := g.fixture.Target.streaming()
	if err != nil {
		client.Close()
		return err
	}
	g.stage = &Stage{
		Client: client, Nodes: g.nodes, Setting: g.setting, Data: g.scenario.Data,
		Own: g.fixture.Own, prefix: g.prefix, stream: stream, tell: g.run.keysTold(),
	}
	if err := g.stage.seed(ctx); err != nil {
		return err
	}
	g.home = g.holder(ctx, bystanderKey(g.prefix))
	g.run.report(g.scenario, "measuring the round trip")
	if g.duel.RTTMeasured, err = measureRTT(ctx, g.fixture.Target, g.setting.RTT); err != nil {
		return err
	}
	if g.scenario.Bystander {
		if err := g.watchAlone(ctx); err != nil {
			return err
		}
	}
	predicted := g.setting
	predicted.RTT = g.duel.RTTMeasured
	g.duel.Predictions = g.scenario.Predict(predicted)
	return nil
}

// holder is the node that holds a key.
func (g *ring) holder(ctx context.Context, key string) int {
	return max(0, slices.IndexFunc(g.nodes, func(node rueidis.Client) bool {
		return node.Do(ctx, node.B().Get().Key(key).Build()).Error() == nil
	}))
}

// watchAlone runs the bystander with nobody beside it: what it feels and costs
// then is the host's doing, not a side's.
func (g *ring) watchAlone(ctx context.Context) error {
	g.run.report(g.scenario, "the bystander alone")
	alone := g.trial(ctx, bystander, 0)
	if alone.Outcome != Completed {
		return fmt.Errorf("%w: the bystander alone: %s", ErrFailed, alone.Why)
	}
	g.duel.Alone = &alone
	return nil
}

// close removes our keys from a server that is not ours, and disconnects. The run
// may be over because ctx is: what keys can go in a moment go all the same, and the
// error says which stay.
func (g *ring) close(ctx context.Context) (err error) {
	if g.stage != nil {
		if !g.fixture.Own {
			err = g.stage.unseed(ctx, g.scenario, g.run.result.RunID)
		}
		g.stage.Client.Close()
		g.stage.stream.Close()
	}
	for _, node := range g.nodes {
		node.Close()
	}
	return err
}

// rounds runs the trials in their order, up to a look of the plan at which they
// are enough. A trial that fails is recorded and the next one runs; an error means
// that no more can run.
func (g *ring) rounds(ctx context.Context) error {
	plan := g.duel.Plan
	for round := 1; round <= plan.Rounds; round++ {
		if err := g.round(ctx, round); err != nil {
			return err
		}
		if round == plan.Next(round-1) && g.enough(round) {
			return nil
		}
	}
	return nil
}

// round runs the trials of a round.
func (g *ring) round(ctx context.Context, round int) error {
	for slot, side := range order(round, g.scenario.sides(round)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if g.duel.leftOut(side) != "" {
			g.run.done++ // or the progress would never reach its end
			continue
		}
		g.run.report(g.scenario, fmt.Sprintf("%s: %s", ofRounds(round, g.duel.Plan), sideName(side)))
		trial := g.trial(ctx, side, round)
		trial.Slot = slot + 1
		g.run.done++
		g.duel.Trials = append(g.duel.Trials, trial)
		if err := g.run.Journal.Trial(g.duel, &trial); err != nil {
			return err
		}
		if trial.Outcome != Completed && ctx.Err() != nil { // who is interrupted after the last one misses none
			return context.Cause(ctx)
		}
	}
	return nil
}

func ofRounds(round int, plan stats.Plan) string {
	if plan.Looks > 1 {
		return fmt.Sprintf("round %d of up to %d", round, plan.Rounds)
	}
	return fmt.Sprintf("round %d of %d", round, plan.Rounds)
}

// enough reports at a look whether the rounds may end, and notes why.
func (g *ring) enough(round int) bool {
	plan := g.duel.Plan
	if round == plan.Rounds {
		return true
	}
	Judge(g.duel, g.scenario, g.run.result.Host)
	if g.duel.stop(round); g.duel.Stopped == "" {
		g.run.total += g.scenario.trials(round, plan.Next(round))
	}
	return g.duel.Stopped != ""
}

// trial drives one side once.
func (g *ring) trial(ctx context.Context, side string, round int) Trial {
	trial := Trial{Round: round, Side: side, Started: time.Now().UTC(), Outcome: Completed}
	if err := g.drive(ctx, side, &trial); err != nil {
		trial.Outcome, trial.Why = Errored, err.Error()
		if errors.Is(err, errCrashed) {
			trial.Outcome = Crashed
		}
	}
	return trial
}

// drive starts the side's process, and the bystander's, has them begin at the
// same moment, and collects what they and the server say.
func (g *ring) drive(ctx context.Context, side string, trial *Trial) error {
	if side != bystander {
		if err := g.stage.reset(ctx, g.scenario, side); err != nil {
			return err
		}
	}
	processes, err := g.spawn(side, trial.Round)
	defer processes.wait()
	if err != nil {
		return err
	}
	if err := processes.ready(ctx, readyWithin+g.duel.Load.Timeout); err != nil {
		return err
	}
	before, err := g.snapshot(ctx)
	if err != nil {
		return err
	}
	at := time.Now().Add(startAhead)
	if err := processes.start(at); err != nil {
		return err
	}
	stop := g.sample(ctx, at)
	err = g.collect(ctx, processes, trial)
	samples, asked := stop()
	trial.Samples = samples
	if err != nil {
		return err
	}
	if err := g.testify(ctx, before, trial, asked); err != nil || side == bystander {
		return err
	}
	return g.stage.inspect(ctx, g.scenario, trial)
}

// spawn starts the processes of a trial: the side's own and, if the scenario
// asks for one, the bystander's; that one alone if it is the side.
func (g *ring) spawn(side string, round int) (crew, error) {
	spec := trialSpec{
		Scenario: g.scenario.Name, Side: side, Target: g.fixture.Target,
		Prefix: g.prefix, Setting: g.setting, Load: g.duel.Load, Bandwidth: g.scenario.Bandwidth,
	}
	spec.Setting.Seed = roundSeed(g.setting.Seed, round)
	spec.Load.Seed = spec.Setting.Seed
	specs := []trialSpec{spec, g.watching(spec)}
	switch {
	case side == bystander:
		specs = specs[1:]
	case !g.scenario.Bystander:
		specs = specs[:1]
	}
	return g.launchAll(specs)
}

// watching is the bystander's trial beside another.
func (g *ring) watching(beside trialSpec) trialSpec {
	beside.Side, beside.Load = bystander, bystanderLoad(g.setting.RTT, beside.Load.Warmup, beside.Load.Duration)
	beside.Target, beside.Bandwidth = g.fixture.Nodes[g.home], 0
	return beside
}

// roundSeed is the seed of a round, the same for all of its sides. Rounds with the
// same arrivals would hide from the interval what the luck of the arrivals does.
// The factor is 2⁶⁴ divided by the golden ratio, which keeps seeds apart.
func roundSeed(seed uint64, round int) uint64 { return seed + uint64(round)*0x9E3779B97F4A7C15 }

func (g *ring) launch(spec trialSpec) (*process, error) {
	if len(g.run.Trial) == 0 {
		return perform(g.run.Scenarios, spec)
	}
	return spawn(g.run.Trial, g.fixture.cores, spec)
}

// launchAll launches processes. What began before an error is returned with it.
func (g *ring) launchAll(specs []trialSpec) (all crew, err error) {
	for _, spec := range specs {
		p, err := g.launch(spec)
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

// collect waits for the reports. What a trial that was cut short has to say is
// kept beside the error.
func (g *ring) collect(ctx context.Context, processes crew, trial *Trial) error {
	spec := g.duel.Load
	within := spec.Warmup + spec.Duration + 2*spec.Timeout + readyWithin
	if trial.Side != bystander {
		report, err := processes[0].report(ctx, within)
		if report != nil {
			trial.Load, trial.ClientCPU, trial.Allocs = report.Load, report.CPU, report.Allocs
			trial.Counts, trial.Spans, trial.Late = report.Counts, report.Spans, report.Late
		}
		if err != nil {
			return err
		}
		processes = processes[1:]
	}
	for _, p := range processes {
		p.over()
		report, err := p.report(ctx, within)
		if report != nil {
			trial.Bystander, trial.Late = report.Load, max(trial.Late, report.Late)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// testify adds what the server counted meanwhile, without our own commands, the
// bystander's reads, the CPU time that as many of them take when it is alone, and
// the shares of the nodes that somebody else asked for.
func (g *ring) testify(ctx context.Context, before []evidence.Snapshot, trial *Trial, asked []evidence.Delta) error {
	after, err := g.snapshot(ctx)
	if err != nil {
		return err
	}
	deltas := make([]evidence.Delta, len(after))
	for i := range after {
		d := after[i].Since(before[i])
		if why := d.Reset; why != "" {
			return fmt.Errorf("%w: %s", ErrFailed, why)
		}
		if i == g.home && trial.Bystander != nil && trial.Side != bystander {
			d = d.Without(bystanderShare(g.prefix, trial.Bystander.Attempts))
		}
		deltas[i] = d.Without(d.Control(g.scenario.Commands...), asked[i])
	}
	sum := evidence.Sum(deltas...)
	if alone := g.duel.Alone; alone != nil && trial.Bystander != nil {
		sum.Beside = time.Duration(float64(alone.Evidence.CPU) * float64(trial.Bystander.Attempts) / float64(alone.Bystander.Attempts))
		sum.CPU -= sum.Beside
	}
	trial.Evidence = &sum
	if len(deltas) > 1 {
		trial.Nodes = deltas
	}
	return nil
}

func (g *ring) snapshot(ctx context.Context) ([]evidence.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	snapshots := make([]evidence.Snapshot, len(g.nodes))
	for i, node := range g.nodes {
		s, err := evidence.Take(ctx, node)
		if err != nil {
			return nil, fmt.Errorf("%w: cannot read the server's counters: %w", ErrFailed, err)
		}
		snapshots[i] = s
	}
	return snapshots, nil
}
