package evidence

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/rueidis"
)

func TestNothingDiffersWhenNothingHappened(t *testing.T) {
	own := serve(t).client()
	before := take(t, own)
	d := take(t, own).Since(before)
	want := Delta{
		Elapsed: d.Elapsed, CPU: d.CPU, Memory: d.Memory, MemoryPeak: d.MemoryPeak, Counters: d.Counters, Clients: 1,
		Commands: map[string]Command{}, Latency: map[string]time.Duration{}, Execution: map[string]Execution{},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	if d.Elapsed <= 0 || d.Memory <= 0 || d.MemoryPeak <= 0 || d.CPU < 0 {
		t.Errorf("got %+v", d)
	}
}

func TestCommandsSentAloneAreOneReadEach(t *testing.T) {
	n := serve(t)
	own, side := n.client(), n.client()
	before := take(t, own)
	for range 100 {
		do(t, side, "GET", "k")
	}
	d := take(t, own).Since(before)
	if got := d.Commands["get"]; got.Calls != 100 || got.Failed != 0 || got.Time <= 0 {
		t.Errorf("get: %+v, want 100 calls", got)
	}
	if len(d.Commands) != 1 || d.Reads != 100 || d.Writes != 100 || d.Connections != 0 {
		t.Errorf("got %+v, want 100 reads and writes of GET alone", d)
	}
	in, out := int64(100*len("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")), int64(100*len("_\r\n"))
	if d.BytesIn != in || d.BytesOut != out {
		t.Errorf("%d bytes in and %d out, want %d and %d", d.BytesIn, d.BytesOut, in, out)
	}
	if d.Counters["keyspace_misses"] != 100 {
		t.Errorf("counters %v, want 100 misses", d.Counters)
	}
}

func TestAPipelineIsFewReads(t *testing.T) {
	n := serve(t)
	own, side := n.client(), n.client()
	batch := make(rueidis.Commands, 100)
	for i := range batch {
		batch[i] = side.B().Set().Key("k").Value("v").Build()
	}
	before := take(t, own)
	for _, reply := range side.DoMulti(deadline(t), batch...) {
		if err := reply.Error(); err != nil {
			t.Fatal(err)
		}
	}
	d := take(t, own).Since(before)
	if d.Commands["set"].Calls != 100 || d.Reads < 1 || d.Reads > 3 {
		t.Errorf("%d calls in %d reads, want 100 in 1 to 3", d.Commands["set"].Calls, d.Reads)
	}
}

func TestAConnectionCostsItsSetUpItsPingAndItsEnd(t *testing.T) {
	n := serve(t)
	own := n.client()
	before := take(t, own)
	for range 10 {
		side := n.client()
		do(t, side, "GET", "k")
		side.Close()
	}
	// HELLO and CLIENT SETINFO in one read, GET, the PING of Close, the end.
	d := eventually(t, own, before, func(d Delta) bool { return d.Reads >= 40 })
	if d.Connections != 10 || d.Reads != 40 {
		t.Errorf("%d connections in %d reads, want 10 in 40", d.Connections, d.Reads)
	}
	for _, name := range []string{"hello", "get", "ping"} {
		if got := d.Commands[name].Calls; got != 10 {
			t.Errorf("%d calls of %s, want 10", got, name)
		}
	}
}

func TestThePingsOfIdleConnectionsAreControl(t *testing.T) {
	n := serve(t)
	own := n.client()
	n.client(func(o *rueidis.ClientOption) { o.Dialer.KeepAlive = 10 * time.Millisecond })
	before := take(t, own)
	var d Delta
	eventually(t, own, before, func(Delta) bool {
		d = take(t, own).Since(before)
		return d.Commands["ping"].Calls >= 5
	})
	d = d.Without(d.Control())
	if len(d.Commands) != 0 || d.Reads != 0 {
		t.Errorf("%d reads of %v are left, want none", d.Reads, d.Commands)
	}
}

func TestABystanderIsTakenOut(t *testing.T) {
	n := serve(t)
	own, side, bystander := n.client(), n.client(), n.client()
	before := take(t, own)
	for range 30 {
		do(t, side, "GET", "k")
		do(t, bystander, "GET", "k")
		do(t, side, "SET", "k", "v")
	}
	all := take(t, own).Since(before)
	d := all.Without(Sequential(map[string]int64{"get": 30}))
	if d.Commands["get"].Calls != 30 || d.Commands["set"].Calls != 30 || d.Reads != 60 || d.Writes != 60 {
		t.Errorf("got %+v, want 30 GET and 30 SET in 60 reads", d)
	}
	if got, half := d.Commands["get"].Time, all.Commands["get"].Time/2; got != half {
		t.Errorf("GET took %v, want half of the time, %v", got, half)
	}
	if all.Commands["get"].Calls != 60 {
		t.Error("Without changed the delta it was called on")
	}
}

func TestASlowCommandIsInTheSlowLogAndTheLatencyMonitor(t *testing.T) {
	n := serve(t, "--enable-debug-command", "yes", "--slowlog-log-slower-than", "10000", "--latency-monitor-threshold", "10")
	own, side := n.client(), n.client()
	before := take(t, own)
	do(t, side, "DEBUG", "SLEEP", "0.02")
	do(t, side, "DEBUG", "SLEEP", "0.03")
	d := take(t, own).Since(before)
	slow := slices.DeleteFunc(d.Slow, func(s Slow) bool { return s.Command != "debug" })
	if len(slow) != 2 || slow[0].ID >= slow[1].ID {
		t.Fatalf("got %+v, want two DEBUGs, oldest first", d.Slow)
	}
	for i, least := range []time.Duration{20 * time.Millisecond, 30 * time.Millisecond} {
		if slow[i].Duration < least || slow[i].Duration > least+5*time.Second {
			t.Errorf("DEBUG took %v, want %v", slow[i].Duration, least)
		}
	}
	if got := d.Latency["command"]; got < 30*time.Millisecond || got > 5*time.Second {
		t.Errorf("latency %v, want a command of 30 ms", d.Latency)
	}
	if got := d.Commands["debug"].Time; got < 50*time.Millisecond {
		t.Errorf("DEBUG took %v in all, want 50 ms", got)
	}
	// The server rounds to a histogram's buckets.
	if got := d.Execution["debug"]; got.P50 < 19*time.Millisecond || got.P99 < 29*time.Millisecond || got.P999 < got.P99 {
		t.Errorf("executions of DEBUG took %+v, want 20 ms and 30 ms", got)
	}
	if d.Clients != 2 {
		t.Errorf("%d clients, want 2", d.Clients)
	}
}

func TestSnapshotsInTheWrongOrderAreNotSubtracted(t *testing.T) {
	own := serve(t).client()
	before := take(t, own)
	if d := before.Since(take(t, own)); d.Reset == "" {
		t.Errorf("got %+v", d)
	}
}

func TestTheSlowLogSaysWhatItLost(t *testing.T) {
	n := serve(t, "--slowlog-log-slower-than", "0", "--slowlog-max-len", "5")
	own := n.client()
	do(t, own, "SET", "k", "v")
	before := take(t, own)
	for range 20 {
		do(t, own, "SET", "secret", "secret")
	}
	d := take(t, own).Since(before)
	// SLOWLOG, LATENCY and INFO of the earlier snapshot, 20 SETs, INFO of the later one.
	if len(d.Slow) != 5 || d.SlowLost != 19 {
		t.Errorf("%d entries and %d lost, want 5 and 19: %v", len(d.Slow), d.SlowLost, d.Slow)
	}
	if data, err := json.Marshal(d); err != nil || strings.Contains(string(data), "secret") {
		t.Errorf("an argument is in %s (%v)", data, err)
	}
}

func TestAResetOfTheCountersIsSeen(t *testing.T) {
	n := serve(t)
	own, side := n.client(), n.client()
	do(t, side, "CONFIG", "RESETSTAT")
	before := take(t, own)
	do(t, side, "CONFIG", "RESETSTAT")
	for range 200 { // more of everything than before
		do(t, side, "GET", "k")
	}
	d := take(t, own).Since(before)
	if !strings.Contains(d.Reset, "reset") || d.Reads != 0 || len(d.Commands) != 0 {
		t.Errorf("got %+v, want a reset and no counts", d)
	}
}

func TestAllSinceAResetIsSeenWithoutAnEarlierSnapshot(t *testing.T) {
	own := serve(t).client()
	do(t, own, "GET", "k")
	do(t, own, "CONFIG", "RESETSTAT")
	do(t, own, "KEYS", "*")
	d := take(t, own).Since(Snapshot{})
	if d.Reset != "" || d.Commands["keys"].Calls != 1 || d.Commands["get"].Calls != 0 {
		t.Errorf("got %+v, want KEYS alone", d)
	}
}

func TestARestartIsSeen(t *testing.T) {
	n := serve(t)
	before := take(t, n.client())
	n.stop()
	n.start()
	d := take(t, n.client()).Since(before)
	if !strings.Contains(d.Reset, "restarted") || d.Reads != 0 {
		t.Errorf("got %+v, want a restart and no counts", d)
	}
}

func TestAUserWithoutSlowLogAndLatencyStillGetsINFO(t *testing.T) {
	n := serve(t)
	admin := n.client()
	do(t, admin, "ACL", "SETUSER", "u", "on", ">p", "~*", "+@connection", "+info", "+get")
	do(t, admin, "ACL", "SETUSER", "none", "on", ">p", "+@connection")
	as := func(user string) rueidis.Client {
		return n.client(func(o *rueidis.ClientOption) { o.Username, o.Password = user, "p" })
	}
	own := as("u")
	before := take(t, own)
	do(t, own, "GET", "k")
	s := take(t, own)
	d := s.Since(before)
	if want := []string{MissingLatency, MissingSlow}; !slices.Equal(s.Missing(), want) || !slices.Equal(d.Missing, want) {
		t.Errorf("missing %v and %v, want %v", s.Missing(), d.Missing, want)
	}
	if d.Commands["get"].Calls != 1 || d.Reads != 1 || len(d.Commands) != 1 {
		t.Errorf("got %+v, want one GET", d)
	}
	if _, err := Take(t.Context(), as("none")); err == nil || !strings.Contains(err.Error(), "+info") || strings.Contains(err.Error(), ">p") {
		t.Errorf("got %v, want a hint at +info", err)
	}
}

func TestAServerThatHidesCommandsStillGivesINFO(t *testing.T) {
	n := serve(t, "--rename-command", "SLOWLOG", "", "--rename-command", "LATENCY", "", "--rename-command", "CONFIG", "")
	own := n.client()
	before := take(t, own)
	do(t, own, "GET", "k")
	d := take(t, own).Since(before)
	if want := []string{MissingLatency, MissingSlow}; !slices.Equal(d.Missing, want) || d.Reads != 1 || d.Reset != "" {
		t.Errorf("got %+v, want one read and %v missing", d, want)
	}
}

func TestAFrozenServerEndsTheSnapshotInTime(t *testing.T) {
	n := serve(t)
	own := n.client()
	if err := n.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.process.Process.Signal(syscall.SIGCONT) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Take(ctx, own); err == nil || time.Since(start) > patience {
		t.Errorf("got %v after %v, want an error at once", err, time.Since(start))
	}
}

func TestAConnectionThatOnlyOpensIsCounted(t *testing.T) {
	n := serve(t)
	own := n.client()
	before := take(t, own)
	for range 10 {
		conn, err := net.Dial("unix", n.socket)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	d := eventually(t, own, before, func(d Delta) bool { return d.Connections >= 10 })
	if d.Connections != 10 || d.Reads != 0 {
		t.Errorf("%d connections, %d reads, want 10 and none", d.Connections, d.Reads)
	}
}

func TestFieldsAreWhatTheServerStates(t *testing.T) {
	s := take(t, serve(t).client())
	tests := []struct {
		name, want string
		ok         bool
	}{
		{"role", "master", true},
		{"cluster_enabled", "0", true},
		{"maxmemory_policy", "noeviction", true},
		{"config_file", "", true},
		{"cmdstat_info", "", false},
		{"no such field", "", false},
	}
	for _, tt := range tests {
		if got, ok := s.Field(tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("%s is %q (%v), want %q", tt.name, got, ok, tt.want)
		}
	}
	if len(s.Missing()) != 0 {
		t.Errorf("missing %v", s.Missing())
	}
}

// The arguments of slow commands may be private, so that they are not kept.
func TestADeltaSurvivesJSON(t *testing.T) {
	n := serve(t, "--slowlog-log-slower-than", "0")
	own := n.client()
	before := take(t, own)
	do(t, own, "SET", "k", "v")
	want := take(t, own).Since(before)
	want.Latency = map[string]time.Duration{"command": time.Second}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Delta
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Slow{}, "Args")); diff != "" {
		t.Error(diff)
	}
}
