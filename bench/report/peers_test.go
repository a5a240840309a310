package report

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
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
		g := peers.Growth{Of: of, Size: size, Unit: unit}
		for i := range int64(3) {
			g.Trials = append(g.Trials, peers.Grown{Memory: (100*mb + i*mb) * 1e4, CPU: 1200 * time.Millisecond, Wall: 1100 * time.Millisecond, Extra: 100 * time.Millisecond, Ops: 100_000 + i})
		}
		return g
	}
	often := growth("keys", 10_000_000, "keys", 45)
	often.Trials = often.Trials[:1]
	return &peers.Result{
		Schema: peers.Schema, Started: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Elapsed: 8 * time.Minute, Host: fixture().Host,
		Programs: []peers.Program{{Name: "redis-server", Version: "7.0.15"}, {Name: "memtier_benchmark", Absent: "not on PATH"}},
		Sections: []peers.Section{{
			Title: "The emulated link's error", About: []string{"What was done.", "Expected: nothing."}, Reproduce: "make peers ARGS='--only idle'",
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
		}, {
			Title: "The load generator", About: []string{"What was done."}, Reproduce: "make peers ARGS='--only generators'",
			Measures: []peers.Measure{
				{What: "50 connections × 1: throughput", Unit: "commands/s", Ways: []peers.Way{
					{Name: "redisduel load", Rounds: []stats.Float{154_000, 155_000, 156_000}},
					{Name: "redis-benchmark -c 50 -P 1", Rounds: []stats.Float{102_000, 101_000, 103_000}},
					{Name: "memtier_benchmark -c 50 --pipeline 1", Rounds: []stats.Float{122_000, 121_000, 123_000}},
				}, Comparisons: []peers.Comparison{
					{Of: "redisduel load", Against: "redis-benchmark -c 50 -P 1", Scale: stats.Ratio, Min: bound(1.5)},
					{Of: "redisduel load", Against: "memtier_benchmark -c 50 --pipeline 1", Scale: stats.Ratio},
				}, Note: "Cores kept busy by generator + server, 50 connections × 1: redisduel load 1.0 + 0.9"},
				{What: "50 connections × 1: CPU of a command", Unit: "ns", Ways: []peers.Way{
					{Name: "redisduel load", Rounds: []stats.Float{6540, 6550, 6600}},
					{Name: "memtier_benchmark -c 50 --pipeline 1", Rounds: []stats.Float{6100, 6000, 6200}},
				}, Comparisons: []peers.Comparison{
					{Of: "redisduel load", Against: "memtier_benchmark -c 50 --pipeline 1", Scale: stats.Ratio, Max: bound(1)},
				}},
				{What: "allocations", Ways: []peers.Way{{Name: "record", Rounds: []stats.Float{0, 0, 0}}},
					Comparisons: []peers.Comparison{{Of: "record", Scale: stats.Difference, Max: bound(0)}}},
				{What: "time", Unit: "ns", Ways: []peers.Way{{Name: "record", Rounds: []stats.Float{27.1, 27.9, 27.5}}},
					Comparisons: []peers.Comparison{{Of: "record", Scale: stats.Difference, Max: bound(30)}}},
			},
		}},
		Growth: []peers.Growth{
			growth("connections", 1, "connections", 26), growth("connections", 1000, "connections", 140),
			growth("keys", 1000, "keys", 30), growth("keys", 1_000_000, "keys", 31), often,
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
	like(t, targetsPath, files.Get(targetsPath))
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

func TestAPageWithoutATargetAndWithoutGrowthHasNoPicture(t *testing.T) {
	r := peersFixture()
	r.Growth, r.Sections, r.Quick = nil, nil, true
	files, err := Peers(r)
	if err != nil {
		t.Fatal(err)
	}
	if page := string(files.Get(peersPath)); len(files) != 2 || strings.Contains(page, "Growth") || !strings.Contains(page, "mean nothing") {
		t.Errorf("%d files, and the page is\n%s", len(files), page)
	}
}

func TestAReportRefersToThePagesAboutTheHarnessThatLieBesideIt(t *testing.T) {
	dir, pages := t.TempDir(), []string{selfTestPage, peersPath}
	for there := range len(pages) + 1 {
		if there > 0 {
			if err := os.WriteFile(filepath.Join(dir, pages[there-1]), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r := first()
		r.Beside = Beside(dir)
		text, err := index(r, false)
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			if got, want := strings.Contains(string(text), "]("+page+")"), i < there; got != want {
				t.Errorf("%s is there: %v; the report refers to it: %v", page, want, got)
			}
		}
	}
}

// The marks of the chart lie left of 1 where the verdict is met, and right of it
// where it is missed.
func TestWhatIsUsedOfATargetIsOneAtItsBound(t *testing.T) {
	bound := func(v float64) *float64 { return &v }
	at := func(low, middle, high float64) stats.Interval {
		return stats.Interval{Estimate: stats.Float(middle), Low: stats.Float(low), High: stats.Float(high)}
	}
	atLeast := peers.Comparison{Scale: stats.Ratio, Min: bound(0.8)}
	around := peers.Comparison{Scale: stats.Ratio, Min: bound(0.5), Max: bound(2)}
	within := peers.Comparison{Scale: stats.Difference, Min: bound(-20), Max: bound(20)}
	atMost := peers.Comparison{Scale: stats.Difference, Max: bound(20)}
	none := peers.Comparison{Scale: stats.Difference, Max: bound(0)}
	for _, tt := range []struct {
		name string
		c    peers.Comparison
		e    stats.Interval
		want [3]float64
	}{
		{"a ratio at its least", atLeast, at(0.4, 0.8, 1.6), [3]float64{1, 0.5, 2}},
		{"a ratio below both bounds", around, at(0.25, 0.5, 1), [3]float64{1, 0, 2}},
		{"a ratio on both sides", around, at(0.5, 1, 2), [3]float64{0, 0, 1}},
		{"a difference on both sides", within, at(-20, 10, 30), [3]float64{0.5, 0, 1.5}},
		{"a difference below", within, at(-30, -20, -10), [3]float64{1, 0.5, 1.5}},
		{"a difference at its most", atMost, at(-5, 20, 30), [3]float64{1, 0, 1.5}},
		{"something, where nothing is allowed", none, at(1, 1, 1), [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}},
		{"nothing, where nothing is allowed", none, at(0, 0, 0), [3]float64{0, 0, 0}},
	} {
		used, low, high := usage(tt.c, tt.e)
		if got := [3]float64{used, low, high}; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
