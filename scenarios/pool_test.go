package scenarios

import (
	"os"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// A connection is opened for each command, or not at all: the counts are exact.
// The pool may open one of its 16 more when the host stalls, so "not at all"
// allows for those among some 80 commands.
func TestThePoolOpensNoConnectionsAndItsTwinOneForEachCommand(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, pool())
	const opened, left = "connections per op", "sockets left in TIME_WAIT per op"
	if got := duel.Value(opened, bench.AntiPattern); got != 1 {
		t.Errorf("the anti-pattern opened %v connections for each command, want 1", got)
	}
	if got := duel.Value(opened, bench.Pattern); got > poolConnections/80. {
		t.Errorf("the pool opened %v connections for each command, want almost none", got)
	}
	if got := duel.Value(left, bench.AntiPattern); got < 0.95 || got > 1.05 { // their ages are known to 10 ms
		t.Errorf("the anti-pattern left %v sockets in TIME_WAIT for each command, want 1", got)
	}
	if got := duel.Value(left, bench.Pattern); got != 0 {
		t.Errorf("the pool left %v sockets in TIME_WAIT for each command", got)
	}
	if got := duel.Value("client allocations per op", bench.AntiPattern) / duel.Value("client allocations per op", bench.Pattern); got < 10 {
		t.Errorf("the anti-pattern allocated %v times as much as the pool, want far more", got)
	}
}

// The emulated network never delivers early, so that the fastest of some dozens
// of ops shows the round trips on a host however busy. A round trip is long
// beside what the host needs for a handshake of TLS under the race detector.
const longTrip = 30 * time.Millisecond

func TestACommandOnItsOwnConnectionTakesFourRoundTrips(t *testing.T) {
	benchtest.Times(t)
	const rtt = longTrip
	s := pool()
	s.Variants, s.Bystander = nil, false
	duel := benchtest.Fight(t, s, func(set *bench.Settings) { set.RTT = rtt })
	want := map[string]int{bench.Pattern: 1, bench.Control: 1, bench.AntiPattern: 1 + connectRoundTrips}
	for _, trial := range duel.Trials {
		fastest := trial.Load.Service.At(0)
		if low := time.Duration(want[trial.Side]) * rtt; fastest < low || fastest >= low+rtt {
			t.Errorf("the fastest op of the %s took %v, want %d round trips of %v", trial.Side, fastest, want[trial.Side], rtt)
		}
	}
}

func TestACommandOnItsOwnConnectionTakesOneRoundTripMoreWithTLS(t *testing.T) {
	benchtest.Times(t)
	const rtt = longTrip
	authority := benchtest.NewAuthority(t)
	cert, key := authority.Issue("", time.Hour)
	server, addr := benchtest.RedisTLS(t, authority, cert, key)
	trusted, err := os.ReadFile(authority.File)
	if err != nil {
		t.Fatal(err)
	}
	target := bench.Target{URL: "rediss://" + addr, Password: server.Password(), TLS: &bench.TLS{CA: trusted}}
	s := pool()
	s.Variants, s.Bystander = nil, false
	result, err := bench.Run(t.Context(), bench.Config{
		Scenarios: []bench.Scenario{s},
		Settings:  bench.Settings{RTT: rtt, Rounds: 1, Duration: 300 * time.Millisecond, Warmup: 50 * time.Millisecond, Seed: 1},
		Servers:   bench.UserServer(target, bench.Consent{}, nil),
	})
	if len(result.Duels) != 1 {
		t.Fatal(err)
	}
	want := map[string]int{bench.Pattern: 1, bench.Control: 1, bench.AntiPattern: 1 + 1 + connectRoundTrips}
	for _, trial := range result.Duels[0].Trials {
		fastest := trial.Load.Service.At(0)
		if low := time.Duration(want[trial.Side]) * rtt; fastest < low || fastest >= low+rtt {
			t.Errorf("the fastest op of the %s took %v, want %d round trips of %v", trial.Side, fastest, want[trial.Side], rtt)
		}
	}
}

func TestTimeWaitsAreCountedByPortAndAge(t *testing.T) {
	for _, test := range []struct {
		what string
		line string
		want bool
	}{
		{"one of 10 s", "   7: 0100007F:9C42 0100007F:18EB 06 00000000:00000000 03:00001388 00000000     0        0 0 3 0000000000000000\n", true},
		{"one of 30 s", "   7: 0100007F:9C42 0100007F:18EB 06 00000000:00000000 03:00000BB8 00000000     0        0 0 3 0000000000000000\n", false},
		{"one to another port", "   7: 0100007F:9C42 0100007F:18EC 06 00000000:00000000 03:00001388 00000000     0        0 0 3 0000000000000000\n", false},
		{"one that the server has not closed yet", "   7: 0100007F:9C42 0100007F:18EB 05 00000000:00000000 00:00000000 00000000     0        0 0 3 0000000000000000\n", true},
		{"an open connection", "   7: 0100007F:9C42 0100007F:18EB 01 00000000:00000000 02:00001388 00000000     0        0 12345 2 0000000000000000\n", false},
		{"the heading", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n", false},
		{"an empty line", "\n", false},
	} {
		if got := isTimeWait(test.line, ":18EB", 20*time.Second); got != test.want {
			t.Errorf("%s: counted is %v", test.what, got)
		}
	}
}
