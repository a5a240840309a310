package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"redisduel/bench"
)

// serverFlags name a server of the user's.
type serverFlags struct {
	url, passwordFile                     string
	tlsCA, tlsCert, tlsKey, tlsServerName string
}

func (f *serverFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "use this server: redis://[user@]host[:port][,host…][/db], rediss://, unix://")
	flags.StringVar(&f.passwordFile, "password-file", "", "file that holds the password of --url")
	flags.StringVar(&f.tlsCA, "tls-ca", "", "file of the authorities to trust for rediss:// (PEM)")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "file of the client's certificate (PEM)")
	flags.StringVar(&f.tlsKey, "tls-key", "", "file of its key (PEM)")
	flags.StringVar(&f.tlsServerName, "tls-server-name", "", "the name in the server's certificate, if it is not the host's")
}

// target is the server that the flags name or, if they name none and the
// environment may, the environment; nil if neither does. Nothing is connected
// to.
func (f *serverFlags) target(environment bool) (*bench.Target, error) {
	url := f.url
	if url == "" && environment {
		var err error
		if url, err = urlFromEnvironment(); err != nil {
			return nil, err
		}
	}
	if url == "" {
		if *f != (serverFlags{}) {
			return nil, fmt.Errorf("%w: --password-file and the TLS flags belong to a server; name it with --url or REDIS_URL", bench.ErrUsage)
		}
		return nil, nil //nolint:nilnil // no server is named, which is the usual case
	}
	target := &bench.Target{URL: url}
	var err error
	if target.Username, err = fromEnvironment("REDIS_USERNAME"); err != nil {
		return nil, err
	}
	if target.Password, err = f.password(); err != nil {
		return nil, err
	}
	if target.TLS, err = f.tls(); err != nil {
		return nil, err
	}
	return target, target.Validate()
}

func (f *serverFlags) password() (string, error) {
	if f.passwordFile != "" {
		return secret("--password-file", f.passwordFile)
	}
	return fromEnvironment("REDIS_PASSWORD")
}

// tls reads the files that the TLS flags name; nil if none is set.
func (f *serverFlags) tls() (*bench.TLS, error) {
	if f.tlsCA+f.tlsCert+f.tlsKey+f.tlsServerName == "" {
		return nil, nil //nolint:nilnil // the zero value would say that a flag is set
	}
	t := &bench.TLS{ServerName: f.tlsServerName}
	for _, file := range []struct {
		flag, path string
		into       *[]byte
	}{{"--tls-ca", f.tlsCA, &t.CA}, {"--tls-cert", f.tlsCert, &t.Cert}, {"--tls-key", f.tlsKey, &t.Key}} {
		if file.path == "" {
			continue
		}
		var err error
		if *file.into, err = small(file.path); err != nil {
			return nil, fmt.Errorf("%w: cannot read the file of %s: %w", bench.ErrUsage, file.flag, err)
		}
	}
	return t, nil
}

// secret reads a file with one secret in it, without the line's end.
func secret(what, path string) (string, error) {
	text, err := small(path)
	if err != nil {
		return "", fmt.Errorf("%w: cannot read the file of %s: %w", bench.ErrUsage, what, err)
	}
	value := strings.TrimRight(string(text), "\r\n")
	if value == "" {
		return "", fmt.Errorf("%w: the file of %s is empty: %s", bench.ErrUsage, what, path)
	}
	return value, nil
}

// small reads a file of a secret or a certificate. A device that never ends is none.
func small(path string) ([]byte, error) {
	const most = 1 << 20
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s is longer than 1 MiB, which no secret and no certificate is; name another file", path)
	}
	return text, err
}

// fromEnvironment is a variable's value or, as is usual for secrets, what the
// file holds that the variable with _FILE after its name names.
func fromEnvironment(name string) (string, error) {
	if value := os.Getenv(name); value != "" {
		return value, nil
	}
	if path := os.Getenv(name + "_FILE"); path != "" {
		return secret(name+"_FILE", path)
	}
	return "", nil
}

func urlFromEnvironment() (string, error) {
	if url, err := fromEnvironment("REDIS_URL"); url != "" || err != nil {
		return url, err
	}
	host := os.Getenv("REDIS_HOST")
	if host == "" {
		return "", nil
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.Contains(host, ":") && net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil {
		return "", fmt.Errorf("%w: REDIS_HOST is %q; it must be a host alone, and its port goes into REDIS_PORT", bench.ErrUsage, host)
	}
	return "redis://" + net.JoinHostPort(host, cmp.Or(os.Getenv("REDIS_PORT"), "6379")), nil
}

// telling says, as soon as the user's server has been found fit, what will be on
// it and how that goes away, and which duels are not fought there.
func telling(servers bench.Servers, stderr io.Writer, runID string, chosen []bench.Scenario) bench.Servers {
	var once sync.Once
	tell := func(cluster bool) {
		fmt.Fprintf(stderr, "redisduel: all keys begin with %s%s and expire within %s; should the run be killed, `redisduel clean --run-id %s`, with the server named as now, removes them at once\n",
			bench.KeyPrefix, runID, minutes, runID)
		if own := elsewhere(chosen, cluster); len(own) > 0 {
			fmt.Fprintf(stderr, "redisduel: on servers of their own, which they may reconfigure and fill, and not on yours: %s\n", strings.Join(own, ", "))
		}
	}
	return func(ctx context.Context, s *bench.Scenario, set bench.Setting) (*bench.Fixture, error) {
		fixture, err := servers(ctx, s, set)
		if err == nil && !fixture.Own {
			once.Do(func() { tell(fixture.Target.Cluster) })
		}
		return fixture, err
	}
}

// elsewhere are the scenarios that get a server of their own although the user
// named one, or a cluster.
func elsewhere(chosen []bench.Scenario, cluster bool) (names []string) {
	for _, s := range chosen {
		if needsOwn(s) && (!cluster || s.On == nil) {
			names = append(names, s.Name)
		}
	}
	return names
}

var minutes = fmt.Sprintf("%.0f minutes", bench.KeyTTL.Minutes())
