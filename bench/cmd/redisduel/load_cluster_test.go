package main

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/generator"
	"redisduel/bench/redisd"
)

// A loaded is a cluster of the user's that is put under load.
type loaded struct {
	nodes  []*redisd.Server
	admins []rueidis.Client
	seeds  string // all nodes, as --url takes them
}

// TestALoadOnAClusterOfOthers holds all that needs a cluster, since it takes seconds
// to start. The last subtest kills one of its nodes.
func TestALoadOnAClusterOfOthers(t *testing.T) {
	benchtest.Counts(t)
	c := loaded{nodes: benchtest.Cluster(t, 3).Nodes()}
	var addrs []string
	for _, node := range c.nodes {
		c.admins = append(c.admins, admin(t, node))
		addrs = append(addrs, node.Addr())
		do(t, c.admins[len(c.admins)-1], "CONFIG", "SET", "cluster-require-full-coverage", "no")
	}
	c.seeds = strings.Join(addrs, ",")
	do(t, c.admins[1], "SET", "{foreign7}", "stays")
	for _, kind := range clusterLoads {
		t.Run(kind.name, func(t *testing.T) { c.serves(t, kind) })
	}
	t.Run("its shares are joined without loss", func(t *testing.T) { joined(t, c.seeds, c.password()) })
	t.Run("the highest rate is looked for", func(t *testing.T) {
		code, stdout, stderr := c.load(t, "--slo max<1ns", "PING")
		if code != exitFailed || !strings.Contains(stdout, "7 trials") || !strings.Contains(stderr, "no rate that was tried meets") {
			t.Errorf("exit code %d: %s%s", code, stdout, stderr)
		}
	})
	t.Run("what a killed load left is removed from all nodes", c.killed)
	t.Run("slots that move are not seen, and a cluster that is down is", c.moving)
	t.Run("a node that dies costs the ops that need it", c.dying)
	if left := inventory(t, c.admins[1]); len(left) != 1 || left["{foreign7}"] == "" {
		t.Errorf("%d keys are left, and of others %q", len(left), left["{foreign7}"])
	}
}

func (c *loaded) password() string { return c.nodes[0].Password() }

func (c *loaded) url() string { return "redis://:" + c.password() + "@" + c.seeds }

// load runs a brief load on the cluster in this process.
func (c *loaded) load(t *testing.T, flags string, command ...string) (code int, stdout, stderr string) {
	t.Helper()
	return execute(t, briefLoad("--url "+c.url()+" --allow-data --allow-live "+flags, command...)...)
}

// ours is how many keys of loads there are on the nodes.
func (c *loaded) ours(t *testing.T) int64 {
	t.Helper()
	return keysOf(t, c.admins) - 1 // that of others
}

// A clusterLoad is a kind of load, and what the servers must count of it.
type clusterLoad struct {
	name, flags, command string
	keys                 int     // of which each node must have a part
	most                 float64 // reads of the servers for each command, at most
}

var clusterLoads = []clusterLoad{
	{"one at a time", "--keys 300", "GET {key}", 300, 1},
	{"an open loop", "--keys 300 --rate 1000", "GET {key}", 300, 1},
	{"in pipelines, which are parted among the nodes", "--keys 300 --pipeline 30", "GET {key}", 300, 0.2},
	{"one connection to each node", "--keys 300 --multiplex --conns 32", "GET {key}", 300, 1},
	{"several keys of a command are one", "--keys 300", "MGET {key} {key}", 300, 1},
	{"writes", "--keys 300", "SET {key} {value} EX 60", 300, 1},
	{"through another network", "--keys 300 --rtt 1ms", "GET {key}", 300, 1},
	{"a command without a key goes to all nodes", "--keys 300", "PING", 300, 1},
	{"one key is on one node", "--keys 1", "GET {key}", 1, 1},
}

// serves runs a load that must be answered, by all nodes, and leave nothing.
func (c *loaded) serves(t *testing.T, kind clusterLoad) {
	code, stdout, stderr := c.load(t, "--json --seed 1 "+kind.flags, strings.Fields(kind.command)...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	r, err := generator.Decode([]byte(stdout))
	if err != nil {
		t.Fatal(err)
	}
	if r.Load.OK == 0 || r.Nils > 0 || r.Server.Nodes != 3 || r.Server.Mode != "cluster" || len(r.Nodes) != 3 {
		t.Fatalf("%d ok, %d nil, on a %s of %d: %s", r.Load.OK, r.Nils, r.Server.Mode, r.Server.Nodes, stdout)
	}
	name, _, _ := strings.Cut(strings.ToLower(kind.command), " ")
	sent, sum, slots, busy := r.Load.Attempts*int64(r.Spec.Pipeline), int64(0), 0, 0
	for _, node := range r.Nodes {
		ran := node.Evidence.Commands[name].Calls
		sum, slots = sum+ran, slots+node.Slots
		if ran > 0 {
			busy++
		}
	}
	if sum != sent || r.Evidence.Commands[name].Calls != sent || slots != 16384 || busy != min(3, kind.keys) {
		t.Errorf("of %d commands %d were counted, %d by the nodes; %d of them ran some, with %d slots", sent, r.Evidence.Commands[name].Calls, sum, busy, slots)
	}
	if moved := r.Evidence.Counters["errorstat_MOVED"]; moved != 0 {
		t.Errorf("%d commands went to a node that does not have their key", moved)
	}
	if reads := float64(r.Summary.Reads); !(reads > 0 && reads <= kind.most) {
		t.Errorf("%.3f reads a command, want at most %v", reads, kind.most)
	}
	if n := c.ours(t); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

// start starts a long load in a process of its own and waits until it has begun.
func (c *loaded) start(t *testing.T, duration time.Duration) *harness {
	t.Helper()
	before := counted(t, c.admins[0], "cmdstat_get", "calls")
	h := startCommand(t, os.Args[0], "load", "--url", c.url(), "--allow-data", "--allow-live", "--json", "--duration", duration.String(),
		"--warmup", "1ms", "--keys", "3000", "--conns", "4", "--", "GET", "{key}")
	await(t, "the load", 30*time.Second, func() bool { return counted(t, c.admins[0], "cmdstat_get", "calls") > before+300 })
	return h
}

// result waits for the end of the load and returns what it printed.
func (h *harness) result(t *testing.T, within time.Duration, code int) *generator.Result {
	t.Helper()
	if got := h.exit(t, within); got != code {
		t.Fatalf("exit code %d, want %d: %s", got, code, &h.stderr)
	}
	r, err := generator.Decode(h.stdout.Bytes())
	if err != nil || r == nil {
		t.Fatalf("%v: %s", err, &h.stdout)
	}
	return r
}

// killed kills a load and removes its keys by their names.
func (c *loaded) killed(t *testing.T) {
	h := c.start(t, time.Minute)
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-h.done; err == nil {
		t.Fatal("a killed process ended well")
	}
	left := c.ours(t)
	if left != 3001 {
		t.Errorf("the killed load left %d keys, want its 3000 and the harness's own", left)
	}
	_, id, _ := strings.Cut(h.stderr.String(), "--run-id ")
	id, _, _ = strings.Cut(id, "`")
	cleaned(t, c.admins, bench.Target{URL: c.url()}, id, left, generator.Cleanable(3000))
}

// moving moves slots of the first node to the second under a load, and then has the
// third say that the cluster is down.
func (c *loaded) moving(t *testing.T) {
	h := c.start(t, time.Minute)
	from, to := c.admins[0], c.admins[1]
	before := counted(t, from, "errorstat_MOVED", "count")
	names, err := do(t, from, "KEYS", "*:load:*").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names[:min(40, len(names))] {
		c.move(t, from, to, name)
	}
	await(t, "a redirection", 10*time.Second, func() bool { return counted(t, from, "errorstat_MOVED", "count") > before })
	do(t, c.admins[2], "CONFIG", "SET", "cluster-require-full-coverage", "yes")
	do(t, c.admins[2], "CLUSTER", "DELSLOTS", "16383")
	await(t, "a refusal", 10*time.Second, func() bool { return counted(t, c.admins[2], "errorstat_CLUSTERDOWN", "count") > 0 })
	do(t, c.admins[2], "CLUSTER", "ADDSLOTS", "16383")
	do(t, c.admins[2], "CONFIG", "SET", "cluster-require-full-coverage", "no")
	await(t, "a whole cluster", 20*time.Second, func() bool {
		text, _ := do(t, c.admins[2], "CLUSTER", "INFO").ToString()
		return strings.Contains(text, "cluster_state:ok")
	})
	if err := h.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	r := h.result(t, 10*time.Second, exitInterrupt)
	classes := slices.Sorted(maps.Keys(r.Load.Errors))
	if r.Load.OK == 0 || r.Nils > 0 || r.Load.Errors["CLUSTERDOWN"] == 0 || r.Load.Failed != r.Load.Errors["CLUSTERDOWN"] || r.Load.Unknown != r.Load.Errors["cancelled"] {
		t.Errorf("%d ok, %d nil, %d failed and %d unknown as %q, want CLUSTERDOWN and what the end cancelled", r.Load.OK, r.Nils, r.Load.Failed, r.Load.Unknown, classes)
	}
	if n := c.ours(t); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

// move takes the slot of a key from one node to another, as redis-cli does.
func (c *loaded) move(t *testing.T, from, to rueidis.Client, key string) {
	t.Helper()
	n, err := do(t, from, "CLUSTER", "KEYSLOT", key).AsInt64()
	if err != nil {
		t.Fatal(err)
	}
	slot := strconv.FormatInt(n, 10)
	keys, err := do(t, from, "CLUSTER", "GETKEYSINSLOT", slot, "100").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) == 0 {
		return // it went with another key
	}
	source, _ := do(t, from, "CLUSTER", "MYID").ToString()
	target, _ := do(t, to, "CLUSTER", "MYID").ToString()
	host, port, _ := strings.Cut(c.nodes[slices.Index(c.admins, to)].Addr(), ":")
	do(t, to, "CLUSTER", "SETSLOT", slot, "IMPORTING", source)
	do(t, from, "CLUSTER", "SETSLOT", slot, "MIGRATING", target)
	do(t, from, append([]string{"MIGRATE", host, port, "", "0", "5000", "AUTH", c.password(), "KEYS"}, keys...)...)
	do(t, to, "CLUSTER", "SETSLOT", slot, "NODE", target)
	do(t, from, "CLUSTER", "SETSLOT", slot, "NODE", target)
}

// dying kills a node under a load, which goes on to its end without it.
func (c *loaded) dying(t *testing.T) {
	h := c.start(t, 2*time.Second)
	if err := syscall.Kill(c.nodes[2].PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r := h.result(t, 30*time.Second, exitFailed)
	if l := r.Load; l.OK == 0 || l.Errors["connection refused"] == 0 || l.Errors["connection lost"] == 0 || l.Errors["connection refused"]+l.Errors["connection lost"] != r.Failures() {
		t.Errorf("%d ok, errors %v; want only that the connections are lost and then refused", l.OK, l.Errors)
	}
	if r.Partial != "" || r.Evidence != nil || r.Unproven == "" {
		t.Errorf("partial because %q, unproven because %q; want a whole load without the counters of all nodes", r.Partial, r.Unproven)
	}
	if !strings.Contains(h.stderr.String(), "--max-errors") {
		t.Errorf("stderr does not say that ops failed: %s", &h.stderr)
	}
	c.admins = c.admins[:2]
	if n := c.ours(t); n != 0 {
		t.Errorf("%d keys are left on the nodes that live", n)
	}
}
