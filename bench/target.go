package bench

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/redis/rueidis"
)

// A Target is the server that a trial runs against. It holds secrets, so that
// it travels to a trial's process on standard input and is shown to nobody.
type Target struct {
	// URL is redis://, rediss:// or unix://, or a host alone with or without a
	// port; several hosts, with commas between them, are nodes of a cluster.
	URL string `json:"url"`
	// Username and Password are those of a URL that names none.
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	TLS      *TLS   `json:"tls,omitempty"` // for rediss:// alone; nil trusts the machine's authorities
	Cluster  bool   `json:"cluster,omitempty"`
	Node     int    `json:"node,omitempty"` // which of several hosts a client of one server connects to
}

// TLS is what a client brings to the handshake. The server's certificate is
// always verified, and there is no way to turn that off.
type TLS struct {
	CA         []byte `json:"ca,omitempty"`   // PEM, the authorities to trust; those of the machine if there are none
	Cert       []byte `json:"cert,omitempty"` // PEM, the client's certificate, for a server that wants one
	Key        []byte `json:"key,omitempty"`  // PEM, its key
	ServerName string `json:"server_name,omitempty"`
}

// String keeps a Target out of messages.
func (t Target) String() string { return "a server whose address is withheld" }

// GoString keeps it out of those that show everything.
func (t Target) GoString() string { return t.String() }

// Validate says in one sentence if the Target makes no sense. It connects to
// nothing.
func (t Target) Validate() error {
	_, _, err := t.option()
	return err
}

// Local reports whether the server is reached without leaving this host.
func (t Target) Local() bool {
	a, err := parseAddress(t.URL)
	if err != nil {
		return false
	}
	host, _, _ := net.SplitHostPort(a.hosts[t.Node])
	ip := net.ParseIP(host)
	return a.network == "unix" || host == "localhost" || ip != nil && ip.IsLoopback()
}

// secured reports whether connections are TLS.
func (t Target) secured() bool {
	a, err := parseAddress(t.URL)
	return err == nil && a.tls
}

// option pins everything that rueidis would otherwise decide by the number of
// cores or by how it is called.
func (t Target) option() (rueidis.ClientOption, address, error) {
	a, err := parseAddress(t.URL)
	if err != nil {
		return rueidis.ClientOption{}, a, err
	}
	secure, err := t.secure(a)
	if err != nil {
		return rueidis.ClientOption{}, a, err
	}
	option := rueidis.ClientOption{
		InitAddress: a.hosts, TLSConfig: secure, SelectDB: a.db,
		Username: cmp.Or(a.username, t.Username), Password: cmp.Or(a.password, t.Password),

		ForceSingleClient:     !t.Cluster,
		ClusterOption:         rueidis.ClusterOption{MaxMovedRedirections: maxRedirects},
		DisableRetry:          true,
		DisableCache:          true,
		DisableAutoPipelining: true,
		PipelineMultiplex:     -1,
		ClientSetInfo:         []string{}, // an empty list sends none
		RingScaleEachConn:     8,
		ReadBufferEachConn:    32 << 10,
		WriteBufferEachConn:   32 << 10,
		ConnWriteTimeout:      time.Minute,
	}
	// rueidis PINGs an idle connection every KeepAlive.
	option.Dialer.KeepAlive = time.Hour
	option.Dialer.Timeout = dialPatience
	if !t.Cluster {
		option.InitAddress = a.hosts[t.Node : t.Node+1]
	}
	if a.network == "unix" {
		option.DialCtxFn = func(ctx context.Context, path string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		}
	}
	return option, a, nil
}

// maxRedirects is how many times a command follows MOVED and ASK before it
// fails. A move of slots takes one; nodes that name each other would have it go
// round for ever, and each round is a command that nobody asked for.
const maxRedirects = 5

// secure is the TLS configuration of an address, nil for plain text.
func (t Target) secure(a address) (*tls.Config, error) {
	if !a.tls {
		if t.TLS != nil {
			return nil, fmt.Errorf("%w: a TLS flag is set, but the server's address is not a TLS one; write rediss://", ErrUsage)
		}
		return nil, nil //nolint:nilnil // rueidis's own sign of plain text
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.TLS == nil {
		return config, nil
	}
	config.ServerName = t.TLS.ServerName
	if len(t.TLS.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(t.TLS.CA) {
			return nil, fmt.Errorf("%w: the file of --tls-ca holds no certificate in PEM form", ErrUsage)
		}
	}
	if len(t.TLS.Cert)+len(t.TLS.Key) > 0 {
		pair, err := tls.X509KeyPair(t.TLS.Cert, t.TLS.Key)
		if err != nil {
			return nil, fmt.Errorf("%w: the files of --tls-cert and --tls-key are no certificate with its key: %w", ErrUsage, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// direct opens a client without the emulated network, for evidence and for what
// is done between trials. It logs in once.
func (t Target) direct() (rueidis.Client, error) {
	option, _, err := t.option()
	if err != nil {
		return nil, err
	}
	return login(option)
}

// streaming is direct for many calls at once. They follow each other on one
// connection to each node, in the order in which they began, and a call ends when
// its context does, though what was sent is carried out all the same.
func (t Target) streaming() (rueidis.Client, error) {
	option, _, err := t.option()
	if err != nil {
		return nil, err
	}
	option.DisableAutoPipelining, option.AlwaysPipelining = false, true
	option.BlockingPipeline = -1 // or a long pipeline would have a connection of its own
	return login(option)
}

func login(option rueidis.ClientOption) (rueidis.Client, error) {
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, explainLogin(err)
	}
	return client, nil
}
