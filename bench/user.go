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
	Live     bool // others use it now, or it has replicas that must carry the load, too
	Blocking bool // scenarios that stop it for everybody for a while, or fill it with a million keys
}

// UserServer fights duels on the user's own server. It looks at it once, before
// anything is written, and refuses a replica, a node of a cluster, and without
// Consent a server that holds keys or that others use. A scenario that needs a
// server to itself gets one from own, which may be nil if there is none. One
// that the server cannot serve is skipped with the reason, see ErrSkipped.
func UserServer(target Target, consent Consent, own Servers) Servers {
	looked := false
	return func(ctx context.Context, s *Scenario) (*Fixture, error) {
		if s.Topology.OwnServer() {
			if own == nil {
				return nil, fmt.Errorf("%w: %s needs a server to itself (%s), which it may reconfigure and fill, and no redis-server was found to start one", ErrSkipped, s.Name, s.Topology)
			}
			return own(ctx, s)
		}
		if s.Blocking && !consent.Blocking {
			return nil, fmt.Errorf("%w: %s stops the server for all its clients for a while; add --allow-blocking if they can bear it, or leave the scenario out", ErrRefused, s.Name)
		}
		if !looked {
			if err := preflight(ctx, target, consent); err != nil {
				return nil, err
			}
			looked = true
		}
		if err := suits(ctx, target, s); err != nil {
			return nil, err
		}
		return &Fixture{Target: target, Nodes: []Target{target}, Close: func() error { return nil }}, nil
	}
}

// suits skips a scenario for which the server has too few connections left or
// the user too few rights.
func suits(ctx context.Context, target Target, s *Scenario) error {
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
		if need := s.connections(); taken+need > most {
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
		return fmt.Errorf("%w: %s needs %s, which the server does not let the user do; `redisduel run --dry-run %s` shows the rights that suffice", ErrSkipped, s.Name, strings.Join(lacks, " "), s.Name)
	}
	return nil
}

// skipped reports whether err leaves out one scenario, and why.
func skipped(err error) (why string, yes bool) {
	if !errors.Is(err, ErrSkipped) {
		return "", false
	}
	return strings.TrimPrefix(err.Error(), ErrSkipped.Error()+": "), true
}
