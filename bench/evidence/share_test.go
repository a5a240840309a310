package evidence

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWithoutStopsAtZero(t *testing.T) {
	d := Delta{
		Commands: map[string]Command{"get": {Calls: 10, Time: 100 * time.Microsecond, Failed: 1}, "set": {Calls: 5, Time: time.Microsecond}},
		Reads:    12, Writes: 15, Connections: 1, BytesIn: 100, BytesOut: 50, CPU: time.Second,
		Counters: map[string]int64{"evicted_keys": 3},
	}
	share := Sequential(map[string]int64{"get": 9, "set": 7, "del": 1})
	share.Connections, share.BytesIn = 2, 40
	want := Delta{
		Commands: map[string]Command{"get": {Calls: 1, Time: 10 * time.Microsecond, Failed: 1}},
		BytesIn:  60, BytesOut: 50, CPU: time.Second,
		Counters: map[string]int64{"evicted_keys": 3},
	}
	if diff := cmp.Diff(want, d.Without(share)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsLeftOfTheCPUCountsOnlyAboveTheErrorOfWhatWasTakenOut(t *testing.T) {
	for _, tt := range []struct{ left, beside, want time.Duration }{{5, 0, 5}, {0, 0, 0}, {11, 100, 11}, {9, 100, -1}, {-3, 100, -1}} {
		d := Sum(Delta{CPU: tt.left, Beside: tt.beside / 2}, Delta{Beside: tt.beside / 2})
		if got := d.Worked(); !(got == float64(tt.want)) && !(tt.want < 0 && math.IsNaN(got)) {
			t.Errorf("%v is left beside %v: %v, want %v", tt.left, tt.beside, got, tt.want)
		}
	}
}

func TestControlLeavesThePingOfEachClosedConnection(t *testing.T) {
	d := Delta{
		Commands: map[string]Command{
			"ping": {Calls: 13}, "hello": {Calls: 10}, "get": {Calls: 10}, "client|setinfo": {Calls: 20},
			"info": {Calls: 2}, "slowlog|get": {Calls: 1}, "latency|latest": {Calls: 1}, "config|get": {Calls: 1},
		},
		Reads: 48, Connections: 10,
	}
	want := Delta{
		Commands: map[string]Command{"ping": {Calls: 10}, "hello": {Calls: 10}, "get": {Calls: 10}, "client|setinfo": {Calls: 20}},
		Reads:    40, Connections: 10,
	}
	if diff := cmp.Diff(want, d.Without(d.Control())); diff != "" {
		t.Error(diff)
	}
}

func TestSumAddsTheNodesOfACluster(t *testing.T) {
	a := Delta{
		Elapsed: time.Second, Commands: map[string]Command{"get": {Calls: 1, Time: 1, Rejected: 2, Failed: 3}},
		Reads: 1, Writes: 2, Connections: 3, BytesIn: 4, BytesOut: 5, CPU: 6, MemoryPeak: 7, Memory: 8, Clients: 2,
		Execution: map[string]Execution{"get": {P50: 1, P99: 5}},
		Slow:      []Slow{{ID: 4, Command: "keys"}}, SlowLost: 1,
		Latency:  map[string]time.Duration{"command": 5},
		Counters: map[string]int64{"evicted_keys": 1}, Missing: []string{MissingSlow},
	}
	b := Delta{
		Elapsed: 2 * time.Second, Commands: map[string]Command{"get": {Calls: 1}, "set": {Calls: 1}},
		Reads: 1, Writes: 1, Connections: 1, BytesIn: 1, BytesOut: 1, CPU: 1, MemoryPeak: 1, Memory: 1, Clients: 1,
		Execution: map[string]Execution{"get": {P50: 2, P99: 4}, "set": {P999: 1}},
		Slow:      []Slow{{ID: 2, Command: "sort"}},
		Latency:   map[string]time.Duration{"command": 3, "fork": 1},
		Counters:  map[string]int64{"evicted_keys": 1}, Missing: []string{MissingLatency, MissingSlow}, Reset: "why",
	}
	want := Delta{
		Elapsed: 2 * time.Second, Commands: map[string]Command{"get": {Calls: 2, Time: 1, Rejected: 2, Failed: 3}, "set": {Calls: 1}},
		Reads: 2, Writes: 3, Connections: 4, BytesIn: 5, BytesOut: 6, CPU: 7, MemoryPeak: 8, Memory: 9, Clients: 3,
		Execution: map[string]Execution{"get": {P50: 2, P99: 5}, "set": {P999: 1}},
		Slow:      []Slow{{ID: 4, Command: "keys"}, {ID: 2, Command: "sort"}}, SlowLost: 1,
		Latency:  map[string]time.Duration{"command": 5, "fork": 1},
		Counters: map[string]int64{"evicted_keys": 2}, Missing: []string{MissingLatency, MissingSlow}, Reset: "why",
	}
	if diff := cmp.Diff(want, Sum(a, b)); diff != "" {
		t.Error(diff)
	}
	if got := Sum(); got.Commands == nil || got.Reads != 0 {
		t.Errorf("the sum of nothing is %+v", got)
	}
}
