package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/doctor"
	"redisduel/scenarios"
)

// TestAClusterOfTheUsersIsServedOrRefusedInOneSentence holds all that needs one,
// since it takes seconds to start. The last subtests do it harm.
func TestAClusterOfTheUsersIsServedOrRefusedInOneSentence(t *testing.T) {
	stranger := benchtest.NewStranger(t)
	nodes := append(stranger.Admins, stranger.ReplicaAdmin)
	for _, admin := range nodes {
		do(t, admin, append([]string{"ACL", "SETUSER"}, strings.Fields(strings.TrimPrefix(someUser, "user ")+" +cluster|slots +cluster|shards +cluster|info +cluster|myid")...)...)
	}
	t.Setenv("REDIS_PASSWORD", canary)
	url := "redis://bench@" + stranger.Primaries[0].Addr()
	load := briefLoad("--url "+url, "GET", "{key}")
	hot := append(brief(t, "hotkey"), "--duration", "400ms", "--seed", "1")

	t.Run("a seed that is down does no harm while another answers", func(t *testing.T) {
		seeds := "redis://bench@127.0.0.1:1," + stranger.Replica.Addr() // also where that is a replica
		code, _, stderr := execute(t, append(hot, "--url", seeds)...)
		if code != exitOK || strings.Contains(stderr, "on servers of their own") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
	t.Run("a duel that needs a single server is left out", func(t *testing.T) {
		fails(t, exitEnvironment, append(brief(t, "pipelining"), "--url", url), "pipelining needs a single server", "names a cluster")
	})
	t.Run("a killed run is cleaned up on all nodes", func(t *testing.T) { killedAndCleaned(t, stranger, url) })
	t.Run("the doctor looks at each primary", func(t *testing.T) { doctored(t, "--url", url) })
	t.Run("data of others ask for consent, on whichever node", func(t *testing.T) {
		do(t, stranger.Admins[2], "SET", "{foreign7}", "x")
		fails(t, exitRefused, append(hot, "--url", url), "the cluster holds 1 keys", "--allow-data")
		fails(t, exitRefused, append([]string{"load", "--allow-live"}, load[1:]...), "the cluster holds 1 keys", "--allow-data")
		do(t, stranger.Admins[2], "DEL", "{foreign7}")
	})
	t.Run("replicas ask for consent to a load, and not to some hundred keys", func(t *testing.T) {
		fails(t, exitRefused, load, "attached replicas", "--allow-live")
	})
	load = append([]string{"load", "--allow-live"}, load[1:]...)
	t.Run("a load uses no right that the dry run does not show", func(t *testing.T) { sufficient(t, stranger, load) })
	t.Run("a user without the right to CLUSTER is told", func(t *testing.T) {
		do(t, stranger.Admins[0], "ACL", "SETUSER", "bench", "-cluster")
		fails(t, exitEnvironment, append(hot, "--url", url), "hotkey needs +cluster|info +cluster|myid +cluster|shards +cluster|slots, which")
		fails(t, exitEnvironment, []string{"doctor", "--url", url}, "+cluster|slots")
		do(t, stranger.Admins[0], "ACL", "SETUSER", "bench", "+cluster|slots", "+cluster|shards", "+cluster|info", "+cluster|myid")
	})
	t.Run("a right that one node alone withholds is found", func(t *testing.T) {
		do(t, stranger.Admins[2], "ACL", "SETUSER", "bench", "-getrange")
		fails(t, exitEnvironment, append(hot, "--url", url), "hotkey needs +getrange, which")
		do(t, stranger.Admins[2], "ACL", "SETUSER", "bench", "+getrange")
	})
	t.Run("an announced address that leads nowhere is named", func(t *testing.T) { announced(t, stranger, append(hot, "--url", url), load) })
	t.Run("a cluster that is down is called so", func(t *testing.T) {
		for _, admin := range nodes {
			do(t, admin, "CONFIG", "SET", "cluster-require-full-coverage", "yes")
		}
		do(t, stranger.Admins[0], "CLUSTER", "DELSLOTS", "5")
		fails(t, exitEnvironment, append(hot, "--url", url), "CLUSTERDOWN", "16383 of its 16384 slots")
		fails(t, exitEnvironment, load, "CLUSTERDOWN", "16383 of its 16384 slots")
	})
}

func TestAClusterThatSpeaksTLSOnIPv6IsServed(t *testing.T) {
	benchtest.Counts(t)
	ca := benchtest.NewAuthority(t)
	user := someUser + " +cluster|slots +cluster|shards +cluster|info +cluster|myid"
	seed, admins := benchtest.ClusterTLS(t, ca, user)
	there := []string{"--url", "rediss://bench:" + canary + "@" + seed, "--tls-ca", ca.File}
	for _, command := range [][]string{
		append(brief(t, "hotkey"), "--duration", "400ms"),
		{"load", "--duration", "200ms", "--warmup", "50ms", "--keys", "100"},
		{"load", "--duration", "200ms", "--warmup", "50ms", "--keys", "100", "--multiplex"},
	} {
		command = append(command, there...)
		if command[0] == "load" {
			command = append(command, "--", "GET", "{key}")
		}
		code, stdout, stderr := execute(t, command...)
		if code != exitOK {
			t.Errorf("%s: exit code %d: %s%s", command, code, stdout, stderr)
		}
	}
	for i, admin := range admins {
		served, _ := do(t, admin, "INFO", "commandstats").ToString()
		if !strings.Contains(served, "cmdstat_get:") {
			t.Errorf("node %d was not asked: %s", i, served)
		}
	}
	if n := keysOf(t, admins); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	doctored(t, there...)
}

// killedAndCleaned kills a run in its load and removes what it left by name.
func killedAndCleaned(t *testing.T, stranger *benchtest.Stranger, url string) {
	id := killedInItsLoad(t, "run", "hotkey", "--duration", "5s", "--url", url)
	left := keysOf(t, stranger.Admins)
	if left < 100 {
		t.Fatalf("the killed run %q left %d keys, want those of its hot value and others", id, left)
	}
	cleaned(t, stranger.Admins, bench.Target{URL: url, Password: canary}, id, left, scenarios.Known()...)
}

// cleaned removes what a run left on a cluster by the names of its scenarios. The
// command does so by those of a load of ten million keys as well, which takes long.
func cleaned(t *testing.T, nodes []rueidis.Client, target bench.Target, id string, left int64, scenarios ...bench.Scenario) {
	t.Helper()
	before := keysOf(t, nodes)
	removed, err := bench.Clean(t.Context(), target, id, scenarios, func(int, int) {})
	if after := keysOf(t, nodes); err != nil || removed != left || after != before-left {
		t.Errorf("%d keys of %d were removed, and of %d are %d left: %v", removed, left, before, after, err)
	}
}

// keysOf is how many keys there are on the nodes.
func keysOf(t *testing.T, nodes []rueidis.Client) (all int64) {
	t.Helper()
	for _, node := range nodes {
		n, err := do(t, node, "DBSIZE").AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		all += n
	}
	return all
}

// sufficient runs a load as a user who may do just what its dry run shows.
func sufficient(t *testing.T, stranger *benchtest.Stranger, load []string) {
	code, stdout, stderr := execute(t, "load", "--dry-run", "--", "GET", "{key}")
	_, rules, found := strings.Cut(stdout, "  commands     ")
	rules, more, also := strings.Cut(rules, "\n  on a cluster ")
	_, more, _ = strings.Cut(more, "while slots move: ")
	if code != exitOK || !found || !also {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	for _, admin := range append(stranger.Admins, stranger.ReplicaAdmin) {
		do(t, admin, append([]string{"ACL", "SETUSER", "least", "on", ">" + canary, "resetchannels"}, strings.Fields(rules+" "+more)...)...)
	}
	as := make([]string, len(load))
	for i, word := range load {
		as[i] = strings.ReplaceAll(word, "//bench@", "//least@")
	}
	if code, _, stderr := execute(t, as...); code != exitOK {
		t.Errorf("with the rights %s %s: exit code %d: %s", rules, more, code, stderr)
	}
	if n := keysOf(t, stranger.Admins); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

func doctored(t *testing.T, there ...string) {
	_, stdout, stderr := execute(t, append([]string{"doctor", "--json"}, there...)...)
	var found doctor.Diagnosis
	if err := json.Unmarshal([]byte(stdout), &found); err != nil || found.Nodes != 3 {
		t.Errorf("%v, %d nodes: %s%s", err, found.Nodes, stdout, stderr)
	}
}

// announced has a node announce a port at which another listens, and one at which
// nobody does.
func announced(t *testing.T, stranger *benchtest.Stranger, commands ...[]string) {
	other := stranger.Primaries[2].Addr()
	_, port, _ := strings.Cut(other, ":")
	for _, c := range []struct{ port, says string }{
		{port, "what answers at " + other + " is not the node"},
		{"1", "announces a node that is not reached from here: cannot connect to 127.0.0.1:1"},
	} {
		do(t, stranger.Admins[1], "CONFIG", "SET", "cluster-announce-port", c.port)
		id, _ := do(t, stranger.Admins[1], "CLUSTER", "MYID").ToString()
		await(t, "the news of its address", 20*time.Second, func() bool {
			text, _ := do(t, stranger.Admins[0], "CLUSTER", "NODES").ToString()
			return strings.Contains(text, id+" 127.0.0.1:"+c.port+"@")
		})
		for _, command := range commands {
			fails(t, exitEnvironment, command, c.says, "cluster-announce-ip")
		}
	}
	if n := keysOf(t, stranger.Admins); n != 0 {
		t.Errorf("%d keys were written", n)
	}
	do(t, stranger.Admins[1], "CONFIG", "SET", "cluster-announce-port", "0")
}

func TestADryRunShowsWhatADuelWouldDoOnACluster(t *testing.T) {
	code, stdout, stderr := execute(t, "run", "hotkey", "--dry-run", "--url", "redis://127.0.0.1:1,127.0.0.1:2")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{"a server of its own: cluster of 3; or on yours, if --url names a cluster", "up to 108 at a time", ":hotkey:hot#", "+cluster|slots", "+getrange", "15 minutes"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout does not say %q:\n%s", want, stdout)
		}
	}
}
