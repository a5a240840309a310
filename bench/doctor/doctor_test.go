package doctor

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"redisduel/bench/evidence"
	"redisduel/bench/redisd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clean is a server without a fault that a rule could find. Its slow log and its
// latency monitor begin so late that a stall of the host is in neither.
var clean = []string{
	`rename-command CONFIG ""`, "enable-debug-command no", "slowlog-log-slower-than 5000000", "latency-monitor-threshold 5000",
}

func TestACleanServerHasNoFinding(t *testing.T) {
	p := admit(t, clean...)
	for i := range 500 {
		p.do(t, "SET", fmt.Sprint("key:", i), "v", "EX", "600")
	}
	p.do(t, "SCAN", "0")
	if d := p.examine(t); len(d.Findings) > 0 || d.Keys != 500 || d.Sampled != 500 {
		t.Errorf("%d keys of which %d were sampled, and findings: %+v", d.Keys, d.Sampled, d.Findings)
	}
}

// TestEachFaultIsFoundOnAServerThatHasIt sets up a server for each rule.
func TestEachFaultIsFoundOnAServerThatHasIt(t *testing.T) {
	found := map[string]bool{}
	for _, fault := range []struct {
		rule   string
		config []string
		have   func(*testing.T, patient)
	}{
		{"connection-churn", clean, func(t *testing.T, p patient) {
			for range 120 {
				p.connect(t).Close()
			}
		}},
		{"connections-near-limit", append([]string{"maxclients 20"}, clean...), func(t *testing.T, p patient) {
			for range 17 {
				t.Cleanup(p.connect(t).Close)
			}
		}},
		{"keys-command", clean, func(t *testing.T, p patient) { p.do(t, "KEYS", "*") }},
		{"unbounded-range", append(slices.Clone(clean), "slowlog-log-slower-than 0"), func(t *testing.T, p patient) {
			p.do(t, "RPUSH", "list", "a", "b")
			p.do(t, "LRANGE", "list", "0", "-1")
		}},
		{"big-key", clean, func(t *testing.T, p patient) { p.do(t, "SET", "big", strings.Repeat("x", 2<<20), "EX", "600") }},
		{"slow-command", append(slices.Clone(clean), "enable-debug-command local", "slowlog-log-slower-than 10000"), func(t *testing.T, p patient) { p.do(t, "DEBUG", "SLEEP", "0.02") }},
		{"latency-event", append(slices.Clone(clean), "enable-debug-command local", "latency-monitor-threshold 100"), func(t *testing.T, p patient) { p.do(t, "DEBUG", "SLEEP", "0.12") }},
		{"eval", clean, func(t *testing.T, p patient) {
			for range 150 {
				p.do(t, "EVAL", "return 1", "0")
			}
		}},
		{"script-cache", clean, func(t *testing.T, p patient) {
			for i := range 1000 {
				p.do(t, "SCRIPT", "LOAD", fmt.Sprint("return ", i))
			}
		}},
		{"cache-without-ttl", append([]string{"maxmemory 100mb", "maxmemory-policy volatile-lru"}, clean...), func(t *testing.T, p patient) {
			for i := range 150 {
				p.do(t, "SET", fmt.Sprint("key:", i), "v")
			}
		}},
		{"writes-refused", append([]string{"maxmemory 3mb", "maxmemory-policy noeviction"}, clean...), func(t *testing.T, p patient) {
			for i := range 100 {
				err := p.client.Do(t.Context(), p.client.B().Set().Key(fmt.Sprint("key:", i)).Value(strings.Repeat("x", 100_000)).Build()).Error()
				if err != nil && !strings.HasPrefix(err.Error(), "OOM") {
					t.Fatal(err)
				}
			}
		}},
		{"fragmentation", append([]string{"enable-debug-command local"}, clean[0], clean[2], clean[3]), fragment},
		{"open-server", clean, nil},
		{"config-open", []string{"enable-debug-command no"}, nil},
		{"debug-open", []string{"enable-debug-command local"}, nil},
	} {
		t.Run(fault.rule, func(t *testing.T) {
			p := admit(t, fault.config...)
			if fault.rule == "open-server" {
				p.do(t, "ACL", "SETUSER", "default", "nopass")
			}
			if fault.have != nil {
				fault.have(t, p)
			}
			finding := findingOf(p.examine(t), fault.rule)
			if finding == nil {
				t.Fatalf("not found: %+v", p.examine(t))
			}
			t.Log(finding.Seen)
		})
		found[fault.rule] = true
	}
	found["uneven-nodes"] = true // by the test of a cluster
	for _, r := range rules() {
		if !found[r.name] {
			t.Errorf("no server has the fault of the rule %s", r.name)
		}
	}
}

// fragment fills memory with small keys and frees two in three of them, so that
// hardly a page becomes free.
func fragment(t *testing.T, p patient) {
	p.do(t, "DEBUG", "POPULATE", "300000", "key", "200")
	p.do(t, "EVAL", "for i=0,299999 do if i%3>0 then redis.call('DEL','key:'..i) end end return 1", "0")
	limit, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for findingOf(p.examine(t), "fragmentation") == nil && limit.Err() == nil { // the server counts its pages now and then
		<-time.After(20 * time.Millisecond)
	}
}

func TestAResetOfTheCountersHidesNothingThatCameAfterIt(t *testing.T) {
	p := admit(t, "enable-debug-command no")
	p.do(t, "CONFIG", "RESETSTAT")
	p.do(t, "KEYS", "*")
	if d := p.examine(t); findingOf(d, "keys-command") == nil {
		t.Errorf("KEYS was not found: %+v", d.Findings)
	}
}

func TestTheBusiestNodeOfAClusterIsFound(t *testing.T) {
	cluster, err := redisd.StartCluster(t.Context(), binary(t), 3, redisd.Options{Config: clean})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	var nodes []Node
	for _, s := range cluster.Nodes() {
		nodes = append(nodes, Node{Name: s.Addr(), Client: connect(t, s), Stranger: stranger(s.Addr())})
	}
	for range 20_000 {
		if err := nodes[1].Client.Do(t.Context(), nodes[1].Client.B().Ping().Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Examine(t.Context(), nodes, Sample{Keys: 100})
	if err != nil {
		t.Fatal(err)
	}
	f := findingOf(d, "uneven-nodes")
	if f == nil || !strings.HasPrefix(f.Seen[0], nodes[1].Name) || len(d.Findings) != 1 {
		t.Errorf("want %s alone to be found uneven: %+v", nodes[1].Name, d.Findings)
	}
}

func TestTheLookChangesNothingAndNeverCallsWhatItWarnsOf(t *testing.T) {
	p := admit(t)
	for i := range 1000 {
		p.do(t, "SET", fmt.Sprint("key:", i), "v")
	}
	p.do(t, "CONFIG", "RESETSTAT")
	d, err := Examine(t.Context(), []Node{p.node()}, Sample{Keys: 300, Rate: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if d.Sampled < 300 || d.Sampled > 300+page {
		t.Errorf("%d keys were sampled, want 300 and at most a page more", d.Sampled)
	}
	text, err := p.client.Do(t.Context(), p.client.B().Info().Section("commandstats").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"info", "slowlog|get", "latency|latest", "config|get", "acl|whoami", "scan", "memory|usage", "ping", "config|resetstat", "hello", "auth", "client|setinfo"}
	for l := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(l, "cmdstat_"); ok {
			name, _, _ = strings.Cut(name, ":")
			if !slices.Contains(allowed, name) {
				t.Errorf("it called %s", name)
			}
		}
	}
}

func TestAUserOfFewRightsLearnsWhatIsMissing(t *testing.T) {
	p := admit(t, clean...)
	p.do(t, "ACL", "SETUSER", "few", "on", ">pw", "+info", "+ping")
	client, err := rueidis.NewClient(options(p.server.Addr(), "few", "pw"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	d, err := Examine(t.Context(), []Node{{Client: client, Stranger: stranger(p.server.Addr())}}, Sample{Keys: 10})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(d.Unseen, "\n")
	for _, right := range []string{"+slowlog|get", "+latency|latest", "+scan"} {
		if !strings.Contains(said, right) {
			t.Errorf("nothing says that %s is missing: %s", right, said)
		}
	}
	if len(d.Findings) > 0 {
		t.Errorf("what could not be seen was found: %+v", d.Findings)
	}
}

// Redis 7.4 and Valkey 8.0 began to drop scripts that EVAL left, so that the
// number of those that are there says little.
func TestScriptsThatTheServerDroppedCountAsWell(t *testing.T) {
	dropped := func(n int64) *look {
		return &look{since: evidence.Delta{Counters: map[string]int64{"evicted_scripts": n}}}
	}
	if seen := scriptCache(dropped(1500)); !strings.Contains(seen, "1500 were dropped") {
		t.Errorf("1500 dropped scripts are seen as %q", seen)
	}
	if seen := scriptCache(dropped(999)); seen != "" {
		t.Errorf("999 dropped scripts are a fault: %q", seen)
	}
}

func TestAnAnswerToAllOfAKeyIsToldFromOneToAPart(t *testing.T) {
	for command, want := range map[string]bool{
		"ZRANGE k 0 -1": true, "zrange k 0 99": false, "LRANGE k 0 -1": true, "SMEMBERS k": true, "HGETALL k": true,
		"ZRANGEBYSCORE k -inf +inf": true, "ZRANGEBYSCORE k -inf +inf LIMIT 0 10": false, "ZRANGE k -inf +inf BYSCORE LIMIT 0 10": false,
		"ZRANGE k 0 -1 WITHSCORES": true, "XRANGE k - +": true, "XRANGE k - + COUNT 5": false, "GET k": false, "ZRANGE": false, "PING": false,
	} {
		if got := wantsAll(strings.Fields(command)); got != want {
			t.Errorf("wantsAll(%q) = %v", command, got)
		}
	}
}

// A patient is a server to look at.
type patient struct {
	server *redisd.Server
	client rueidis.Client
}

// admit starts one that ends with the test.
func admit(t *testing.T, config ...string) patient {
	t.Helper()
	server, err := redisd.Start(t.Context(), binary(t), redisd.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return patient{server, connect(t, server)}
}

func binary(t *testing.T) redisd.Binary {
	t.Helper()
	b, err := redisd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func connect(t *testing.T, s *redisd.Server) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(options(s.Addr(), "", s.Password()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func (p patient) connect(t *testing.T) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(options(p.server.Addr(), "", p.server.Password()))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func options(addr, user, password string) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress: []string{addr}, Username: user, Password: password,
		ForceSingleClient: true, DisableCache: true, DisableRetry: true, ClientSetInfo: []string{},
	}
}

func (p patient) do(t *testing.T, words ...string) {
	t.Helper()
	if err := p.client.Do(t.Context(), p.client.B().Arbitrary(words...).Build()).Error(); err != nil {
		t.Fatalf("%.80v: %v", words, err)
	}
}

func (p patient) node() Node {
	return Node{Name: p.server.Addr(), Client: p.client, Stranger: stranger(p.server.Addr())}
}

func (p patient) examine(t *testing.T) *Diagnosis {
	t.Helper()
	d, err := Examine(t.Context(), []Node{p.node()}, Sample{Keys: 1000, Rate: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// stranger sends PING without credentials.
func stranger(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			return err
		}
		answer := make([]byte, 5)
		if _, err := conn.Read(answer); err != nil || string(answer) != "+PONG" {
			return fmt.Errorf("answered %q: %w", answer, err)
		}
		return nil
	}
}

func findingOf(d *Diagnosis, rule string) *Finding {
	for i := range d.Findings {
		if d.Findings[i].Name == rule {
			return &d.Findings[i]
		}
	}
	return nil
}
