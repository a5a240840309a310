package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redisduel/bench/benchtest"
	"redisduel/bench/generator"
	"redisduel/bench/quantity"
	"redisduel/bench/redisd"
)

// resident is the most memory that a load as users have it takes, by its own
// account. What wait4 says of it is at least what this process had when it
// forked, and a server that it had started would count as its own.
func resident(t *testing.T, server *redisd.Server, keys int) int64 {
	t.Helper()
	binary, err := realBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "load", "--json", "--url", addressOf(server), "--keys", strconv.Itoa(keys), "--conns", "2", "--duration", "200ms", "--warmup", "0s", "--", "GET", "{key}")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	var result generator.Result
	if err != nil || json.Unmarshal(out, &result) != nil || result.Generator.Memory == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	return result.Generator.Memory
}

// A million names take 16 MB for their places and 32 MB or more for their bytes.
func TestTheMemoryOfALoadDoesNotGrowWithItsKeys(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.Redis(t)
	few, many := resident(t, server, 10_000), resident(t, server, 1_000_000)
	if grown := many - few; grown > 16<<20 {
		t.Errorf("it took %s with ten thousand keys and %s with a million", quantity.Bytes(float64(few)), quantity.Bytes(float64(many)))
	}
}

func TestKeysThatTheServerCannotHoldAreRefusedBeforeTheFirst(t *testing.T) {
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{"maxmemory 20mb"}})
	client := admin(t, server)
	fails(t, exitEnvironment, briefLoad("--keys 1000000 --url "+addressOf(server), "GET", "{key}"),
		quantity.Count(1_000_000)+" keys of 64 bytes take about 270 MB of memory, and the server has ", "--keys")
	if n := counted(t, client, "cmdstat_set", "calls"); n != 0 {
		t.Errorf("%d keys were written", n)
	}
}

// seeding is a load that has written some of ten million keys to a server of
// somebody else's.
func seeding(t *testing.T, server *redisd.Server) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	stderr = new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), os.Args[0], "load", "--url", addressOf(server), "--allow-data", "--allow-live", "--keys", "10000000", "--size", "8", "--", "GET", "{key}")
	cmd.Env, cmd.Stderr = append(os.Environ(), asCommand+"=1"), stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := admin(t, server)
	await(t, "some keys", 20*time.Second, func() bool {
		n, _ := do(t, client, "DBSIZE").AsInt64()
		return n > 10_000
	})
	return cmd, stderr
}

// interruptLoad ends it, and returns how many keys it says are left at most.
func interruptLoad(t *testing.T, cmd *exec.Cmd, stderr *bytes.Buffer) (left int64) {
	t.Helper()
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit code is looked at
	if took := time.Since(began); cmd.ProcessState.ExitCode() != exitInterrupt || took > 3*time.Second {
		t.Errorf("exit code %d after %v: %s", cmd.ProcessState.ExitCode(), took, stderr)
	}
	found := regexp.MustCompile("up to (.*) of the run's keys are left on the server: `redisduel clean --run-id").FindStringSubmatch(stderr.String())
	if found == nil {
		return 0
	}
	left, err := strconv.ParseInt(regexp.MustCompile("[^0-9]").ReplaceAllString(found[1], ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestALoadThatIsInterruptedWhileItWritesKeysRemovesThem(t *testing.T) {
	server := benchtest.Redis(t)
	cmd, stderr := seeding(t, server)
	said := interruptLoad(t, cmd, stderr)
	if left, _ := do(t, admin(t, server), "DBSIZE").AsInt64(); left > said {
		t.Errorf("%d keys are left, and it says %d", left, said)
	}
}

// A server that does not answer is the worst case: nothing can be removed.
func TestWhatAnInterruptedLoadCannotRemoveIsNamedAndRemovedLater(t *testing.T) {
	server := benchtest.Redis(t)
	client := admin(t, server)
	cmd, stderr := seeding(t, server)
	do(t, client, "CLIENT", "PAUSE", "60000", "WRITE")
	said := interruptLoad(t, cmd, stderr)
	left, _ := do(t, client, "DBSIZE").AsInt64()
	if left <= 10_000 || said < left {
		t.Errorf("%d keys are left, and it says %d: %s", left, said, stderr)
	}
	do(t, client, "CLIENT", "UNPAUSE")
	_, id, _ := strings.Cut(stderr.String(), "--run-id ")
	id, _, _ = strings.Cut(id, "`")
	for _, key := range []string{"redisduel:" + id + ":load:9999999", "redisduel:" + id + ":load:x"} {
		do(t, client, "SET", key, "x")
	}
	t.Setenv("REDIS_PASSWORD", server.Password())
	code, stdout, stderr2 := real(t, "clean", "--run-id", id, "--url", server.Addr())
	if remain := inventory(t, client); code != exitOK || len(remain) != 1 {
		t.Errorf("exit code %d, %d keys remain: %s%s", code, len(remain), stdout, stderr2)
	}
}
