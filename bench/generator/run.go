package generator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strconv"
	"time"

	"redisduel/bench"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// Name is what stands for a load in the names of its keys.
const Name = bench.LoadName

// A Generator drives loads on a server that is ready for them. It is not safe
// for concurrent use. The caller must Close it.
type Generator struct {
	// Progress is called a few times a second while a load goes on, with the time
	// that is left and the ops that have ended; nil for nobody.
	Progress func(left time.Duration, ops int64)

	spec    Spec
	runID   string
	fixture *bench.Fixture
	arena   *bench.Arena
	counter *counter
}

// Open takes a server, which refuses us if we might do harm, and seeds it. Keys
// are named by the number of the run. How far their writing has come, and their
// removal by Close, is told to keys, unless it is nil.
func Open(ctx context.Context, spec Spec, servers bench.Servers, runID string, keys bench.KeysTold) (*Generator, error) {
	if err := errors.Join(spec.Validate(), enoughFiles(spec, 1)); err != nil {
		return nil, err
	}
	c := new(counter)
	s := spec.scenario(c)
	fixture, err := servers(ctx, s, bench.Setting{RTT: spec.RTT})
	if err != nil {
		return nil, notSkipped(err)
	}
	if err := enoughFiles(spec, len(fixture.Nodes)); err != nil {
		return nil, errors.Join(err, fixture.Close())
	}
	if err := spec.room(ctx, fixture); err != nil {
		return nil, errors.Join(err, fixture.Close())
	}
	arena, err := bench.NewArenaOf(ctx, runID, s, fixture, bench.Settings{RTT: spec.RTT}, keys)
	if err != nil {
		return nil, errors.Join(err, fixture.Close())
	}
	return &Generator{spec: spec, runID: runID, fixture: fixture, arena: arena, counter: c}, nil
}

// Close removes the run's keys from a server that is not ours, and ends one that
// is. If ctx ends it does so for a moment more, and the error says what is left.
func (g *Generator) Close(ctx context.Context) error {
	runtime.GC() // or the removal's heap comes on top of what the load left
	return errors.Join(g.arena.Leave(ctx), g.fixture.Close())
}

// notSkipped turns the reason to leave out one duel of many into an error, since
// there is nothing else to run.
func notSkipped(err error) error {
	if errors.Is(err, bench.ErrSkipped) {
		return fmt.Errorf("%w: %s", bench.ErrEnvironment, bench.Sentence(err.Error()))
	}
	return err
}

// enoughFiles refuses more connections than the process may open, to so many
// primaries.
func enoughFiles(s Spec, primaries int) error {
	clients := s.workers()
	if s.Multiplex {
		clients = 1
	}
	return notSkipped(bench.EnoughFiles("the load", clients*primaries))
}

// Scenario is what the load would do to a server that is not ours.
func (s Spec) Scenario() bench.Scenario { return *s.scenario(new(counter)) }

// scenario is the load as the engine knows what it fights: what it writes, what
// it calls, how many connections it opens. Its only side is the pattern.
func (s Spec) scenario(c *counter) *bench.Scenario {
	sc := &bench.Scenario{
		Name: Name, Title: "a load", RoundTrips: 1,
		Primary:  bench.Metric{Name: "commands", Unit: "commands", Better: stats.Higher, Of: func(t *bench.Trial) float64 { return float64(t.Load.OK) }},
		Load:     func(bench.Setting) load.Spec { return s.load() },
		Commands: []string{s.name()},
		Pattern:  s.prepare(c),
		Predict:  func(bench.Setting) []bench.Prediction { return nil },
		Heavy:    true,
	}
	sc.On = func([]bench.SlotRanges) *bench.Scenario { return sc } // any cluster will do
	if s.Unseeded {
		sc.Writes = s.writes
	} else {
		sc.Data = bench.Data{Keys: s.Keys, Size: s.Size}
	}
	return sc
}

// writes names the keys as Env.Key does, without the prefix.
func (s Spec) writes(bench.Setting) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range s.Keys {
			if !yield(strconv.Itoa(i)) {
				return
			}
		}
	}
}

// Cleanable is every load of so many keys that a killed run may have left some of, for
// bench.Clean.
func Cleanable(keys int) bench.Scenario {
	s := bench.Scenario{Name: Name, Data: bench.Data{Keys: keys}}
	s.On = func([]bench.SlotRanges) *bench.Scenario { return &s }
	return s
}

// progressEvery is how often Progress is called.
const progressEvery = 200 * time.Millisecond

// Run drives the load that the Spec describes, with other arrivals if with
// changes its Rate and Seed. When ctx ends it returns what there is together with
// an error that wraps ctx's cause; the result says so. A server of ours that dies
// ends the load, too.
func (g *Generator) Run(ctx context.Context, with ...func(*Spec)) (*Result, error) {
	spec := g.spec
	for _, change := range with {
		change(&spec)
	}
	ctx, stop := g.guard(ctx)
	defer stop()
	if err := g.arena.Fresh(ctx, spec.lasts()); err != nil {
		return nil, err
	}
	ahead := g.arena.ServerClock(ctx)
	bout, err := g.arena.Prepare(ctx, bench.Pattern)
	if err != nil {
		return nil, err
	}
	defer bout.Close()
	r := &Result{Schema: Schema, RunID: g.runID, Started: time.Now().UTC(), Spec: spec, Host: bench.ThisHost(), Server: g.arena.Server(), RTT: g.arena.RTT(), Parts: 1}
	g.counter.reset(spec.Seed)
	defer g.counter.every(progressEvery, g.tell(spec))()
	if err := spec.inTime(); err != nil {
		return nil, err
	}
	r.Clock = ahead
	late, err := r.drive(ctx, spec, bout.Op)
	if r.Load == nil {
		return nil, err
	}
	r.Late, r.Nils = late, g.counter.nils.Load()
	if err != nil {
		r.Partial = bench.Sentence(err.Error())
		if ctx.Err() != nil {
			r.Partial = bench.Sentence(context.Cause(ctx).Error())
		}
		return r, err
	}
	return r, r.testify(ctx, bout, g.fixture.Primaries)
}

// lasts is how long it takes from now.
func (s Spec) lasts() time.Duration {
	return max(0, time.Until(s.StartAt)) + s.Warmup + s.Duration
}

// start is that of the load.
func (s Spec) start() func(context.Context) (time.Time, error) {
	if s.StartAt.IsZero() {
		return nil
	}
	return load.At(s.StartAt)
}

// inTime refuses a share that was not ready when the others began: its part of
// the schedule has passed.
func (s Spec) inTime() error {
	if late := time.Since(s.StartAt); s.Shares > 0 && !s.StartAt.IsZero() && late > 0 {
		return fmt.Errorf("%w: this share was not ready at --start-at but %v later, when the others had begun; start all of them again with a later moment", bench.ErrEnvironment, late.Round(time.Millisecond))
	}
	return nil
}

// drive runs the ops and notes what this process took for them.
func (r *Result) drive(ctx context.Context, spec Spec, op load.Op) (late time.Duration, err error) {
	cpu := bench.CPUTime()
	wait := max(0, time.Until(spec.StartAt))
	began := time.Now().Add(wait)
	plan := load.Plan{
		Spec: spec.load(), Clock: clock.Precise(), Start: spec.start(), Classify: bench.Classify,
		Began: func(after time.Duration) { late = after },
	}
	r.Load, err = load.Run(ctx, plan, op)
	r.Generator = Generation{CPU: bench.CPUTime() - cpu, Wall: time.Since(began), Procs: runtime.GOMAXPROCS(0)}
	return late, err
}

// tell passes progress on.
func (g *Generator) tell(spec Spec) func(ops int64) {
	end := time.Now().Add(max(0, time.Until(spec.StartAt)) + spec.Warmup + spec.Duration)
	return func(ops int64) {
		if g.Progress != nil {
			g.Progress(max(0, time.Until(end)), ops)
		}
	}
}

// guard ends the context when a server of ours dies.
func (g *Generator) guard(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-g.fixture.Died:
			cancel(fmt.Errorf("%w: the server died in the middle of the load: %w", bench.ErrFailed, g.fixture.Cause()))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); <-ended }
}

// testify adds what the server counted. A server that cannot say leaves a gap,
// with the reason, and no error.
func (r *Result) testify(ctx context.Context, bout *bench.Bout, primaries []bench.SlotRanges) error {
	trial, err := bout.Measure(ctx, r.Load, nil)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		r.Unproven = bench.Sentence(err.Error())
	default:
		r.Evidence, r.Nodes = trial.Evidence, nodesOf(primaries, trial.Nodes)
	}
	return nil
}
