package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/redisd"
	"redisduel/bench/report"
)

// someUser is a line of configuration that lets the user "bench" do all that
// redisduel ever does, with the canary as its password.
const someUser = "user bench on >" + canary + " ~redisduel:* resetchannels +@all -@dangerous +info +keys -@admin"

// brief are the arguments of a run that is over as fast as can be, if a trial is
// to outlast a stall of the host.
func brief(t *testing.T, names ...string) []string {
	return append(append([]string{"run"}, names...), "--quick", "--rounds", "1", "--duration", "250ms", "--rtt", "0s", "--out", filepath.Join(t.TempDir(), "reports"))
}

func admin(t *testing.T, server *redisd.Server) rueidis.Client {
	return benchtest.Connect(t, bench.Target{URL: addressOf(server)})
}

// addressOf is the server's address with its password.
func addressOf(server *redisd.Server) string {
	return "redis://:" + server.Password() + "@" + server.Addr()
}

// do runs a command that must work.
func do(t *testing.T, client rueidis.Client, words ...string) rueidis.RedisResult {
	t.Helper()
	result := client.Do(t.Context(), client.B().Arbitrary(words...).Build())
	if err := result.Error(); err != nil && !rueidis.IsRedisNil(err) {
		t.Fatalf("%v: %v", words, err)
	}
	return result
}

// counted is a field of a line of INFO such as cmdstat_get:calls=1, 0 without
// that line.
func counted(t *testing.T, client rueidis.Client, line, field string) int {
	t.Helper()
	text, err := do(t, client, "INFO", "everything").ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(text, "\n"+line+":")
	_, rest, _ = strings.Cut(strings.SplitN(rest, "\n", 2)[0], field+"=")
	n := 0
	_, _ = fmt.Sscanf(rest, "%d", &n) // stays 0 if there is none
	return n
}

func TestEveryWayToNameAServerWorks(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "redis.sock")
	ca := benchtest.NewAuthority(t)
	cert, key := ca.Issue("redis.example", time.Hour)
	server, secure := benchtest.RedisTLS(t, ca, cert, key, someUser, "unixsocket "+socket, "bind 127.0.0.1 ::1", "tls-auth-clients yes")
	_, port, _ := net.SplitHostPort(server.Addr())
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
	}{
		{"a host and a port alone", map[string]string{"REDIS_USERNAME": "bench", "REDIS_PASSWORD": canary}, []string{"--url", server.Addr()}},
		{"user and password in the address", nil, []string{"--url", "redis://bench:" + canary + "@localhost:" + port + "/0"}},
		{"IPv6", nil, []string{"--url", "bench:" + canary + "@[::1]:" + port}},
		{"a socket", map[string]string{"REDIS_PASSWORD_FILE": file}, []string{"--url", "unix://bench@" + socket}},
		{"an address in the environment", map[string]string{"REDIS_URL": "redis://bench@" + server.Addr(), "REDIS_PASSWORD": canary}, nil},
		{"host and port in the environment", map[string]string{"REDIS_HOST": "::1", "REDIS_PORT": port, "REDIS_USERNAME": "bench", "REDIS_PASSWORD_FILE": file}, nil},
		{
			"TLS with a certificate of the client", map[string]string{"REDIS_PASSWORD": canary},
			[]string{"--url", "rediss://bench@" + secure, "--tls-ca", ca.File, "--tls-cert", cert, "--tls-key", key, "--tls-server-name", "redis.example"},
		},
	} {
		t.Run(c.name+" (Environment)", func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			code, stdout, stderr := real(t, append(brief(t, "script-pipeline"), c.args...)...)
			if code != exitOK || strings.Contains(stdout+stderr, canary) {
				t.Errorf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
			}
		})
	}
}

func TestAPasswordIsShownNowhere(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser}})
	t.Setenv("REDIS_PASSWORD", canary)
	h := startHarness(t, "run", "script-pipeline", "--duration", "400ms", "--rounds", "2", "--rtt", "0s", "--url", "redis://bench@"+server.Addr())
	seen := 0
	await(t, "the end", 30*time.Second, func() bool {
		family := h.family()
		for pid, line := range family {
			if seen++; strings.Contains(line, canary) {
				t.Errorf("the process list shows it: %s", line)
			}
			environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // it may have ended
			// Until it runs its own program a child is its parent's likeness, name and all.
			if line != family[h.cmd.Process.Pid] && strings.Contains(string(environ), canary) {
				t.Errorf("the environment of %s holds it", line)
			}
		}
		if journal, err := os.ReadFile(filepath.Join(h.out, journalName)); err == nil && strings.Contains(string(journal), canary) {
			t.Error("the journal shows it")
		}
		return len(h.done) > 0
	})
	if code := h.exit(t, time.Second); code != exitOK || seen < 10 || strings.Contains(h.stderr.String(), canary) {
		t.Errorf("exit code %d after %d looks at its processes: %s", code, seen, &h.stderr)
	}
	files := 0
	err := filepath.WalkDir(h.out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), canary) {
			t.Errorf("%s shows it (%v)", path, err)
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("looked at %d files: %v", files, err)
	}
}

func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{})
	fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", "redis://"+server.Addr()), "refuses the user name or the password", "once")
	if n := counted(t, admin(t, server), "errorstat_WRONGPASS", "count"); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
}

func TestAMissingPasswordIsAskedFor(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{})
	code, _, stderr := execute(t, append(brief(t, "pipelining"), "--url", "redis://"+server.Addr())...)
	if code != exitEnvironment || !strings.Contains(stderr, "REDIS_PASSWORD") {
		t.Errorf("exit code %d and %q, want %d and the way out", code, stderr, exitEnvironment)
	}
	if n := counted(t, admin(t, server), "cmdstat_auth", "calls") + counted(t, admin(t, server), "errorstat_WRONGPASS", "count"); n > 2 { // the admin's own two
		t.Errorf("%d logins", n)
	}
}

func TestAnHTTPServerIsCalledSo(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", "redis://"+web.Listener.Addr().String()), "HTTP", "not a Redis")
}

func TestBadServerFlagsAreFoundBeforeAnythingStarts(t *testing.T) {
	dir := t.TempDir()
	empty, text := filepath.Join(dir, "empty"), filepath.Join(dir, "text")
	for path, content := range map[string]string{empty: "\n", text: "no certificate"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--url", "redis://:" + canary + "@host:x"}, "port"},
		{[]string{"--url", "redis://:" + canary + "@host?skip_verify=true"}, "parameter"},
		{[]string{"--url", "host", "--tls-ca", text}, "rediss://"},
		{[]string{"--url", "rediss://host", "--tls-ca", text}, "--tls-ca"},
		{[]string{"--url", "rediss://host", "--tls-ca", filepath.Join(dir, "none")}, "--tls-ca"},
		{[]string{"--url", "rediss://host", "--tls-cert", text}, "--tls-key"},
		{[]string{"--url", "host", "--password-file", empty}, "empty"},
		{[]string{"--url", "host", "--password-file", filepath.Join(dir, "none")}, "--password-file"},
		{[]string{"--password-file", text}, "--url"},
	} {
		fails(t, exitUsage, append(brief(t, "pipelining"), c.args...), c.says)
	}
}

func TestAReplicaIsRefusedBeforeTheFirstWrite(t *testing.T) {
	primary := benchtest.Redis(t)
	host, port, _ := net.SplitHostPort(primary.Addr())
	replica := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser, "replicaof " + host + " " + port, "masterauth " + primary.Password()}})
	await(t, "the replica's link", 20*time.Second, func() bool {
		text, _ := do(t, admin(t, replica), "INFO", "replication").ToString()
		return strings.Contains(text, "master_link_status:up")
	})
	fails(t, exitRefused, append(brief(t, "pipelining"), "--url", "redis://bench@"+replica.Addr()), "replica", "primary")
	if n := counted(t, admin(t, primary), "cmdstat_set", "calls") + counted(t, admin(t, replica), "cmdstat_set", "calls"); n != 0 {
		t.Errorf("%d writes", n)
	}
	t.Run("and its primary needs a second consent", func(t *testing.T) {
		do(t, admin(t, primary), append([]string{"ACL", "SETUSER"}, strings.Fields(strings.TrimPrefix(someUser, "user "))...)...)
		args := append(brief(t, "script-pipeline"), "--url", "redis://bench@"+primary.Addr())
		fails(t, exitRefused, args, "1 attached replica", "--allow-live")
		if code, _, stderr := real(t, append(args, "--allow-live")...); code != exitOK {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
}

func TestSeveralServersThatAreNoClusterAreRefused(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser}})
	fails(t, exitRefused, append(brief(t, "pipelining"), "--url", "redis://bench@127.0.0.1:1,"+server.Addr()), "in no cluster")
}

func TestAServerThatOthersUseNeedsASecondConsent(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser}})
	other := admin(t, server)
	busy, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-busy:
				return
			case <-time.After(time.Millisecond):
				other.Do(t.Context(), other.B().Ping().Build())
			}
		}
	}()
	defer func() { close(busy); <-ended }()
	await(t, "its traffic", 10*time.Second, func() bool {
		text, _ := do(t, other, "INFO", "stats").ToString()
		_, rate, _ := strings.Cut(text, "instantaneous_ops_per_sec:")
		return len(rate) > 3 && rate[0] > '0' && rate[2] != '\r'
	})
	args := append(brief(t, "script-pipeline"), "--url", "redis://bench@"+server.Addr())
	fails(t, exitRefused, args, "commands a second", "--allow-live")
	if code, _, stderr := real(t, append(args, "--allow-live")...); code != exitOK {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestTooFewConnectionsAreFoundBeforeTheLoad(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser, "maxclients 40"}})
	fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", "redis://bench@"+server.Addr()), "pipelining", "73 connections", "40 in all", "maxclients")
	if n := counted(t, admin(t, server), "cmdstat_set", "calls"); n != 0 {
		t.Errorf("%d writes", n)
	}
	full := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser, "maxclients 1"}})
	keep := admin(t, full)
	fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", "redis://bench@"+full.Addr()), "no connection left", "maxclients")
	do(t, keep, "PING")
}

func TestTooFewOpenFilesAreFoundBeforeTheLoad(t *testing.T) {
	for says, args := range map[string][]string{
		"pipelining opens up to 107 files":          {"run", "pipelining", "--out", t.TempDir()},
		"redisduel: the load opens up to 132 files": {"load", "--conns", "100", "--", "PING"},
	} {
		command := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -n 60; exec "$0" "$@"`, os.Args[0]}, args...)...)
		out, _ := command.CombinedOutput()
		if code := command.ProcessState.ExitCode(); code != exitEnvironment || !strings.Contains(string(out), "may open 60 (nofile)") || !strings.Contains(string(out), says) {
			t.Errorf("exit code %d, want %q: %s", code, says, out)
		}
	}
}

func TestAServerWithoutConfigServesAllTheSame(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{someUser, `rename-command CONFIG ""`}})
	t.Setenv("REDIS_PASSWORD", canary)
	code, _, stderr := real(t, append(brief(t, "script-pipeline", "lock-acquire"), "--url", "redis://bench@"+server.Addr())...)
	if code != exitOK || !strings.Contains(stderr, "on servers of their own") || !strings.Contains(stderr, "not on yours: lock-acquire") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// What is asked after MULTI would be done if there were none.
func TestAServerWithoutMULTIIsNotAskedByDoing(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{`rename-command MULTI ""`}})
	client := admin(t, server)
	fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", addressOf(server)), "MULTI (unknown to the server)")
	if n := counted(t, client, "cmdstat_set", "calls") + counted(t, client, "cmdstat_mset", "calls"); n != 0 {
		t.Errorf("%d writes were done to ask for the right to", n)
	}
	if left := inventory(t, client); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestADuelThatTheUserMayNotFightIsSkippedAndOthersRun(t *testing.T) {
	few := "user bench on >" + canary + " ~redisduel:* resetchannels -@all +@read +@write +@transaction +@scripting +@connection +info +dbsize +slowlog|get -keys"
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{few}})
	t.Setenv("REDIS_PASSWORD", canary)
	args := append(brief(t, "scan", "script-pipeline"), "--allow-blocking", "--url", "redis://bench@"+server.Addr())
	code, _, stderr := real(t, args...)
	if code != exitOK || !strings.Contains(stderr, "scan needs +keys, which") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	result, err := report.ReadFile(filepath.Join(args[len(args)-4], "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Duels) != 1 || len(result.Skipped) != 1 || result.Skipped[0].Scenario != "scan" || result.Partial != "" {
		t.Errorf("%d duels, skipped %v, partial %q", len(result.Duels), result.Skipped, result.Partial)
	}
	t.Run("and one whose keys are out of bounds, too", func(t *testing.T) {
		do(t, admin(t, server), "ACL", "SETUSER", "bench", "resetkeys", "~others:*")
		fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", "redis://bench@"+server.Addr()), "pipelining needs ~redisduel:*, which")
	})
	t.Run("and if there are none the run fails", func(t *testing.T) {
		fails(t, exitEnvironment, append(brief(t, "scan"), "--allow-blocking", "--url", "redis://bench@"+server.Addr()), "no duel could be fought: scan needs", "+keys")
	})
}

func TestDuelsThatStopOrFillAServerAreOffUntilTheUserSaysSo(t *testing.T) {
	fails(t, exitRefused, append(brief(t, "scan"), "--url", "redis://127.0.0.1:1"), "scan", "--allow-blocking")
	f := runFlags{target: &bench.Target{URL: "host"}}
	chosen, skipped, err := f.choose(nil)
	if err != nil || len(skipped) == 0 {
		t.Fatalf("left out %v, error %v", skipped, err)
	}
	for _, s := range chosen {
		if s.Blocking {
			t.Errorf("%s is on", s.Name)
		}
	}
	for _, s := range skipped {
		if s.Scenario != "scan" && s.Scenario != "range" || !strings.Contains(s.Why, "--allow-blocking") {
			t.Errorf("%s is off: %s", s.Scenario, s.Why)
		}
	}
	f.consent.Blocking = true
	if all, skipped, err := f.choose(nil); err != nil || len(skipped) > 0 || len(all) <= len(chosen) {
		t.Errorf("with consent %v are left out, error %v", skipped, err)
	}
}

func TestABinaryThatWillNotDoIsFoundOutInThreeSeconds(t *testing.T) {
	for _, c := range []struct{ name, script, says string }{
		{"another program", "echo hello", "neither Redis nor Valkey"},
		{"an old version", "echo 'Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64 build=0'", "7.0 or later"},
		{"one that hangs", "sleep 60", "killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stub := filepath.Join(t.TempDir(), "redis-server")
			if err := os.WriteFile(stub, []byte("#!/bin/sh\n"+c.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			code, _, stderr := execute(t, append(brief(t, "pipelining"), "--redis-server", stub)...)
			if code != exitEnvironment || !strings.Contains(stderr, c.says) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestADryRunShowsWhatItWouldDoAndConnectsToNothing(t *testing.T) {
	code, stdout, stderr := execute(t, "run", "--dry-run", "--url", "redis://127.0.0.1:1")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{"ACL SETUSER redisduel", "~redisduel:* -@all", "a server of its own, never on yours", "15 minutes", ":pipelining:0", ":jitter:storm:0", "--allow-blocking", "scripts in the server's cache"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout does not say %q:\n%s", want, stdout)
		}
	}
}
