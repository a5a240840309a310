package redisduel

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/scenarios"
)

// short makes a run or a sweep take seconds and leave reports/ alone. It is
// added to every `redisduel run` and `redisduel sweep` that names a scenario.
const short = " --quick --rounds 1 --duration 50ms --out short"

// shortLoad makes a load last a tenth of a second.
const shortLoad = " --duration 100ms --warmup 20ms --keys 100 --max-errors 0 -- GET {key}"

// rewritten are the commands of the documents that cannot run in a test as they
// stand, with what runs in their place.
var rewritten = map[string]string{
	// One duel, or a short sweep, for all.
	"make bench":               "make bench ARGS='script-pipeline" + short + "'",
	"make quick":               "make quick ARGS='script-pipeline" + short + "'",
	"redisduel run":            "redisduel run script-pipeline" + short,
	"redisduel run --quick":    "redisduel run script-pipeline" + short,
	"redisduel claims":         "redisduel claims --judge-only", // of the copied reports
	"redisduel selftest":       "redisduel selftest --quick --out short",
	"redisduel sweep pooling":  "redisduel sweep lock-acquire" + short,
	"make sweep SCENARIO=scan": "make sweep SCENARIO=lock-acquire ARGS='" + short + "'",
	// A package or two for all; each benchmark once, but for those with much data.
	"make test":              "make test PACKAGES=./bench/quantity", // the one that runs this test tests all
	"make benchstat":         "make benchstat BENCH=/script-pipeline COUNT=1",
	"go test -bench ./...":   "go test -run '^$' -bench ./... -benchtime 1x -skip '/(scan|range|ttl|jitter|eviction|hash|hotkey|lfu)'",
	"go test -bench . ./...": "go test -run '^$' -bench . -benchtime 1x ./bench/latency ./patterns",
	// A port that is free, and an end.
	"redisduel proxy --listen 127.0.0.1:7000 --upstream 127.0.0.1:6379 --rtt 1ms": `
		redisduel proxy --listen 127.0.0.1:0 --upstream 127.0.0.1:6379 --rtt 1ms 2>proxy.log &
		until grep -q listening proxy.log; do sleep 0.05; done
		kill -INT $!
		wait $!`,
	// Loads of a tenth of a second.
	"redisduel load -- GET {key}":                           "redisduel load" + shortLoad,
	"redisduel load --rate 2000 --duration 5s -- GET {key}": "redisduel load --rate 2000" + shortLoad,
	"redisduel load --multiplex --duration 5s -- GET {key}": "redisduel load --multiplex" + shortLoad,
	// An objective that no rate can meet is found out by seven trials.
	"redisduel load --slo 'p99<5ms' --duration 2s -- GET {key}": "redisduel load --slo 'max<1ns'" + shortLoad + " && exit 1 || test $? = 5",
	// A shell that knows <().
	"source <(redisduel completion bash)": `bash -euc 'source <(redisduel completion bash); complete -p redisduel'`,
	// Without an engine: what docker would be told, and the secrets for real.
	"make up": `
		mkdir fake
		printf '#!/bin/sh\necho "$@" >>docker.log\n' >fake/docker
		chmod +x fake/docker
		PATH="$PWD/fake:$PATH" make up
		grep -qx 'compose up -d --wait' docker.log
		test -s secrets/users.acl`,
	"make down": `PATH="$PWD/fake:$PATH" make down && grep -qx 'compose down' docker.log`,
	// Servers of the test's own: one with TLS, a plain one, and one with the settings and the users of the project.
	"redisduel run --url rediss://user@host:6380 --tls-ca ca.pem --password-file secret": `
		printf %s "$TLS_PASSWORD" >secret
		redisduel run script-pipeline --url "rediss://default@$TLS_SERVER" --tls-ca "$TLS_CA" --password-file secret` + short,
	// A cluster takes seconds to start; the command's own tests have one.
	"redisduel run hotkey --url redis://user@host1,host2,host3": `redisduel run hotkey --dry-run --url redis://user@host1,host2,host3`,
	"redisduel clean --run-id 1a2b3c4d":                         `redisduel clean --run-id 1a2b3c4d --url "$SERVER"`,
	// The test's server lets everyone do everything, which is a finding.
	"redisduel doctor --url redis://host:6379": `redisduel doctor --url "$SERVER" && exit 1 || test $? = 6`,
	"REDIS_URL=redis://bench@127.0.0.1:6379 REDIS_PASSWORD_FILE=secrets/bench.password redisduel run": `
		mkdir data
		sed "s|^dir /data|dir $PWD/data|; s|/run/secrets|$PWD/secrets|" redis.conf >server.conf
		$(command -v redis-server || command -v valkey-server) server.conf --port "$FREE_PORT" --logfile server.log &
		trap "kill $!; wait $!" EXIT
		until grep -q 'Ready to accept' data/server.log; do kill -0 $!; sleep 0.05; done 2>/dev/null
		REDIS_URL=redis://bench@127.0.0.1:$FREE_PORT REDIS_PASSWORD_FILE=secrets/bench.password redisduel run script-pipeline` + short,
}

// elsewhere are the commands that do not run in this test, with the reason.
var elsewhere = map[string]string{
	"make lint": "it builds the linters, which takes minutes; the workflow runs it",
}

// comment is what follows a command in a block.
var comment = regexp.MustCompile(`\s+# .*$`)

// commands are the lines of a document's console blocks that begin with $.
func commands(t *testing.T, document string) (all []string) {
	t.Helper()
	inside := false
	for line := range strings.Lines(read(t, document)) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && strings.HasPrefix(line, "$ "):
			all = append(all, comment.ReplaceAllString(strings.TrimPrefix(line, "$ "), ""))
		}
	}
	return all
}

// runnable is what runs in place of a command; most run as they stand.
func runnable(command string) string {
	if as, ok := rewritten[command]; ok {
		return as
	}
	if words := strings.Fields(command); len(words) > 2 && words[0] == "redisduel" && slices.Contains([]string{"run", "sweep"}, words[1]) && words[2][0] != '-' {
		return command + short
	}
	return command
}

func TestEveryCommandOfTheDocumentsRuns(t *testing.T) {
	benchtest.Counts(t)
	var all []string
	for _, document := range []string{"README.md", "CONTRIBUTING.md"} {
		all = append(all, commands(t, document)...)
	}
	dir, env := workshop(t)
	ran := map[string]bool{}
	for _, command := range all {
		if why := elsewhere[command]; why != "" {
			t.Logf("%s does not run here: %s", command, why)
		} else if !ran[command] {
			t.Run(command, func(t *testing.T) { execute(t, dir, env, runnable(command)) })
		}
		ran[command] = true
	}
	for _, known := range []map[string]string{rewritten, elsewhere} {
		for command := range known {
			if !ran[command] {
				t.Errorf("no document has the command %q any more; forget it here, too", command)
			}
		}
	}
	if workflow := read(t, ".github/workflows/ci.yml"); !strings.Contains(workflow, "- run: make lint\n") {
		t.Error("the workflow does not run make lint")
	}
}

func execute(t *testing.T, dir string, env []string, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", script)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
}

// workshop is a copy of the checkout in which the commands may write, with the
// results that the documents name, and the environment in which redisduel is on
// PATH.
func workshop(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !slices.Contains([]string{".git", "bin", "secrets"}, name) {
			duplicate(t, name, filepath.Join(dir, name))
		}
	}
	s := scenarios.All()[0]
	authority := benchtest.NewAuthority(t)
	certificate, key := authority.Issue("", time.Hour)
	secured, addr := benchtest.RedisTLS(t, authority, certificate, key)
	flags, err := exec.CommandContext(t.Context(), "go", "env", "GOFLAGS").Output()
	if err != nil {
		t.Fatal(err)
	}
	// With the paths, which are new each time, nothing would be in the build cache.
	env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(string(flags))+" -trimpath", "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "REDIS_URL=", "REDIS_HOST=",
		"SERVER="+benchtest.Server(t, &s).Target.URL, "FREE_PORT="+freePort(t),
		"TLS_SERVER="+addr, "TLS_CA="+authority.File, "TLS_PASSWORD="+secured.Password())
	execute(t, dir, env, "make build; cp -R reports old"+
		"; redisduel run script-pipeline"+short+"; mv short a; redisduel run script-pipeline"+short+"; mv short b")
	return dir, env
}

func duplicate(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else {
		err = os.WriteFile(to, []byte(read(t, from)), info.Mode())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// freePort is a port of the loopback interface on which nobody listened just now.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
}
