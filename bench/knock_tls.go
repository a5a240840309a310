package bench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// explainTLS names the cause of a handshake that failed, and the way out. asked
// says that the server wanted a certificate of the client.
func explainTLS(ctx context.Context, network, host string, asked bool, err error) error {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	problem := fmt.Sprintf("does not complete the TLS handshake: %v", err)
	switch {
	case errors.As(err, &unknown):
		problem = "has a certificate of an authority that is unknown here; name the file of its CA with --tls-ca"
	case errors.As(err, &name):
		problem = "has a certificate for another name (" + err.Error() + "); if that is the right server, give its name with --tls-server-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		problem = "has a certificate that has expired or is not yet valid (" + invalid.Detail + "); renew it, or set this machine's clock"
	case asked && !isTimeout(err):
		problem = "wants a certificate of the client, or one of another authority; name its files with --tls-cert and --tls-key"
	case errors.As(err, &record), isTimeout(err) && speaksPlain(ctx, network, host):
		problem = "does not speak TLS; write redis:// if plain text is what you want"
	case isTimeout(err):
		problem = fmt.Sprintf("did not answer the TLS handshake within %v", helloPatience)
	}
	return fmt.Errorf("%w: %s %s", ErrEnvironment, host, problem)
}

// asking notes in asked whether the server wants a certificate of the client. A
// server that gets none, or not one that it likes, may end the connection so
// abruptly that its own words are lost.
func asking(config *tls.Config, asked *bool) *tls.Config {
	config = config.Clone()
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		*asked = true
		if len(config.Certificates) > 0 {
			return &config.Certificates[0], nil
		}
		return new(tls.Certificate), nil
	}
	return config
}

func isTimeout(err error) bool {
	timeout := (net.Error)(nil)
	return errors.As(err, &timeout) && timeout.Timeout()
}

// speaksPlain asks a server that is silent in a TLS handshake, as a plain Redis
// is, by a PING in plain text. It is asked for the sake of the error alone:
// nothing but the PING is ever sent in plain text to an address that is to be
// secure.
func speaksPlain(ctx context.Context, network, host string) bool {
	said, err := greet(ctx, network, host, nil)
	return err == nil && (said[0] == '+' || said[0] == '-')
}
