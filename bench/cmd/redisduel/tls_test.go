package main

import (
	"strings"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/bench/redisd"
)

// canary is a password that must appear nowhere.
const canary = "c4n4ry-s3cr3t"

// fails runs a command line with the canary as its password, which must fail
// with the code and one line that says all of the words.
func fails(t *testing.T, code int, args []string, says ...string) {
	t.Helper()
	t.Setenv("REDIS_PASSWORD", canary)
	got, stdout, stderr := execute(t, args...)
	if got != code || strings.Count(stderr, "\n") != 1 && code == exitUsage {
		t.Errorf("exit code %d and %q, want %d and one line", got, stderr, code)
	}
	for _, word := range says {
		if !strings.Contains(stderr, word) {
			t.Errorf("stderr %q does not say %q", stderr, word)
		}
	}
	if strings.Contains(stdout+stderr, canary) {
		t.Errorf("the password is shown: %s%s", stdout, stderr)
	}
}

func TestSevenWaysInWhichTLSFailsAreToldApart(t *testing.T) {
	ca, other := benchtest.NewAuthority(t), benchtest.NewAuthority(t)
	serve := func(name string, valid time.Duration, config ...string) (*redisd.Server, string) {
		cert, key := ca.Issue(name, valid)
		return benchtest.RedisTLS(t, ca, cert, key, config...)
	}
	plain, good := serve("", time.Hour)
	_, misnamed := serve("redis.example", time.Hour)
	_, expired := serve("", -time.Minute)
	_, mutual := serve("", time.Hour, "tls-auth-clients yes")
	_, mutual12 := serve("", time.Hour, "tls-auth-clients yes", `tls-protocols "TLSv1.2"`)
	strangersCert, strangersKey := other.Issue("", time.Hour)
	for _, c := range []struct {
		name, url string
		args      []string
		says      []string
	}{
		{"an unknown authority", "rediss://" + good, []string{"--tls-ca", other.File}, []string{"authority that is unknown", "--tls-ca"}},
		{"an authority that the machine does not know", "rediss://" + good, nil, []string{"authority that is unknown", "--tls-ca"}},
		{"a certificate for another name", "rediss://" + misnamed, []string{"--tls-ca", ca.File}, []string{"another name", "--tls-server-name"}},
		{"an expired certificate", "rediss://" + expired, []string{"--tls-ca", ca.File}, []string{"expired"}},
		{"no certificate where one is required", "rediss://" + mutual, []string{"--tls-ca", ca.File}, []string{"certificate of the client", "--tls-cert"}},
		{"none in TLS 1.2", "rediss://" + mutual12, []string{"--tls-ca", ca.File}, []string{"certificate of the client", "--tls-cert"}},
		{"a stranger's certificate", "rediss://" + mutual, []string{"--tls-ca", ca.File, "--tls-cert", strangersCert, "--tls-key", strangersKey}, []string{"certificate of the client", "--tls-cert"}},
		{"TLS to a plain server", "rediss://" + plain.Addr(), []string{"--tls-ca", ca.File}, []string{"does not speak TLS", "redis://"}},
		{"plain text to a TLS server", "redis://" + good, nil, []string{"speaks TLS", "rediss://"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fails(t, exitEnvironment, append([]string{"run", "pipelining", "--out", t.TempDir(), "--url", c.url}, c.args...), c.says...)
		})
	}
}
