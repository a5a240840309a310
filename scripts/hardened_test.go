// Package scripts holds the tests of what is shipped beside the product: redis.conf
// on a real server, the users that make-secrets.sh makes, and the health check.
package scripts

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// A hardened is a server that was started with the redis.conf and the users of
// this repository, and that ends with the test.
type hardened struct {
	port string
	dir  string // where users.acl and the passwords are
}

// startHardened starts it. Paths and the port are not the container's; the lines
// of differ are added, and rename-command is left out if one of them is
// "allow CONFIG". The user "test", whose password is "test", may do everything.
func startHardened(t *testing.T, differ ...string) hardened {
	t.Helper()
	s := hardened{dir: makeSecrets(t), port: freePort(t)}
	users := filepath.Join(s.dir, "users.acl")
	appendTo(t, users, "user test on >test ~* &* +@all\n")
	conf := readFile(t, "../redis.conf")
	if i := slices.Index(differ, "allow CONFIG"); i >= 0 {
		conf = strings.Replace(conf, "rename-command CONFIG \"\"\n", "", 1)
		differ = slices.Delete(slices.Clone(differ), i, i+1)
	}
	conf = strings.Replace(conf, "\ndir /data\n", "\ndir "+t.TempDir()+"\n", 1)
	conf += fmt.Sprintf("\nport %s\naclfile %s\n%s\n", s.port, users, strings.Join(differ, "\n"))
	path := filepath.Join(t.TempDir(), "redis.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, path)
	return s
}

// run starts the server under a shell that ends it when its input is closed, as
// it is even if the test is killed.
func (s hardened) run(t *testing.T, conf string) {
	t.Helper()
	const guard = `"$@" >"$0.log" 2>&1 & read -r _; kill -9 $!; wait $! 2>/dev/null`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", guard, conf, either(t, "redis-server", "valkey-server"), conf)
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
	limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := s.tryAs("test"); err == nil {
			return
		} else if limit.Err() != nil {
			log, _ := os.ReadFile(conf + ".log")
			t.Fatalf("the server does not answer: %v; its log: %s", err, log)
		}
		<-time.After(5 * time.Millisecond) // between two looks
	}
}

// either is the path of the first of two programs that is installed.
func either(t *testing.T, first, second string) string {
	t.Helper()
	for _, name := range []string{first, second} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("neither %s nor %s is on PATH", first, second)
	return ""
}

// tryAs connects as a user.
func (s hardened) tryAs(user string) (rueidis.Client, error) {
	password := "test"
	if user != "test" {
		text, err := os.ReadFile(filepath.Join(s.dir, user+".password"))
		if err != nil {
			return nil, err
		}
		password = string(text)
	}
	return rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{net.JoinHostPort("127.0.0.1", s.port)}, Username: user, Password: password,
		ForceSingleClient: true, DisableCache: true, DisableRetry: true,
		ConnWriteTimeout: time.Minute, // also that for an answer, such as DEBUG RELOAD's on a busy host
	})
}

func (s hardened) as(t *testing.T, user string) rueidis.Client {
	t.Helper()
	client, err := s.tryAs(user)
	if err != nil {
		t.Fatalf("connect as %s: %v", user, err)
	}
	t.Cleanup(client.Close)
	return client
}

// makeSecrets runs the script on a copy of itself and returns its secrets/.
func makeSecrets(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	script := filepath.Join(root, "scripts", "make-secrets.sh")
	if err := os.Mkdir(filepath.Dir(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(readFile(t, "make-secrets.sh")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", script).CombinedOutput(); err != nil {
		t.Fatalf("make-secrets.sh: %v: %s", err, out)
	}
	secrets := filepath.Join(root, "secrets")
	if err := os.Chmod(filepath.Join(secrets, "users.acl"), 0o600); err != nil {
		t.Fatal(err)
	}
	return secrets
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// freePort is one that nobody listened on a moment ago. Should somebody take
// it, the server does not know the user "test", and the test says so.
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
