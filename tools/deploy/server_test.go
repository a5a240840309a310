package deploy

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A managed is a Redis as a provider offers it: TLS alone, with a certificate of
// a private authority, and a password.
type managed struct {
	url      string // without the password
	password string
	ca       []byte // PEM
}

// startManaged starts one that ends with the test.
func startManaged(t *testing.T) managed {
	t.Helper()
	dir := t.TempDir()
	m := managed{password: "of a test", ca: certify(t, dir)}
	port := freePort(t)
	m.url = "rediss://default@127.0.0.1:" + port
	conf := filepath.Join(dir, "redis.conf")
	text := "bind 127.0.0.1\nport 0\ntls-port " + port + "\ntls-auth-clients no\ntls-cert-file " + dir + "/cert.pem\ntls-key-file " + dir +
		"/key.pem\ntls-ca-cert-file " + dir + "/cert.pem\nrequirepass \"" + m.password + "\"\nsave \"\"\ndir " + dir + "\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, conf)
	m.wait(t, "127.0.0.1:"+port, conf+".log")
	return m
}

// serve runs the server under a shell that ends it when its input is closed, as
// it is even if the test is killed.
func serve(t *testing.T, conf string) {
	t.Helper()
	const guard = `"$(command -v redis-server || command -v valkey-server)" "$0" >"$0.log" 2>&1 & read -r _; kill -9 $!; wait $! 2>/dev/null`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", guard, conf)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Cancel = input.Close
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close() // it may be closed already
		_ = cmd.Wait()    // the server is killed: how is no news
	})
}

// wait returns when the server takes connections that trust its authority.
func (m managed) wait(t *testing.T, addr, log string) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.ca)
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	for {
		conn, err := dialer.DialContext(limit, "tcp", addr)
		if err == nil {
			_ = conn.Close() // nothing was written
			return
		}
		if limit.Err() != nil {
			text, _ := os.ReadFile(log)
			t.Fatalf("the server does not answer: %v; its log: %s", err, text)
		}
		<-time.After(5 * time.Millisecond) // between two looks
	}
}

// certify writes a certificate that is its own authority, and its key, and
// returns the certificate.
func certify(t *testing.T, dir string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, text := range map[string][]byte{"cert.pem": certificate, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate
}

// freePort is one that nobody listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
