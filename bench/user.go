package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"redisduel/bench/evidence"
)

// Consent is what the owner of a server allows us to do to it.
type Consent struct {
	Data     bool // it holds keys of others
	Live     bool // others use it now, or it is no cluster and has replicas, which must carry the load, too
	Blocking bool // scenarios that stop it for everybody for a while, or fill it with a million keys
}

// LoadName is the scenario that a plain load makes of itself, which no run knows.
const LoadName = "load"

// UserServer fights duels on the user's own server, or cluster. It looks at it
// once, before anything is written, and refuses a replica, a cluster that is down
// or not reached, and without Consent a server that holds keys or that others
// use. A scenario that needs a server to itself gets one from own, which may be
// nil if there is none. One that the server cannot serve is skipped with the
// reason, see ErrSkipped: on a cluster all but those that say what they do On one.
func UserServer(target Target, consent Consent, own Servers) Servers {
	u := &user{target: target, consent: consent, own: own}
	return u.serve
}

// A user is whose server it is, and what we know of that.
type user struct {
	target  Target
	consent Consent
	own     Servers

	looked, cluster bool
	fixture         *Fixture // the server or the cluster, once it has been found fit
}

func (u *user) serve(ctx context.Context, s *Scenario, set Setting) (*Fixture, error) {
	if s.Topology.OwnServer() && s.On == nil {
		return u.ownServer(ctx, s, set)
	}
	if s.Blocking && !u.consent.Blocking {
		return nil, fmt.Errorf("%w: %s stops the server for all its clients for a while; add --allow-blocking if they can bear it, or leave the scenario out", ErrRefused, s.Name)
	}
	if err := u.look(ctx); err != nil {
		return nil, err
	}
	switch {
	case !u.cluster && s.Topology.OwnServer():
		return u.ownServer(ctx, s, set)
	case u.cluster && s.On == nil:
		return nil, fmt.Errorf("%w: %s needs a single server, and --url names a cluster; name a server that is in none, or leave --url out", ErrSkipped, s.Name)
	}
	if u.cluster { // or the others are not found
		if err := suits(ctx, u.target, s, set); err != nil {
			return nil, err
		}
	}
	if err := u.settle(ctx, s); err != nil {
		return nil, err
	}
	if err := u.suit(ctx, s, set); err != nil {
		return nil, err
	}
	return u.fixture, nil
}

// ownServer is for a scenario that needs a server to itself.
func (u *user) ownServer(ctx context.Context, s *Scenario, set Setting) (*Fixture, error) {
	if u.own == nil {
		return nil, fmt.Errorf("%w: %s needs a server to itself (%s), which it may reconfigure and fill, and no redis-server was found to start one", ErrSkipped, s.Name, s.Topology)
	}
	return u.own(ctx, s, set)
}

// look finds out once which host answers, and what it is.
func (u *user) look(ctx context.Context) (err error) {
	if u.looked {
		return nil
	}
	u.target, u.cluster, err = look(ctx, u.target)
	u.looked = err == nil
	return err
}

// settle finds all nodes once, and refuses them if we might do harm.
func (u *user) settle(ctx context.Context, s *Scenario) (err error) {
	if u.fixture != nil {
		return nil
	}
	fixture := &Fixture{Target: u.target, Nodes: []Target{u.target}, Close: func() error { return nil }}
	if u.cluster {
		if fixture, err = u.target.clusterOf(ctx); err != nil {
			return err
		}
	}
	if err := preflight(ctx, fixture.Nodes, u.consent, s.Heavy); err != nil {
		return err
	}
	u.fixture = fixture
	return nil
}

// suit skips a scenario that the server, or a primary of the cluster, cannot serve.
func (u *user) suit(ctx context.Context, s *Scenario, set Setting) error {
	switch {
	case !u.cluster:
		s = s.single()
	case s.on(u.fixture.Primaries) == nil:
		return fmt.Errorf("%w: %s needs a cluster of two primaries or more, each with a hundredth of the slots in a row", ErrSkipped, s.Name)
	}
	for _, node := range u.fixture.Nodes {
		if err := suits(ctx, node, s, set); err != nil {
			return err
		}
	}
	return nil
}

// suits skips a scenario for which the server has too few connections left or
// the user too few rights.
func suits(ctx context.Context, target Target, s *Scenario, set Setting) error {
	client, err := target.direct()
	if err != nil {
		return err
	}
	defer client.Close()
	stated, err := evidence.Take(ctx, client)
	if err != nil {
		return fmt.Errorf("%w: cannot read INFO from the server: %w", ErrEnvironment, err)
	}
	if most := whole(stated, "maxclients"); most > 0 {
		taken := whole(stated, "connected_clients") - 1 // this one is ours and goes away
		if need := s.connections(set); taken+need > most {
			return fmt.Errorf("%w: %s opens up to %d connections, and the server takes %d in all, of which %d are in use; raise maxclients", ErrSkipped, s.Name, need, most, taken)
		}
	}
	asking, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	lacks, err := lacking(asking, client, s.Needs())
	if err != nil {
		return fmt.Errorf("%w: cannot ask what the user may do: %w", ErrEnvironment, err)
	}
	if len(lacks) > 0 {
		way := "run --dry-run " + s.Name
		if s.Name == LoadName {
			way = "load --dry-run"
		}
		return fmt.Errorf("%w: %s needs %s, which the server does not let the user do; `redisduel %s` shows the rights that suffice", ErrSkipped, s.Name, strings.Join(lacks, " "), way)
	}
	return nil
}

// skipped reports whether err leaves out one scenario, and why.
func skipped(err error) (why string, yes bool) {
	if !errors.Is(err, ErrSkipped) {
		return "", false
	}
	return Sentence(err.Error()), true
}
