package netem_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/netem"
)

// The compiler checks that rueidis takes both.
var _ = []rueidis.ClientOption{
	{DialCtxFn: (*netem.Network)(nil).DialRedis},
	{DialCtxFn: (*netem.Network)(nil).DialRedisUnix},
}

// certificate returns a server's certificate for the name "server" and the
// pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"server"},
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestTheTLSHandshakePaysItsOwnRoundTrips(t *testing.T) {
	tests := []struct {
		version uint16
		want    time.Duration
	}{
		{tls.VersionTLS13, 2 * rtt}, // TCP and one more
		{tls.VersionTLS12, 3 * rtt}, // TCP and two more
	}
	for _, tt := range tests {
		t.Run(tls.VersionName(tt.version), func(t *testing.T) {
			inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
				own, pool := certificate(w.T)
				w.during(func() {
					server := tls.Server(<-w.servers, &tls.Config{Certificates: []tls.Certificate{own}})
					w.read(server, "PING")
					w.write(server, "PONG")
				})
				config := &tls.Config{RootCAs: pool, MaxVersion: tt.version}
				c, err := w.net.DialRedis(w.Context(), "server:6379", &net.Dialer{}, config)
				if err != nil {
					t.Fatal(err)
				}
				w.at(tt.want, "the dial returns")
				w.write(c, "PING")
				w.read(c, "PONG")
				w.at(tt.want+rtt, "the reply arrives")
			})
		})
	}
}

func TestAServerWithTheWrongNameIsRefused(t *testing.T) {
	inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
		own, pool := certificate(w.T)
		w.during(func() {
			server := tls.Server(<-w.servers, &tls.Config{Certificates: []tls.Certificate{own}})
			w.readError(server, server.Handshake())
		})
		_, err := w.net.DialRedis(w.Context(), "stranger:6379", nil, &tls.Config{RootCAs: pool})
		var wrong x509.HostnameError
		if !errors.As(err, &wrong) {
			t.Errorf("dial gave %v, want a complaint about the name", err)
		}
	})
}

func TestTheDialersTimeoutCoversTheEmulatedHandshakes(t *testing.T) {
	tests := []struct {
		name   string
		dialer net.Dialer
	}{
		{"timeout", net.Dialer{Timeout: rtt + rtt/2}},
		{"deadline", net.Dialer{Deadline: time.Now().AddDate(-50, 0, 0)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inFakeTime(t, netem.Link{RTT: rtt}, func(w *world) {
				_, err := w.net.DialRedis(w.Context(), "server:6379", &tt.dialer, &tls.Config{ServerName: "server"})
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("dial gave %v, want %v", err, context.DeadlineExceeded)
				}
				w.at(tt.dialer.Timeout, "the dial ends")
			})
		})
	}
}
