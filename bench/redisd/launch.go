package redisd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// portTries is how many ports are tried before giving up.
const portTries = 5

// errPortTaken says that somebody took the port between our look and the
// server's start; another port will do.
var errPortTaken = errors.New("the port was taken meanwhile")

// A launch is what is needed to start a server.
type launch struct {
	binary   Binary
	options  Options
	password string
	marker   string // names whose server it is
	cluster  bool
	port     func() (int, error) // picks a port; the tests have their own
}

func newLaunch(b Binary, o Options) *launch {
	return &launch{
		binary:   b,
		options:  o.withDefaults(b),
		password: randomHex(16),
		marker:   "redisduel-" + randomHex(8),
		port:     freePort,
	}
}

// randomHex returns n random bytes in hexadecimal.
func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// start tries ports until a server of ours answers on one.
func (l *launch) start(ctx context.Context) (*Server, error) {
	if err := l.checkDocker(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.options.ReadyTimeout,
		fmt.Errorf("it was not ready within %v", l.options.ReadyTimeout))
	defer cancel()
	var err error
	for range portTries {
		var s *Server
		if s, err = l.startOnce(ctx); err == nil {
			return s, nil
		}
		if !errors.Is(err, errPortTaken) && !errors.Is(err, errStranger) {
			break
		}
	}
	return nil, fmt.Errorf("redisd: %s did not start: %w", l.binary.Path, err)
}

// startOnce starts a server on one port. If that fails nothing is left of it.
func (l *launch) startOnce(ctx context.Context) (*Server, error) {
	port, busPort, err := l.ports()
	if err != nil {
		return nil, err
	}
	h, err := claim(ctx)
	if err != nil {
		return nil, err
	}
	c, err := spawn(l.command(port, h.path), l.config(port, busPort), l.binary.Docker)
	if err != nil {
		return nil, errors.Join(err, h.leave())
	}
	s := newServer(address(port), l.password, busPort, c, h)
	if err := l.settle(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// settle puts the child on record for a later sweep and waits until it is ready.
func (l *launch) settle(ctx context.Context, s *Server) error {
	if err := s.home.record(s.PID()); err != nil {
		return err
	}
	return l.awaitReady(ctx, s)
}

// ports picks the port for clients and, in a cluster, the one for other nodes.
func (l *launch) ports() (port, busPort int, err error) {
	if port, err = l.port(); err != nil || !l.cluster {
		return port, 0, err
	}
	for busPort = port; busPort == port && err == nil; {
		busPort, err = l.port()
	}
	return port, busPort, err
}

// command returns the command that runs the server in dir, which then is where
// the server writes, so that no path has to be quoted in its configuration.
func (l *launch) command(port int, dir string) *exec.Cmd {
	cmd := exec.Command(l.binary.Path, "-") //nolint:noctx // a server outlives the context of its start
	if l.binary.Docker {
		cmd = l.dockerCommand(port)
	}
	cmd.Dir = dir
	return cmd
}

// awaitReady asks again and again until the server is ready, dies, turns out
// to be a stranger, or ctx ends.
func (l *launch) awaitReady(ctx context.Context, s *Server) error {
	p := byPID(s.PID())
	if l.binary.Docker {
		p = byMarker(l.marker)
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		err := probe(ctx, s.addr, l.password, p)
		if err == nil {
			return nil
		}
		if errors.Is(err, errStranger) {
			return fmt.Errorf("%w %s: neither the process that was started nor one it became by exec; its log: %s",
				err, s.addr, s.child.log.Last(3))
		}
		select {
		case <-s.Done():
			return died(s.child)
		case <-ctx.Done():
			return fmt.Errorf("%w (%s: %w); its log: %s", context.Cause(ctx), s.addr, err, s.child.log.Last(3))
		case <-time.After(pause):
		}
	}
}

// died tells a server that found its port taken from one that failed.
func died(c *child) error {
	said := c.log.String()
	for _, sign := range []string{
		"Failed listening on port",     // Redis and Valkey, whatever the system's words for it
		"port is already allocated",    // Docker
		"address already in use",       // Docker
		"bind: Address already in use", // Redis, for the cluster's port
	} {
		if strings.Contains(said, sign) {
			return fmt.Errorf("%w: %w", errPortTaken, c.exit)
		}
	}
	return c.exit
}
