package netem

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// DialRedis is Dial in the shape of rueidis's ClientOption.DialCtxFn. It makes
// the real connection by the client's own dialer, whose Timeout covers the
// emulated handshakes as well. With a TLS configuration the TLS handshake runs
// over the link and so pays its own round trips.
func (n *Network) DialRedis(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	return n.dialRedis(ctx, "tcp", address, dialer, config)
}

// DialRedisUnix is DialRedis for a server on a Unix domain socket: address is
// its path.
func (n *Network) DialRedisUnix(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	return n.dialRedis(ctx, "unix", address, dialer, config)
}

func (n *Network) dialRedis(ctx context.Context, network, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	if dialer == nil {
		dialer = &net.Dialer{}
	}
	ctx, cancel := limit(ctx, dialer)
	defer cancel()
	c, err := n.dialBy(ctx, n.dialer(dialer), network, address)
	if err != nil || config == nil {
		return c, err
	}
	return secure(ctx, c, address, config)
}

// limit applies the dialer's own time limits to ctx.
func limit(ctx context.Context, dialer *net.Dialer) (context.Context, context.CancelFunc) {
	deadline := dialer.Deadline
	if dialer.Timeout > 0 {
		if t := time.Now().Add(dialer.Timeout); deadline.IsZero() || t.Before(deadline) {
			deadline = t
		}
	}
	if deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline)
}

// secure runs the TLS handshake of a client, which checks the server's name
// against address unless the configuration names another.
func secure(ctx context.Context, c net.Conn, address string, config *tls.Config) (net.Conn, error) {
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		config = config.Clone()
		config.ServerName = host
	}
	t := tls.Client(c, config)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = c.Close() // the handshake's error says more
		return nil, err
	}
	return t, nil
}
