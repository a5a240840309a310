package peers

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/redisd"
	"redisduel/bench/stats"
)

// Options says what to measure with.
type Options struct {
	Redisduel string // path of the redisduel command
	Toxiproxy string // path of toxiproxy's server; empty leaves it out
	Server    redisd.Binary
	Only      string       // one of Steps; empty is all
	Quick     bool         // little of everything: a test of the steps, and no measurement
	Log       func(string) // is told what is measured now; may be nil
}

// Steps are what Run does, in this order.
var Steps = []string{"idle", "waits", "loaded", "generators", "costs", "omission", "growth"}

// A run is the state of Run.
type run struct {
	Options
	server *redisd.Server
	result *Result
}

// Run measures all of it, in about twelve minutes. What it starts it stops, also
// if ctx ends.
func Run(ctx context.Context, o Options) (*Result, error) {
	r := &run{Options: o, result: &Result{Schema: Schema, Started: time.Now().UTC(), Quick: o.Quick, Host: bench.ThisHost()}}
	if r.Log == nil {
		r.Log = func(string) {}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	r.programs(ctx)
	steps := map[string]func(context.Context) error{
		"idle": r.idle, "waits": r.waits, "loaded": r.loaded, "generators": r.generators, "costs": r.costs, "omission": r.omission, "growth": r.growth,
	}
	for _, name := range Steps {
		if o.Only == "" || o.Only == name {
			if err := r.step(ctx, name, steps[name]); err != nil {
				return nil, err
			}
		}
	}
	r.result.Elapsed = time.Since(r.result.Started)
	return r.result, nil
}

// check says in one sentence what cannot be.
func (o Options) check() error {
	if o.Only != "" && !slices.Contains(Steps, o.Only) {
		return fmt.Errorf("%w: there is no step %q; there are %s", bench.ErrUsage, o.Only, strings.Join(Steps, ", "))
	}
	if _, err := exec.LookPath(o.Redisduel); err != nil {
		return fmt.Errorf("%w: there is no redisduel to measure: %w; `make build` makes it", bench.ErrEnvironment, err)
	}
	if _, err := exec.LookPath(o.Toxiproxy); o.Toxiproxy != "" && err != nil {
		return fmt.Errorf("%w: there is no toxiproxy to compare it with: %w; leave --toxiproxy out, or `make peers` builds it", bench.ErrEnvironment, err)
	}
	return nil
}

// step runs one step with a server of its own.
func (r *run) step(ctx context.Context, name string, step func(context.Context) error) (err error) {
	if r.server, err = redisd.Start(ctx, r.Server, redisd.Options{}); err != nil {
		return fmt.Errorf("%w: %w", bench.ErrEnvironment, err)
	}
	defer r.server.Close()
	if err = put(ctx, r.server); err == nil {
		err = step(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("%w: the step %s: %w", bench.ErrFailed, name, err)
	}
	return nil
}

func (r *run) add(s Section) { r.result.Sections = append(r.result.Sections, s) }

// pick is what a full run takes, or what a quick one does.
func pick[T any](r *run, full, quick T) T {
	if r.Quick {
		return quick
	}
	return full
}

// programs notes who takes part.
func (r *run) programs(ctx context.Context) {
	note := func(name, version string, found bool) {
		p := Program{Name: name, Version: version}
		switch {
		case !found && name == toxiproxy:
			p.Version, p.Absent = "", "not named with --toxiproxy"
		case !found:
			p.Absent = "not on PATH"
		}
		r.result.Programs = append(r.result.Programs, p)
	}
	note(r.Server.Software+"-server", r.Server.Version, true)
	note(toxiproxy, "2.5.0, as pinned in tools/toxiproxy", r.Toxiproxy != "")
	for _, name := range []string{redisBenchmark, memtier} {
		path, err := exec.LookPath(name)
		version := ""
		if err == nil {
			if f, err := execute(ctx, nil, path, "--version"); err == nil {
				version = versionOf(name, f.stdout)
			}
		}
		note(name, version, err == nil)
	}
	_, err := exec.LookPath(goCommand)
	note(goCommand, r.result.Host.Go, err == nil)
}

// has reports whether a program takes part.
func (r *run) has(name string) bool {
	for _, p := range r.result.Programs {
		if p.Name == name {
			return p.Absent == ""
		}
	}
	return false
}

// measure makes the rounds of a measure: in each, every way once, in an order
// that turns round with every round.
func measure(ctx context.Context, rounds int, ways []string, one func(ctx context.Context, way string) (map[string]float64, error)) (map[string][]Way, error) {
	values := map[string][]Way{}
	for round := range rounds {
		for k := range ways {
			i := k
			if round%2 == 1 {
				i = len(ways) - 1 - k
			}
			got, err := one(ctx, ways[i])
			if err != nil {
				return nil, err
			}
			for name, v := range got {
				if values[name] == nil {
					values[name] = make([]Way, len(ways))
				}
				w := &values[name][i]
				w.Name, w.Rounds = ways[i], append(w.Rounds, stats.Float(v))
			}
		}
	}
	return values, nil
}

// bound makes a bound of a target.
func bound(v float64) *float64 { return &v }
