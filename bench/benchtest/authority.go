package benchtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"redisduel/bench/redisd"
)

// An Authority issues certificates that nobody outside of a test trusts.
type Authority struct {
	File string // its own certificate, PEM

	tb   testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority whose files go with the test.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{tb: tb, dir: tb.TempDir()}
	template := certificate("test authority", time.Hour)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.key = newKey(tb)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		tb.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		tb.Fatal(err)
	}
	a.File = a.write("ca.pem", "CERTIFICATE", der)
	return a
}

// Issue makes a certificate for a host name, or for the loopback addresses if
// it is empty, that is valid from an hour ago until so long from now, and returns its file
// and that of its key.
func (a *Authority) Issue(name string, valid time.Duration) (cert, key string) {
	a.tb.Helper()
	template := certificate(name, valid)
	if template.DNSNames = []string{name}; name == "" {
		template.DNSNames = []string{"localhost"}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	private := newKey(a.tb)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		a.tb.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.tb.Fatal(err)
	}
	serial := template.SerialNumber.String()
	return a.write(serial+".crt", "CERTIFICATE", der), a.write(serial+".key", "PRIVATE KEY", pkcs8)
}

func (a *Authority) write(name, kind string, der []byte) string {
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.tb.Fatal(err)
	}
	return path
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func certificate(name string, valid time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62)) // never fails, says crypto/rand
	begin := time.Now().Add(-time.Hour)
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: begin, NotAfter: begin.Add(time.Hour + valid),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// RedisTLS starts a redis-server that also speaks TLS, with a certificate of the
// authority, and returns the address where it does. More lines of configuration
// may say that it wants one of its clients.
func RedisTLS(tb testing.TB, a *Authority, cert, key string, config ...string) (server *redisd.Server, addr string) {
	tb.Helper()
	port := freePort(tb)
	lines := []string{"tls-port " + port, "tls-auth-clients no"}
	for name, file := range map[string]string{"tls-ca-cert-file": a.File, "tls-cert-file": cert, "tls-key-file": key} {
		lines = append(lines, fmt.Sprintf("%s %q", name, file))
	}
	return RedisWith(tb, redisd.Options{Config: append(lines, config...)}), net.JoinHostPort("127.0.0.1", port)
}

// freePort is one that nobody listened at a moment ago.
func freePort(tb testing.TB) string {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	_ = listener.Close() // the server takes the port
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}
