//go:build unix

package redisd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"
)

// asOwner makes the test binary start a server and wait to be killed.
const asOwner = "REDISD_TEST_OWNER"

// TestMain gives the tests a temporary directory of their own and checks that
// they leave nothing in it.
func TestMain(m *testing.M) {
	if os.Getenv(asOwner) != "" {
		os.Exit(own())
	}
	dir, err := os.MkdirTemp("", "redisd-test-")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// A cluster client keeps a connection that it no longer needs for five more
	// seconds, in a goroutine that ends by itself and that Close does not wait for.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"), goleak.Cleanup(func(code int) {
		// Remove fails if anything is left in the directory.
		if err := os.Remove(dir); err != nil {
			fmt.Fprintln(os.Stderr, "left behind:", err)
			code = 1
		}
		os.Exit(code)
	}))
}

// own is the life of a process that starts a server and is killed.
func own() int {
	b, err := Find(context.Background(), "")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	s, err := Start(context.Background(), b, Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(s.PID(), s.Addr(), s.Password())
	<-s.Done()
	return 1
}

// real returns the installed server.
func real(t *testing.T) Binary {
	t.Helper()
	b, err := Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// running starts a server that ends with the test.
func running(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), real(t), o)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	return s
}

// closeAfter closes a server or a cluster at the end of the test.
func closeAfter(t *testing.T, c io.Closer) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// connected returns a client of the server at addr that ends with the test.
func connected(t *testing.T, addr, password string) rueidis.Client {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{addr}, Password: password,
		ForceSingleClient: true, DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// script writes an executable shell script and returns its path.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	stat, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(stat)), "Z")
}

// soon waits until a condition holds and fails the test if it does not within limit.
func soon(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// entries lists what is in the directories of this user's servers.
func entries(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "redisduel-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
