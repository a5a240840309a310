package bench

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// explainTLS names the cause of a handshake that failed, and the way out.
// raw is the connection below it.
func explainTLS(host string, raw net.Conn, err error) error {
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
	case wantsCertificate(err):
		problem = "wants a certificate of the client, or one of another authority; name its files with --tls-cert and --tls-key"
	case errors.As(err, &record), isTimeout(err) && takesLines(raw):
		problem = "does not speak TLS; write redis:// if plain text is what you want"
	case isTimeout(err):
		problem = fmt.Sprintf("did not answer the TLS handshake within %v", helloPatience)
	}
	return fmt.Errorf("%w: %s %s", ErrEnvironment, host, problem)
}

// wantsCertificate reports whether the server ended a handshake for want of a
// good certificate. Its alert comes with the first read in TLS 1.3.
func wantsCertificate(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	for _, alert := range []string{"certificate required", "bad certificate", "unknown certificate authority", "handshake failure"} {
		if strings.Contains(text, "remote error: tls: "+alert) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	timeout := (net.Error)(nil)
	return errors.As(err, &timeout) && timeout.Timeout()
}

// takesLines reports whether the other end took a TLS hello for the beginning
// of a line and waits for its end, as a plain Redis does: it then calls the line
// an unknown command. The line's end is all that is sent.
func takesLines(raw net.Conn) bool {
	_ = raw.SetDeadline(time.Now().Add(helloPatience))
	if _, err := raw.Write([]byte("\r\n")); err != nil {
		return false
	}
	said, _ := firstLine(raw)
	return strings.HasPrefix(said, "-")
}
