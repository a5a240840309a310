package redisd

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Options says how a server differs from the usual one.
type Options struct {
	// Config holds further lines for the server's configuration, such as
	// "maxmemory 64mb". They win over the usual ones. Lines that change how
	// the server is reached (port, bind, requirepass) break it.
	Config []string
	// Port is where the server listens, such as that of one which has died; 0
	// means a free one. A cluster chooses its own.
	Port int
	// ReadyTimeout is how long a server may take to answer, or a cluster to
	// form. 0 means 10 s, or 2 min with Docker, which may fetch its image first.
	ReadyTimeout time.Duration
}

// withDefaults fills in what was left out.
func (o Options) withDefaults(b Binary) Options {
	if o.ReadyTimeout <= 0 {
		o.ReadyTimeout = 10 * time.Second
		if b.Docker {
			o.ReadyTimeout = pullTimeout
		}
	}
	return o
}

// A Server is a running server that belongs to this process. Its methods are
// safe for concurrent use.
type Server struct {
	addr, password string
	busPort        int // where a node of a cluster listens for the others
	child          *child
	home           *home
	close          func() error
}

// Start starts a server and waits until it answers and has proved to be the
// process that was started. ctx bounds the start, not the server's life: the
// caller must Close it. If Start fails nothing is left behind, and the error
// holds the last lines of the server's log. A start takes some 20 ms.
func Start(ctx context.Context, b Binary, o Options) (*Server, error) {
	l := newLaunch(b, o)
	if o.Port != 0 {
		l.port = func() (int, error) { return o.Port, nil }
	}
	return l.start(ctx)
}

// Addr is the address that clients connect to, 127.0.0.1 and a port.
func (s *Server) Addr() string { return s.addr }

// Password is that of the default user, who may do everything.
func (s *Server) Password() string { return s.password }

// PID is the process id of the server or, with Docker, of the docker command.
func (s *Server) PID() int { return s.child.cmd.Process.Pid }

// Done is closed when the server's process has ended for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.child.done }

// Err returns nil while the server lives and after Close ended it. Otherwise
// it says how the server ended, with the last lines of its log.
func (s *Server) Err() error {
	select {
	case <-s.child.done:
	default:
		return nil
	}
	if s.child.exit == nil {
		return nil
	}
	return fmt.Errorf("redisd: server %s (pid %d) ended by itself: %w", s.addr, s.PID(), s.child.exit)
}

// Close kills the server, waits for it and removes its directory. There is
// nothing to save, so that a killed server loses nothing, and a stopped or
// busy one ends as fast as an idle one. Calling it again returns the same.
func (s *Server) Close() error { return s.close() }

func newServer(addr, password string, busPort int, c *child, h *home) *Server {
	s := &Server{addr: addr, password: password, busPort: busPort, child: c, home: h}
	s.close = sync.OnceValue(func() error {
		c.stop()
		return h.leave()
	})
	return s
}
