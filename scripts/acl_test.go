package scripts

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/acl.golden")

// matrixUsers are those that make-secrets.sh makes, and what a stranger is.
var matrixUsers = []string{"bench", "anti", "health", "setup", "default"}

// matrix is what each user is asked to do: what the scenarios need, and what
// nobody may. Keys are of a run, or of somebody else.
var matrix = []string{
	"PING", "HELLO 3", "INFO", "TIME",
	"GET redisduel:1:k", "GET other", "SET redisduel:1:k v", "SET other v", "MGET redisduel:1:a redisduel:1:b", "MGET redisduel:1:a other",
	"EXPIRE redisduel:1:k 900", "UNLINK redisduel:1:k", "HINCRBY redisduel:1:h f 1", "ZRANGE redisduel:1:z 0 -1", "XADD redisduel:1:s * f v",
	"SCAN 0", "KEYS *", "RANDOMKEY", "DBSIZE", "EVAL return 1", "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "SCRIPT LOAD return 1", "SCRIPT FLUSH",
	"FUNCTION LOAD x", "FUNCTION FLUSH", "FUNCTION RESTORE x", "FCALL f 0", "MULTI", "WATCH redisduel:1:k", "PUBLISH redisduel:1:c m", "PUBLISH other m",
	"SLOWLOG GET", "SLOWLOG RESET", "LATENCY LATEST", "LATENCY RESET", "CLIENT ID", "CLIENT TRACKING ON", "CLIENT LIST", "CLIENT KILL TYPE normal", "CLIENT PAUSE 1",
	"CLUSTER INFO", "CLUSTER SLOTS", "CLUSTER MEET 127.0.0.1 7002", "CLUSTER RESET",
	"FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "MONITOR", "DEBUG SLEEP 0", "SHUTDOWN", "SAVE", "BGREWRITEAOF", "REPLICAOF NO ONE", "ACL LIST", "ACL WHOAMI", "MODULE LIST",
	"SORT redisduel:1:l", "MIGRATE h 1 k 0 1", "RESTORE redisduel:1:k 0 x",
}

// TestEachUserMayDoWhatTheMatrixSays asks the server what each user may do, and
// compares with testdata/acl.golden, where a change of rights is easy to see.
func TestEachUserMayDoWhatTheMatrixSays(t *testing.T) {
	client := startHardened(t).as(t, "test")
	var got strings.Builder
	fmt.Fprintf(&got, "%-60s%s\n", "", strings.Join(matrixUsers, "  "))
	for _, command := range matrix {
		row := fmt.Sprintf("%-60s", command)
		for _, user := range matrixUsers {
			dry := client.B().Arbitrary("ACL", "DRYRUN", user).Args(arguments(command)...).Build()
			answer, err := client.Do(t.Context(), dry).ToString()
			if err != nil {
				t.Fatalf("%s as %s: %v", command, user, err)
			}
			may := "–"
			if answer == "OK" {
				may = "yes"
			}
			row += fmt.Sprintf("%-*s", len(user)+2, may)
		}
		got.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	golden := filepath.Join("testdata", "acl.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, golden); got.String() != want {
		t.Errorf("the users' rights are not those of %s; `go test ./scripts -update` rewrites it:\n%s", golden, got.String())
	}
}

// arguments are the words of a command. A script and its number of keys are
// written as one word each.
func arguments(command string) []string {
	words := strings.Fields(command)
	if script, ok := strings.CutPrefix(command, "EVAL "); ok {
		return []string{"EVAL", script, "0"}
	}
	if words[0] == "EVALSHA" {
		return append(words, "0")
	}
	if strings.HasPrefix(command, "SCRIPT LOAD") {
		return []string{"SCRIPT", "LOAD", "return 1"}
	}
	return words
}

// refusal is how 7.0 and later versions say it.
var refusal = regexp.MustCompile("user executing the script can't|ACL failure|NOPERM")

// TestAScriptGetsNoFurtherThanItsUser runs what DRYRUN cannot see into.
func TestAScriptGetsNoFurtherThanItsUser(t *testing.T) {
	client := startHardened(t).as(t, "bench")
	run := func(script string) error {
		return client.Do(t.Context(), client.B().Eval().Script(script).Numkeys(0).Build()).Error()
	}
	if err := run(`return redis.call('TIME')`); err != nil {
		t.Errorf("a script that asks for the time: %v", err)
	}
	for _, script := range []string{`return redis.call('FLUSHALL')`, `return redis.call('KEYS', '*')`, `return redis.call('GET', 'other')`} {
		if err := run(script); err == nil || !refusal.MatchString(err.Error()) {
			t.Errorf("%s: %v, want a refusal", script, err)
		}
	}
}
