package bench

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// A Config says what to run. Scenarios, Settings and
// Servers are needed.
type Config struct {
	Scenarios []Scenario
	Settings  Settings
	Servers   Servers
	// Trial is the command line of a process that calls ServeTrial. Without one
	// the trials run inside this process, which is good enough for a test of a
	// scenario but not for a measurement: they share a heap.
	Trial []string
	// Skipped are scenarios that the user asked for and the caller left out.
	Skipped []Skipped
	// RunID is part of the name of every key of the run; empty makes a new one.
	RunID string
	// Version and Args go into the result as they are.
	Version string
	Args    []string
	// Source is the Go source that Scenario.Twin names; nil shows none.
	Source fs.FS
	// Journal is told of every trial as it finishes.
	Journal Journal
	// Progress is called often, from one goroutine at a time.
	Progress func(Progress)
}

// Progress says how far a run has come.
type Progress struct {
	Scenario    string
	Phase       string // what is going on, such as "round 3 of 8: pattern"
	Done, Total int    // trials, of which there may come to be more after a look, or milliseconds of one if Timed
	Timed       bool
	// Remaining is an estimate of the time left.
	Remaining time.Duration
	// Skipped says why the scenario is left out, if it is.
	Skipped string
}

// What a run takes besides its loads, roughly, on two cores.
const (
	// overhead of a trial: starting processes, connecting, snapshots.
	overhead = 70 * time.Millisecond
	// setup of a duel: starting a server, seeding it, a look at the bystander alone.
	setup = 500 * time.Millisecond
)

// Estimate is how long a run will take, within a quarter or so, if all duels end
// at their first look: a job may end sooner than it is given time for.
func (c *Config) Estimate() time.Duration {
	total := time.Duration(0)
	for i := range c.Scenarios {
		s := c.version(i)
		total += setup + time.Duration(s.trials(0, s.plan(c.Settings).Next(0)))*c.perTrial(s) + c.perCalibrations(s.spec(s.setting(c.Settings)))
	}
	return total
}

// trials is how many there are up to each duel's first look.
func (c *Config) trials() (n int) {
	for i := range c.Scenarios {
		s := c.version(i)
		n += s.trials(0, s.plan(c.Settings).Next(0))
	}
	return n
}

// version is the i'th scenario as the settings want it.
func (c *Config) version(i int) *Scenario { return c.Scenarios[i].version(c.Settings.setting()) }

// perTrial reckons that every other trial goes on until an op that makes all
// its round trips has ended.
func (c *Config) perTrial(s *Scenario) time.Duration {
	set := s.setting(c.Settings)
	spec := s.spec(set)
	longest := set.RTT * time.Duration(s.RoundTrips)
	return spec.Warmup + spec.Duration + longest/2 + overhead
}

// Run fights the duels one after the other. It returns a result even when it
// returns an error: what was measured until then, marked as partial. Several
// runs may go on at the same time, but they disturb each other's measurements.
func Run(ctx context.Context, c Config) (*Result, error) {
	run := &run{Config: c, began: time.Now(), result: &Result{
		Schema: Schema, Version: c.Version, RunID: cmp.Or(c.RunID, NewRunID()), Started: time.Now().UTC(),
		Args: c.Args, Settings: c.Settings, Host: ThisHost(), Duels: []Duel{},
		Skipped: slices.Clone(c.Skipped),
	}}
	run.total = run.trials()
	if run.Journal == nil {
		run.Journal = discard{}
	}
	err := run.all(ctx)
	run.result.Elapsed = time.Since(run.began)
	return run.result, err
}

// A run is a Config in progress.
type run struct {
	Config
	result *Result
	began  time.Time
	keys   KeysTold // may be nil
	done   int      // trials
	total  int      // trials, up to the next look of the duel that is on and the first of those to come
}

func (r *run) all(ctx context.Context) error {
	if err := r.Journal.Begin(r.result); err != nil {
		return err
	}
	if err := r.sound(); err != nil {
		r.result.Partial = Sentence(err.Error())
		return err
	}
	var broken error
	for i := range r.Scenarios {
		duel, err := r.fight(ctx, r.version(i))
		if why, yes := skipped(err); yes && duel == nil {
			r.skip(r.version(i), why)
			continue
		}
		if duel != nil {
			r.result.Duels = append(r.result.Duels, *duel)
		}
		if err = stopped(ctx, err); err != nil {
			r.result.Partial = Sentence(err.Error())
			return err
		}
		if why := duel.broken(); why != "" && broken == nil {
			broken = fmt.Errorf("%w: %s: %s", ErrFailed, duel.Scenario, why)
		}
	}
	if all := r.result.Skipped; len(all) > 0 && len(r.result.Duels) == 0 {
		return fmt.Errorf("%w: no duel could be fought: %s", ErrEnvironment, all[0].Why)
	}
	return broken
}

// skip leaves out a scenario and tells the listener.
func (r *run) skip(s *Scenario, why string) {
	r.result.Skipped = append(r.result.Skipped, Skipped{Scenario: s.Name, Why: why})
	r.total -= s.trials(0, s.plan(r.Settings).Next(0))
	if r.Progress != nil {
		r.Progress(Progress{Scenario: s.Name, Skipped: why, Done: r.done, Total: r.total})
	}
}

// sound makes sure before the first trial that every scenario is complete and
// that its source can be shown.
func (r *run) sound() error {
	for i := range r.Scenarios {
		s := r.version(i)
		if err := s.Validate(); err != nil {
			return err
		}
		if _, err := s.Twin.Listing(r.Source); err != nil {
			return fmt.Errorf("scenario %s: %w", s.Name, err)
		}
	}
	return nil
}

// fight fights one duel. It returns what there is of the duel beside an error
// that ends the run.
func (r *run) fight(ctx context.Context, s *Scenario) (_ *Duel, err error) {
	set := s.setting(r.Settings)
	if err := EnoughFiles(s.Name, s.connections(set)); err != nil {
		return nil, err
	}
	r.report(s, "getting a server ready")
	fixture, err := r.Servers(ctx, s, set)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, fixture.Close()) }()
	ctx, release := fixture.guard(ctx)
	defer release()
	if len(r.Trial) > 0 { // its processes can be told where to run
		fixture.divideCores(set.RTT)
	}

	r.report(s, "writing its keys")
	ring, err := newRing(ctx, r, s, fixture)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ring.close(ctx) }() // what stays expires by itself
	err = ring.rounds(ctx)
	if err != nil {
		ring.duel.Partial = Sentence(stopped(ctx, err).Error())
	} else {
		ring.calibrate(ctx)
	}
	Judge(ring.duel, ring.scenario, r.result.Host)
	return ring.duel, err
}

// keysTold is who is told of keys: nobody in a run of duels, whose progress is
// that of their trials.
func (r *run) keysTold() KeysTold {
	if r.keys == nil {
		return func(string, int, int) {}
	}
	return r.keys
}

// report tells the listener how far we are.
func (r *run) report(s *Scenario, phase string) {
	if r.Progress == nil {
		return
	}
	left := r.Estimate()
	if r.done > 0 {
		left = time.Since(r.began) / time.Duration(r.done) * time.Duration(r.total-r.done)
	}
	r.Progress(Progress{Scenario: s.Name, Phase: phase, Done: r.done, Total: r.total, Remaining: left})
}

// NewRunID makes a name that no other run has, for the keys of this one.
func NewRunID() string {
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails, says crypto/rand
	return hex.EncodeToString(id)
}
