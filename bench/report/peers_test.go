package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"redisduel/bench/peers"
	"redisduel/bench/stats"

	"github.com/google/go-cmp/cmp"
)

// peersFixture is made up, with one of each verdict.
func peersFixture() *peers.Result {
	bound := func(v float64) *float64 { return &v }
	us := stats.Float(time.Microsecond)
	growth := func(of string, size float64, unit string, mb int64) peers.Growth {
		return peers.Growth{Of: of, Size: size, Unit: unit, Memory: mb * 1e6, CPU: 1200 * time.Millisecond, Wall: 1100 * time.Millisecond, Extra: 100 * time.Millisecond, Ops: 100_000}
	}
	refused := growth("keys", 10_000_000, "keys", 0)
	refused.Refused = "redisduel load takes 1000000 keys at most"
	return &peers.Result{
		Schema: peers.Schema, Started: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Elapsed: 8 * time.Minute, Host: fixture().Host,
		Programs: []peers.Program{{Name: "redis-server", Version: "7.0.15"}, {Name: "memtier_benchmark", Absent: "not on PATH"}},
		Sections: []peers.Section{{
			Title: "The emulated link", About: []string{"What was done.", "Expected: nothing."}, Reproduce: "make peers ARGS='--only idle'",
			Measures: []peers.Measure{
				{What: "GET at 1 ms", Unit: "ns", Ways: []peers.Way{
					{Name: "direct", Rounds: []stats.Float{50 * us, 52 * us, 51 * us}},
					{Name: "link", Rounds: []stats.Float{1060 * us, 1063 * us, 1062 * us}},
					{Name: "proxy", Rounds: []stats.Float{1160 * us, 1190 * us, 1140 * us}},
				}, Comparisons: []peers.Comparison{
					{Of: "link", Against: "direct", Scale: stats.Difference, Less: 1e6, Min: bound(-20e3), Max: bound(20e3)},
					{Of: "proxy", Against: "direct", Scale: stats.Difference, Less: 1e6},
				}},
				{What: "throughput", Unit: "commands/s", Ways: []peers.Way{
					{Name: "direct", Rounds: []stats.Float{1000, 1100, 900}},
					{Name: "proxy", Rounds: []stats.Float{500, 550, 450}},
					{Name: "link", Rounds: []stats.Float{950, 1200, 600}},
				}, Comparisons: []peers.Comparison{
					{Of: "proxy", Against: "direct", Scale: stats.Ratio, Min: bound(0.8)},
					{Of: "link", Against: "direct", Scale: stats.Ratio, Min: bound(0.8), Max: bound(1.25)},
				}},
				{What: "once", Unit: "ns", Ways: []peers.Way{{Name: "a", Rounds: []stats.Float{2e9}}, {Name: "b", Rounds: []stats.Float{1e9}}, {Name: "c", Rounds: []stats.Float{4e9}}},
					Comparisons: []peers.Comparison{
						{Of: "a", Against: "b", Scale: stats.Ratio, Max: bound(1.5)},
						{Of: "a", Against: "c", Scale: stats.Ratio},
					}},
			},
		}},
		Growth: []peers.Growth{
			growth("connections", 1, "connections", 26), growth("connections", 1000, "connections", 140),
			growth("keys", 1000, "keys", 30), growth("keys", 1_000_000, "keys", 45), refused,
			growth("duration", 1e9, "ns", 30), growth("duration", 32e9, "ns", 31),
		},
	}
}

func TestThePageOfThePeersReadsAsItDid(t *testing.T) {
	sharply(t)
	r := peersFixture()
	files, err := Peers(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(golden(t, peersPath, files.Get(peersPath))), string(files.Get(peersPath))); diff != "" {
		t.Errorf("%s differs (-want +got); if that is intended, run with -update:\n%s", peersPath, diff)
	}
	like(t, growthPath, files.Get(growthPath))
	var back peers.Result
	if err := json.Unmarshal(files.Get(peersJSON), &back); err != nil {
		t.Fatal(err)
	}
	again, err := Peers(&back)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, again); diff != "" {
		t.Errorf("what was read back gives other files (-first +second):\n%s", diff)
	}
}

func TestAPageOfOneStepHasNoPictureAndNoGrowth(t *testing.T) {
	r := peersFixture()
	r.Growth, r.Quick = nil, true
	files, err := Peers(r)
	if err != nil {
		t.Fatal(err)
	}
	if page := string(files.Get(peersPath)); len(files) != 2 || strings.Contains(page, "Growth") || !strings.Contains(page, "mean nothing") {
		t.Errorf("%d files, and the page is\n%s", len(files), page)
	}
}
