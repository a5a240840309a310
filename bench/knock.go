package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

const (
	dialPatience = 5 * time.Second
	// helloPatience is how long the other end may take for a TLS handshake and
	// for its first answer.
	helloPatience = 3 * time.Second
)

// knock finds out what listens at the address, and why it does not answer,
// before a client library speaks to it: whoever listens may not be a Redis, and
// a library may hide the cause or allocate without limit on an answer that is
// none. It sends one PING, no name and no password. Of several nodes of a cluster
// it returns the first that answers.
func (t Target) knock(ctx context.Context) (node Target, err error) {
	option, a, err := t.option()
	if err != nil {
		return t, err
	}
	for i, host := range a.hosts {
		var said string
		if said, err = greet(ctx, a.network, host, option.TLSConfig); err == nil {
			t.Node = i
			return t, judgeGreeting(host, said, option.Password != "" || option.Username != "")
		}
	}
	return t, err
}

// greet returns the first line of the answer to a PING.
func greet(ctx context.Context, network, host string, secure *tls.Config) (string, error) {
	conn, err := (&net.Dialer{Timeout: dialPatience}).DialContext(ctx, network, host)
	if err != nil {
		if dial := (*net.OpError)(nil); errors.As(err, &dial) {
			err = dial.Err // the rest names the address again
		}
		return "", fmt.Errorf("%w: cannot connect to %s: %w; is a server running there?", ErrEnvironment, host, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })() // ends what waits
	_ = conn.SetDeadline(time.Now().Add(helloPatience))
	session, asked := conn, false
	if secure != nil {
		secured := tls.Client(conn, asking(named(secure, host), &asked))
		if err := secured.HandshakeContext(ctx); err != nil {
			return "", explainTLS(ctx, network, host, asked, err)
		}
		session = secured
	}
	_ = conn.SetDeadline(time.Now().Add(helloPatience))
	_, _ = session.Write([]byte("PING\r\n")) // if that fails, what the server said before tells why
	said, err := firstLine(session)
	if said == "" && secure != nil {
		return "", explainTLS(ctx, network, host, asked, err)
	}
	if said == "" {
		return "", fmt.Errorf("%w: %s closed the connection or was silent when asked to PING (%w); if it speaks TLS, write rediss://", ErrEnvironment, host, err)
	}
	return said, nil
}

// named has the configuration check the name of the host, unless it names
// another.
func named(config *tls.Config, host string) *tls.Config {
	config = config.Clone()
	if name, _, err := net.SplitHostPort(host); err == nil && config.ServerName == "" {
		config.ServerName = name
	}
	return config
}

// firstLine reads a line of at most 512 bytes, or what there is of it.
func firstLine(conn net.Conn) (string, error) {
	line, err := bufio.NewReaderSize(conn, 512).ReadSlice('\n')
	return string(line), err
}

// judgeGreeting says what is wrong with an answer to PING, if anything. A Redis
// that wants to know who asks, or is still loading, is well.
func judgeGreeting(host, said string, known bool) error {
	problem := ""
	switch {
	case strings.HasPrefix(said, "-ERR max number of clients"):
		problem = "has no connection left: as many clients are connected as its maxclients allows; raise it or try later"
	case strings.HasPrefix(said, "-DENIED"):
		problem = "is in protected mode and takes no connections from other hosts; give it a password"
	case strings.HasPrefix(said, "-NOAUTH") && !known:
		problem = "wants a password; put it into REDIS_PASSWORD, or into a file and name that with --password-file"
	case strings.HasPrefix(said, "+"), strings.HasPrefix(said, "-"):
		return nil
	case strings.HasPrefix(said, "HTTP/"):
		problem = "is not a Redis but an HTTP server; name the port of the Redis"
	case said[0] == 0x15: // an alert of TLS
		problem = "speaks TLS; write rediss:// instead of redis://"
	default:
		problem = fmt.Sprintf("is not a Redis: it answers a PING with %.60q", said)
	}
	return fmt.Errorf("%w: %s %s", ErrEnvironment, host, problem)
}

// explainLogin says why a client was refused. The error of the server names no
// password.
func explainLogin(err error) error {
	reply, refused := rueidis.IsRedisErr(err)
	switch {
	case refused && strings.HasPrefix(reply.Error(), "WRONGPASS"):
		return fmt.Errorf("%w: the server refuses the user name or the password; it was asked once", ErrEnvironment)
	case refused && strings.Contains(reply.Error(), "without any password configured"):
		return fmt.Errorf("%w: a password was given, but the server's default user has none; leave it out or name a user", ErrEnvironment)
	case refused && strings.HasPrefix(reply.Error(), "NOAUTH"):
		return fmt.Errorf("%w: the server wants a password; put it into REDIS_PASSWORD, or into a file and name that with --password-file", ErrEnvironment)
	}
	if closed := (*net.OpError)(nil); errors.As(err, &closed) {
		return fmt.Errorf("%w: cannot connect to the server: %w", ErrEnvironment, err)
	}
	return fmt.Errorf("%w: the server does not let us in: %w", ErrEnvironment, err)
}
